"""A task of the state machine `land-dataset`: puts a batch that is landed and verified into its dataset's curated table."""

import datetime
import json
import os
import tempfile
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger

from headrace_lake.batch import Batch, commit_batch
from headrace_lake.catalog import load, open_catalog
from headrace_lake.compact import memory_bounded
from headrace_lake.table import read_tables

logger = Logger()


def handler(event, context):
    """Takes and gives references: the batch's rows are read from raw, where its manifest says they are."""
    name, _, version = event["dataset"].partition("@")
    folder = f"dataset={name}/{version}"
    table = read_tables(Path(__file__).parent / "tables.json", kind="dataset")[name]
    s3, catalog, raw = boto3.client("s3"), open_catalog(), os.environ["RAW_BUCKET"]
    manifest = json.loads(s3.get_object(Bucket=raw, Key=f"raw/{folder}/batch={event['batch']}/manifest.json")["Body"].read())
    with tempfile.TemporaryDirectory(prefix="batch-") as directory, duckdb.connect() as connection:
        memory_bounded(connection, int(context.memory_limit_in_mb), Path(directory) / "duckdb")
        paths = []
        for index, part in enumerate(manifest["parts"]):
            paths.append(Path(directory) / f"part-{index:04}.ndjson.gz")
            s3.download_file(raw, part["key"], str(paths[-1]))
        try:
            outcome = commit_batch(
                connection, lambda: load(catalog, os.environ["DATABASE"], os.environ["CURATED_BUCKET"], table), table, Batch(event["batch"], manifest["arrival"]), {folder: paths},
                summary={"headrace.run": context.aws_request_id}, keep=datetime.timedelta(days=int(os.environ["BATCH_RETENTION_DAYS"])),
            )
        except duckdb.Error as fault:
            # What DuckDB says of a line that it cannot read holds a piece of the line; the pipeline's failure goes to a topic.
            raise RuntimeError(f"the rows of batch {event['batch']} cannot be read as those of dataset {event['dataset']}: {type(fault).__name__}") from None
    logger.info("committed to its table", batch=event["batch"], table=table.name, result=outcome)
    return {**{name: event[name] for name in ("dataset", "batch", "key", "checksum", "attempt")}, "outcome": "done"}
