"""Tells the lineage of a batch, once it is committed or refused."""

import datetime
import json
import os

from pyiceberg.expressions import EqualTo

from headrace_lake.batch import snapshot_of
from headrace_lake.lineage import Place, Run, assertions, curated, endpoint, event, keep, key_of, nominal, own_facet, stored


def _object(s3, bucket, key):
    """The JSON of an object; None where there is none."""
    try:
        return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def _source(s3, told, results):
    """Where the batch came from: a file of the landing bucket, or a table of a database; nothing for an increment that found nothing new."""
    found = assertions(results) if results else {}
    manifest, landing = told["manifest"], os.environ["LANDING_BUCKET"]
    rows, key, checksum = (None, told["key"], told["checksum"]) if manifest is None else (manifest["source"]["rows"], manifest["source"]["key"], manifest["source"]["checksum"])
    if not key:
        return []
    extract = _object(s3, landing, key) if key.endswith("/extract.json") else None
    if extract is None:
        place = stored(landing, key, version=checksum, rows=rows)
    else:
        server, table = extract["server"], extract["table"]
        place = stored("", table, version=extract["takenAt"], rows=rows)
        place = Place(f"postgres://{server['host']}:{server['port']}", f"{server['database']}.{table}", place.facets, place.of_run)
    return [Place(place.namespace, place.name, place.facets, {**place.of_run, **found})]


def _moment(batch):
    """The moment that a batch is for: 20260302T050000Z at the end of its name; None for one that is a file's content."""
    try:
        return datetime.datetime.strptime(batch.rsplit("-", 1)[-1], "%Y%m%dT%H%M%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def _results(load, tables, batch):
    iceberg = load(tables["quality_results"])
    return [] if iceberg.current_snapshot() is None else iceberg.scan(row_filter=EqualTo("batch", batch)).to_arrow().to_pylist()


def tell_lineage(s3, load, tables, table, told, *, account):
    """Writes the events of a batch's run: told twice, they stand there once.

    :param told: the batch's reference, with its outcome and, of one that was refused, why
    """
    name, _, version = told["dataset"].partition("@")
    prefix = f"raw/dataset={name}/{version}/batch={told['batch']}/"
    manifest = _object(s3, os.environ["RAW_BUCKET"], f"{prefix}_manifest.json")
    results = _results(load, tables, told["batch"])
    facets = own_facet("batch", dataset=told["dataset"], batch=told["batch"], attempt=told["attempt"], **({} if manifest is None else {"contractHash": manifest["contractHash"], "manifestHash": manifest["manifestHash"], "rejected": manifest["rejected"]}))
    moment = _moment(told["batch"])
    run = Run(os.environ["HEADRACE_ENVIRONMENT"], f"dataset.{name}", f"{told['batch']}.{told['attempt']}", "BATCH", {"headrace_batch": facets, **({} if moment is None else nominal(moment))})
    arrival = datetime.datetime.now(datetime.timezone.utc) if manifest is None else datetime.datetime.fromisoformat(manifest["arrival"])
    inputs = _source(s3, {**told, "manifest": manifest}, results)
    if told["outcome"] == "refused":
        outputs, state = [], "FAIL"
    else:
        rows = None if manifest is None else sum(part["rows"] for part in manifest["parts"])
        snapshot = snapshot_of(load(table), told["batch"])
        outputs = [stored(os.environ["RAW_BUCKET"], prefix, rows=rows, is_input=False), curated(table, os.environ["DATABASE"], os.environ["AWS_REGION"], account, snapshot=snapshot, rows=rows)]
        state = "COMPLETE"
    events = [event(run, "START", arrival, inputs, []), event(run, state, datetime.datetime.now(datetime.timezone.utc), inputs, outputs, error=told.get("refusal"))]
    keep(s3, os.environ["CURATED_BUCKET"], key_of(run, arrival), events, **endpoint())
