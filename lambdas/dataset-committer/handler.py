"""Tasks of the state machine of datasets: passes a batch that is landed and verified through the quality gate, puts it into the dataset's curated table, and tells where it came from."""

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
from headrace_lake.gate import pass_gate
from headrace_lake.table import read_tables
from lineage import tell_lineage

logger = Logger()


def _reference(event):
    return {name: event[name] for name in ("dataset", "batch", "key", "checksum", "attempt")}


def _gate(connection, load_table, tables, table, batch, files, event, manifest):
    refusal = pass_gate(connection, lambda name: load_table(tables[name]), table, batch, files, contract=event["dataset"], rejected=manifest["rejected"])
    logger.info("passed through the quality gate", batch=batch.id, table=table.name, refused=refusal is not None)
    return {"outcome": "done"} if refusal is None else {"outcome": "refused", "refusal": refusal}


def _write(connection, load_table, _tables, table, batch, files, event, manifest):
    keep = datetime.timedelta(days=int(os.environ["BATCH_RETENTION_DAYS"]))
    outcome = commit_batch(connection, lambda: load_table(table), table, batch, files, summary={"headrace.run": event["run"]}, keep=keep)
    logger.info("committed to its table", batch=batch.id, table=table.name, result=outcome)
    return {"outcome": "done"}


STEPS = {"quality gate": _gate, "write table": _write}


def handler(event, context):
    """Takes and gives references: the batch's rows are read from raw, where its manifest says they are."""
    name, _, version = event["dataset"].partition("@")
    folder = f"dataset={name}/{version}"
    tables = read_tables(Path(__file__).parent / "tables.json")
    table = next(each for each in tables.values() if each.kind == "dataset" and each.of == name)
    s3, catalog, raw = boto3.client("s3"), open_catalog(), os.environ["RAW_BUCKET"]
    if event["step"] == "lineage":
        tell_lineage(s3, lambda each: load(catalog, os.environ["DATABASE"], os.environ["CURATED_BUCKET"], each), tables, table, event, account=context.invoked_function_arn.split(":")[4])
        return {**_reference(event), "outcome": event["outcome"], **({"refusal": event["refusal"]} if "refusal" in event else {})}
    manifest = json.loads(s3.get_object(Bucket=raw, Key=f"raw/{folder}/batch={event['batch']}/manifest.json")["Body"].read())
    with tempfile.TemporaryDirectory(prefix="batch-") as directory, duckdb.connect() as connection:
        memory_bounded(connection, int(context.memory_limit_in_mb), Path(directory) / "duckdb")
        paths = []
        for index, part in enumerate(manifest["parts"]):
            paths.append(Path(directory) / f"part-{index:04}.ndjson.gz")
            s3.download_file(raw, part["key"], str(paths[-1]))
        try:
            ended = STEPS[event["step"]](
                connection, lambda each: load(catalog, os.environ["DATABASE"], os.environ["CURATED_BUCKET"], each), tables, table, Batch(event["batch"], manifest["arrival"]), {folder: paths},
                {**event, "run": context.aws_request_id}, manifest,
            )
        except duckdb.Error as fault:
            # What DuckDB says of a line that it cannot read holds a piece of the line; the pipeline's failure goes to a topic.
            raise RuntimeError(f"the rows of batch {event['batch']} cannot be read as those of dataset {event['dataset']}: {type(fault).__name__}") from None
    return {**_reference(event), **ended}
