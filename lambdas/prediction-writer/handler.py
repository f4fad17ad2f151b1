"""A task of the state machine of batch scoring: puts the predictions of a request into the table of its model, and tells where they came from."""

import datetime
import json
import os
import tempfile
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger

from headrace_lake.catalog import load, open_catalog
from headrace_lake.compact import memory_bounded
from headrace_lake.lineage import Run, curated, endpoint, event as told, keep, key_of, own_facet, stored
from headrace_lake.predictions import snapshot_of, write_predictions
from headrace_lake.table import read_tables

logger = Logger()

TABLES = Path(__file__).parent / "tables.json"


def _object(s3, key):
    return json.loads(s3.get_object(Bucket=os.environ["FEATURES_BUCKET"], Key=key)["Body"].read())


def _write(s3, load_table, given, request, scored, memory_megabytes):
    """Gives what came of it, and how many of the rows the model did not predict."""
    with tempfile.TemporaryDirectory(prefix="predictions-") as directory, duckdb.connect() as connection:
        memory_bounded(connection, memory_megabytes, Path(directory) / "duckdb")
        files = []
        for index, key in enumerate(scored["parts"]):
            files.append(Path(directory) / f"part-{index:05}.parquet")
            s3.download_file(os.environ["FEATURES_BUCKET"], key, str(files[-1]))
        if not files:
            return "present", 0
        unpredicted = connection.execute("SELECT count(*) FROM read_parquet(?) WHERE prediction IS NULL", [[str(file) for file in files]]).fetchall()[0][0]
        summary = {"headrace.run": given["run"], "headrace.model": request["model"], "headrace.model-version": request["modelVersion"], "headrace.manifest": request["manifestHash"]}
        return write_predictions(connection, load_table, given["batch"], files, summary=summary), int(unpredicted)


def _tell(s3, load_table, table, given, request, scored, account):
    """Writes the lineage of the run: told twice, it stands there once."""
    iceberg = load_table()
    facets = own_facet("scoring", batch=given["batch"], attempt=given["attempt"], model=request["model"], modelVersion=request["modelVersion"], manifestHash=request["manifestHash"], rawHash=scored["rawHash"], refused=scored["refused"])
    run = Run(os.environ["HEADRACE_ENVIRONMENT"], f"model.{table.of}.score", f"{given['batch']}.{given['attempt']}", "BATCH", {"headrace_scoring": facets})
    began = datetime.datetime.fromisoformat(request["scoredAt"])
    rows = request["rows"]
    inputs = [] if rows is None else [stored(os.environ["LANDING_BUCKET"], rows["key"], version=rows["tag"].strip('"'), rows=scored["rows"])]
    outputs = [curated(table, os.environ["DATABASE"], os.environ["AWS_REGION"], account, snapshot=snapshot_of(iceberg, given["batch"]), rows=scored["scored"])]
    events = [told(run, "START", began, inputs, []), told(run, "COMPLETE", datetime.datetime.now(datetime.timezone.utc), inputs, outputs)]
    keep(s3, os.environ["CURATED_BUCKET"], key_of(run, began), events, **endpoint())


def handler(event, context):
    """Takes and gives references: predictions are read from where the step before it has put them."""
    s3, catalog = boto3.client("s3"), open_catalog()
    request, scored = _object(s3, f"{event['folder']}request.json"), _object(s3, f"{event['folder']}scored.json")
    table = read_tables(TABLES)[event["table"]]
    given = {**event, "run": context.aws_request_id}

    def load_table():
        return load(catalog, os.environ["DATABASE"], os.environ["FEATURES_BUCKET"], table)

    try:
        result, unpredicted = _write(s3, load_table, given, request, scored, int(context.memory_limit_in_mb))
    except duckdb.Error as fault:
        # What DuckDB says may hold a piece of a row; the pipeline's failure goes to a topic.
        raise RuntimeError(f"the predictions of request {event['batch']} could not be put into {table.name}: {type(fault).__name__}") from None
    logger.info("predictions are in their table", batch=event["batch"], table=table.name, result=result, rows=scored["scored"])
    _tell(s3, load_table, table, given, request, scored, context.invoked_function_arn.split(":")[4])
    counts = {name: scored[name] for name in ("rows", "scored", "refused", "refusedKey")}
    return {**{name: event[name] for name in ("batch", "attempt", "model", "modelVersion", "folder", "table")}, "scoredAt": request["scoredAt"], **counts, "unpredicted": unpredicted, "result": result, "outcome": "done"}
