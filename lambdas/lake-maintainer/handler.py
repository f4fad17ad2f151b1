"""Keeps the curated tables in order, each night: far copies, small files, old snapshots, files that nothing refers to; the last two also of the tables of the features zone."""

import datetime
import os
import time
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from pyiceberg.exceptions import NoSuchTableError

from headrace_lake.catalog import open_catalog
from headrace_lake.compact import memory_bounded
from headrace_lake.feature_tables import KIND, feature_tables
from headrace_lake.maintain import Maintained, maintain
from headrace_lake.table import read_tables

logger = Logger()
metrics = Metrics(namespace="Headrace")
metrics.set_default_dimensions(environment=os.environ["HEADRACE_ENVIRONMENT"])

# No table is begun with less time left.
LEAST_SECONDS = 120


def _maintain_all(names, described, ends_at, memory_megabytes):
    """Gives what was done to each table, and the tables that failed or had to wait for the next night."""
    catalog, s3, database = open_catalog(), boto3.client("s3"), os.environ["DATABASE"]
    keep = datetime.timedelta(days=int(os.environ["SNAPSHOT_RETENTION_DAYS"]))
    days = os.environ.get("CURATED_RETENTION_DAYS")
    keep_rows = None if days is None else datetime.timedelta(days=int(days))
    done, failed, left = {}, [], []
    for name in names:
        if time.monotonic() > ends_at - LEAST_SECONDS:
            left.append(name)
            continue
        try:
            with duckdb.connect() as connection:
                memory_bounded(connection, memory_megabytes, Path("/tmp/duckdb"))
                done[name] = maintain(connection, s3, lambda name=name: catalog.load_table((database, name)), now=datetime.datetime.now(datetime.timezone.utc), keep=keep, keep_rows=keep_rows, is_platform=described[name].kind == "platform")
            logger.info("maintained", table=name, **vars(done[name]))
        except NoSuchTableError:
            continue  # no event has come yet
        except Exception as fault:  # noqa: BLE001 - one table must not hold up the others
            failed.append(name)
            logger.error("a table was not maintained", table=name, fault=type(fault).__name__ if isinstance(fault, duckdb.Error) else repr(fault))
    return done, failed, left


@metrics.log_metrics
def handler(event, context):
    """Maintains the tables of the event, or all; raises when one of them could not be, so that the failure is seen."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    described = {**{table.name: table for table in feature_tables(open_catalog(), os.environ["DATABASE"])}, **read_tables(Path(__file__).parent / "tables.json")}
    tables = sorted(described)
    # Another one is the first each day, so that none waits for ever where all of them take too long.
    first = datetime.date.today().toordinal() % max(1, len(tables))
    done, failed, left = _maintain_all(event.get("tables") or tables[first:] + tables[:first], described, ends_at, int(context.memory_limit_in_mb))
    total = {name: sum(getattr(each, name) for each in done.values()) for name in vars(Maintained())}
    for name, unit in (("files", MetricUnit.Count), ("bytes", MetricUnit.Bytes)):
        metrics.add_metric(f"Curated{name.title()}", unit, sum(getattr(each, name) for table, each in done.items() if described[table].kind != KIND))
    metrics.add_metric("FarCopies", MetricUnit.Count, total["copies"])
    if failed or left:
        raise RuntimeError(f"not maintained: {', '.join(failed) or 'none'}; left for want of time: {', '.join(left) or 'none'}. The log says why; docs/runbook.md#maintenance-failed says what to do.")
    return {"tables": sorted(done), **total}
