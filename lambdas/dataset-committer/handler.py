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
from headrace_lake.spark_request import as_bytes, place_of, request_of, take_answer
from headrace_lake.table import read_tables
from lineage import tell_lineage

logger = Logger()

TABLES = Path(__file__).parent / "tables.json"


def _reference(event):
    return {name: event[name] for name in ("dataset", "batch", "key", "checksum", "attempt")}


def _table_named(tables, load_table):
    """Loads the table of a dataset, or one of the platform's, by that name."""
    return lambda name: load_table(next(each for each in tables.values() if each.kind != "event" and each.of == name))


def _gate(connection, load_named, table, batch, files, event, manifest):
    refusal = pass_gate(connection, load_named, table, batch, files, contract=event["dataset"], rejected=manifest["rejected"])
    logger.info("passed through the quality gate", batch=batch.id, table=table.name, refused=refusal is not None)
    return {"outcome": "done"} if refusal is None else {"outcome": "refused", "refusal": refusal}


def _write(connection, load_named, table, batch, files, event, manifest):
    keep = datetime.timedelta(days=int(os.environ["BATCH_RETENTION_DAYS"]))
    outcome = commit_batch(connection, lambda: load_named(table.of), table, batch, files, summary={"headrace.run": event["run"]}, keep=keep)
    logger.info("committed to its table", batch=batch.id, table=table.name, result=outcome)
    return {"outcome": "done"}


def _ask_spark(s3, load_named, table, batch, event, manifest, folder):
    """Writes what the Spark job is asked for."""
    described = next(each for each in json.loads(TABLES.read_text(encoding="utf-8")) if each["name"] == table.name)
    request = request_of(
        load_named, described, table, batch, manifest, folder=folder, contract=event["dataset"], database=os.environ["DATABASE"], raw_bucket=os.environ["RAW_BUCKET"],
        summary={"headrace.run": event["run"]}, keep_days=int(os.environ["BATCH_RETENTION_DAYS"]))
    key = f"{place_of(table.of, batch.id, event['attempt'])}/request.json"
    s3.put_object(Bucket=os.environ["CURATED_BUCKET"], Key=key, Body=as_bytes(request), ContentType="application/json")
    return {"outcome": "done", "request": f"s3://{os.environ['CURATED_BUCKET']}/{key}"}


def _hear_spark(s3, load_named, table, batch, event, _manifest, _folder):
    """Keeps what the Spark job has answered."""
    key = f"{place_of(table.of, batch.id, event['attempt'])}/answer.json"
    answer = json.loads(s3.get_object(Bucket=os.environ["CURATED_BUCKET"], Key=key)["Body"].read())
    refusal = take_answer(load_named, table, batch, answer, contract=event["dataset"])
    logger.info("checked and committed by Spark", batch=batch.id, table=table.name, refused=refusal is not None, result=answer["result"])
    return {"outcome": "done"} if refusal is None else {"outcome": "refused", "refusal": refusal}


STEPS = {"quality gate": _gate, "write table": _write}
STEPS_BESIDE_SPARK = {"ask Spark": _ask_spark, "hear Spark": _hear_spark}


def _on_duckdb(s3, load_named, table, batch, event, manifest, folder, memory_megabytes):
    with tempfile.TemporaryDirectory(prefix="batch-") as directory, duckdb.connect() as connection:
        memory_bounded(connection, memory_megabytes, Path(directory) / "duckdb")
        paths = []
        for index, part in enumerate(manifest["parts"]):
            paths.append(Path(directory) / f"part-{index:04}.ndjson.gz")
            s3.download_file(os.environ["RAW_BUCKET"], part["key"], str(paths[-1]))
        try:
            return STEPS[event["step"]](connection, load_named, table, batch, {folder: paths}, event, manifest)
        except duckdb.Error as fault:
            # What DuckDB says of a line that it cannot read holds a piece of the line; the pipeline's failure goes to a topic.
            raise RuntimeError(f"the rows of batch {event['batch']} cannot be read as those of dataset {event['dataset']}: {type(fault).__name__}") from None


def handler(event, context):
    """Takes and gives references: the batch's rows are read from raw, where its manifest says they are."""
    name, _, version = event["dataset"].partition("@")
    folder = f"dataset={name}/{version}"
    tables = read_tables(TABLES)
    table = next(each for each in tables.values() if each.kind == "dataset" and each.of == name)
    s3, catalog = boto3.client("s3"), open_catalog()

    def load_table(each):
        return load(catalog, os.environ["DATABASE"], os.environ["CURATED_BUCKET"], each)

    if event["step"] == "lineage":
        tell_lineage(s3, load_table, tables, table, event, account=context.invoked_function_arn.split(":")[4])
        return {**_reference(event), "outcome": event["outcome"], **({"refusal": event["refusal"]} if "refusal" in event else {})}
    manifest = json.loads(s3.get_object(Bucket=os.environ["RAW_BUCKET"], Key=f"raw/{folder}/batch={event['batch']}/_manifest.json")["Body"].read())
    load_named, batch, of_run = _table_named(tables, load_table), Batch(event["batch"], manifest["arrival"]), {**event, "run": context.aws_request_id}
    beside_spark = STEPS_BESIDE_SPARK.get(event["step"])
    if beside_spark is not None:
        return {**_reference(event), **beside_spark(s3, load_named, table, batch, of_run, manifest, folder)}
    return {**_reference(event), **_on_duckdb(s3, load_named, table, batch, of_run, manifest, folder, int(context.memory_limit_in_mb))}
