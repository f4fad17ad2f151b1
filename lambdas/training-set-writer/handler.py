"""Takes a training set of the features zone into the Iceberg table of its model's version."""

import os
import re
import tempfile
from dataclasses import asdict
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger

from headrace_lake.catalog import open_catalog
from headrace_lake.compact import memory_bounded
from headrace_lake.training_set import fetch, keep

logger = Logger()

MODEL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def handler(event, context):
    """Takes `{"model", "version", "table", "hash"}`; gives the table, the tag and the snapshot, as text: its digits are more than a double has."""
    model, version = event["model"], int(event["version"])
    if MODEL.fullmatch(model) is None:
        raise ValueError(f"{model!r} is no name of a model")
    s3, bucket = boto3.client("s3"), os.environ["FEATURES_BUCKET"]
    with tempfile.TemporaryDirectory() as directory, duckdb.connect() as connection:
        memory_bounded(connection, int(context.memory_limit_in_mb), Path("/tmp/duckdb"))
        file, told = fetch(s3, bucket, f"training-sets/{model}/v{version}/", event["hash"], Path(directory))
        kept = keep(connection, open_catalog(), os.environ["DATABASE"], bucket, table=event["table"], model=f"{model}@v{version}", file=file, told=told)
    logger.info("kept", table=kept.table, rows=kept.rows, already=kept.already)
    return {**asdict(kept), "snapshot": str(kept.snapshot)}
