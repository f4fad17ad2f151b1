"""Takes what is new in raw into the curated tables: a queue tells it, as the storage does its events."""

import datetime
import json
import os
import time
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from headrace_lake.catalog import open_catalog
from headrace_lake.compact import Lake, NewObject, compact, is_event_object, memory_bounded
from headrace_lake.lineage import RUN, curated, endpoint, event, keep, key_of, stored
from headrace_lake.raw import folder_of
from headrace_lake.table import read_tables

logger = Logger()
metrics = Metrics(namespace="Headrace")
metrics.set_default_dimensions(environment=os.environ["HEADRACE_ENVIRONMENT"])

# What the last portion may take: it must be over before the function's time is.
LAST_PORTION_SECONDS = 240


def _lake(context) -> Lake:
    return Lake(
        s3=boto3.client("s3"), catalog=open_catalog(), database=os.environ["DATABASE"], raw_bucket=os.environ["RAW_BUCKET"], curated_bucket=os.environ["CURATED_BUCKET"],
        connection=memory_bounded(duckdb.connect(), int(context.memory_limit_in_mb), Path("/tmp/duckdb")), tables=read_tables(Path(__file__).parent / "tables.json", kind="event"),
        environment=os.environ["HEADRACE_ENVIRONMENT"], summary={"headrace.run": context.aws_request_id},
    )


def _tell_lineage(lake, outcome, account):
    """Writes where rows came from. What is away must not hold up the rows: their positions stand in each of them."""
    table = lake.tables[outcome.event_type]
    try:
        made = [snapshot for snapshot in lake.catalog.load_table((lake.database, table.name)).metadata.snapshots if snapshot.summary is not None and snapshot.summary.additional_properties.get(RUN) == outcome.run.run_id]
        now = datetime.datetime.now(datetime.timezone.utc)
        began = datetime.datetime.fromtimestamp(made[0].timestamp_ms / 1000, datetime.timezone.utc) if made else now
        inputs = [stored(lake.raw_bucket, f"raw/{folder}", rows=outcome.committed.rows) for folder in sorted({folder_of(key) for key in outcome.keys})]
        outputs = [curated(table, lake.database, os.environ["AWS_REGION"], account, snapshot=made[-1].snapshot_id if made else None, rows=outcome.committed.added)]
        keep(lake.s3, lake.curated_bucket, key_of(outcome.run, began), [event(outcome.run, "START", began, inputs, []), event(outcome.run, "COMPLETE", now, inputs, outputs)], **endpoint())
    except Exception as fault:  # noqa: BLE001
        logger.error("lineage was not told", event_type=outcome.event_type, run=outcome.run.run_id, fault=repr(fault))
        metrics.add_metric("LineageFailed", MetricUnit.Count, 1)


def _reason(fault):
    # What DuckDB says of a line that it cannot read holds a piece of the line.
    return type(fault).__name__ if isinstance(fault, duckdb.Error) else repr(fault)


@metrics.log_metrics
def handler(event, context):
    """Merges the objects that messages speak of; those that were not merged stay in the queue."""
    messages = {}
    for record in event["Records"]:
        told = json.loads(record["body"])
        messages.setdefault(NewObject(key=told["key"], size=int(told["size"])), []).append(record["messageId"])
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - LAST_PORTION_SECONDS
    left = {each.key for each in messages if is_event_object(each.key)}
    counts = {"added": 0, "duplicates": 0, "conflicts": 0, "commits": 0, "restarts": 0}
    failed = 0
    merged = set()
    lake = _lake(context)
    for outcome in compact(lake, list(messages), ends_at=ends_at):
        if outcome.committed is None:
            failed += len(outcome.keys)
            logger.error("objects of raw were not merged", event_type=outcome.event_type, objects=len(outcome.keys), first=outcome.keys[0], fault=_reason(outcome.fault))
            continue
        merged.update(outcome.keys)
        # What another had merged before is told by that one.
        if outcome.committed.commits > 0:
            _tell_lineage(lake, outcome, context.invoked_function_arn.split(":")[4])
        for name in counts:
            counts[name] += getattr(outcome.committed, name)
    left -= merged
    metrics.add_metric("CuratedRows", MetricUnit.Count, counts["added"])
    metrics.add_metric("IdentityConflicts", MetricUnit.Count, counts["conflicts"])
    metrics.add_metric("CompactionFailed", MetricUnit.Count, failed)
    logger.info("merged", objects=len(merged), failed=failed, **counts)
    return {"batchItemFailures": [{"itemIdentifier": message} for each, ids in messages.items() if each.key in left for message in ids]}
