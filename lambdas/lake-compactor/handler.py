"""Takes what is new in raw into the curated tables: a queue tells it, as the storage does its events."""

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
        summary={"headrace.run": context.aws_request_id},
    )


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
    for outcome in compact(_lake(context), list(messages), ends_at=ends_at):
        if outcome.committed is None:
            failed += len(outcome.keys)
            logger.error("objects of raw were not merged", event_type=outcome.event_type, objects=len(outcome.keys), first=outcome.keys[0], fault=_reason(outcome.fault))
            continue
        merged.update(outcome.keys)
        for name in counts:
            counts[name] += getattr(outcome.committed, name)
    left -= merged
    metrics.add_metric("CuratedRows", MetricUnit.Count, counts["added"])
    metrics.add_metric("IdentityConflicts", MetricUnit.Count, counts["conflicts"])
    metrics.add_metric("CompactionFailed", MetricUnit.Count, failed)
    logger.info("merged", objects=len(merged), failed=failed, **counts)
    return {"batchItemFailures": [{"itemIdentifier": message} for each, ids in messages.items() if each.key in left for message in ids]}
