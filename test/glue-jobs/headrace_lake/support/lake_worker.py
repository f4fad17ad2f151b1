"""Does to a lake what it is told to, over and over: a line of JSON with the task in, a line with what came of it out.

`lake_worker.py TABLES DATABASE RAW CURATED [MUTANT] [pausing]`: pausing, it says before its first commit that it is there, and
waits for a line.
"""

import datetime
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse

import boto3
import duckdb
import duckdb_extension_avro
from pyiceberg.expressions import EqualTo
from pyiceberg.io.pyarrow import schema_to_pyarrow

from headrace_lake import commit, landing, predictions, training_set
from headrace_lake.catalog import load, open_catalog
from headrace_lake.compact import Lake, NewObject, compact, memory_bounded
from headrace_lake.erase import erase, search
from headrace_lake.feature_tables import PLACE, described, feature_tables, is_feature_table
from headrace_lake.former import former_tables
from headrace_lake.maintain import maintain, referred_files
from headrace_lake.predictions import write_predictions
from headrace_lake.subject import Subject
from headrace_lake.table import read_tables


def _append(connection, iceberg, where, *, added, summary, **named):
    iceberg.refresh()
    schema = schema_to_pyarrow(iceberg.schema(), include_field_ids=False)
    iceberg.append(connection.execute(f"SELECT {', '.join(schema.names)} FROM ({added})").to_arrow_table().cast(schema), snapshot_properties=summary)


def _overwrite_blindly(connection, iceberg, where, _overwrite=commit.overwrite, **named):
    connection.register("before", iceberg.scan(row_filter=where).to_arrow())
    iceberg.refresh()
    _overwrite(connection, iceberg, where, **{**named, "kept": None, "added": f"FROM before {named['kept']} UNION ALL BY NAME {named['added']}"})


# What a commit must not be, each a way in which others have written it.
if "insert only" in sys.argv[5:]:
    commit.overwrite = predictions.overwrite = _append
elif "handle loaded last" in sys.argv[5:]:
    commit.overwrite = _overwrite_blindly


def _paused(write):
    def overwrite(*words, **named):
        commit.overwrite = predictions.overwrite = write
        print(json.dumps({"at": "commit"}), flush=True)
        sys.stdin.readline()
        return write(*words, **named)
    return overwrite


if "pausing" in sys.argv[5:]:
    commit.overwrite = predictions.overwrite = _paused(commit.overwrite)

# It says each time that somebody else was faster.
logging.getLogger("pyiceberg").setLevel(logging.ERROR)
tables, database, raw, curated = sys.argv[1:5]
plain_columns = Path(tables).with_name("plain-columns.json")
PLAIN = json.loads(plain_columns.read_text(encoding="utf-8")) if plain_columns.exists() else {}
lake = Lake(s3=boto3.client("s3"), catalog=open_catalog(), database=database, raw_bucket=raw, curated_bucket=curated,
            connection=memory_bounded(duckdb.connect(), 1500, Path(tempfile.mkdtemp())), tables=read_tables(Path(tables), kind="event"))


def _compact(objects):
    done, counts, faults = [], {}, []
    for outcome in compact(lake, [NewObject(key=key, size=size) for key, size in objects], ends_at=time.monotonic() + 600):
        if outcome.committed is None:
            faults.append(f"{type(outcome.fault).__name__}: {outcome.fault}")
            continue
        done.extend(outcome.keys)
        for name, count in vars(outcome.committed).items():
            counts[name] = counts.get(name, 0) + count
    return {"done": done, "counts": counts, "faults": faults}


def _load(table):
    return lambda: lake.catalog.load_table((database, table))


def _make(event_type):
    return {"table": load(lake.catalog, database, curated, lake.tables[event_type]).location()}


def _predict(table, request, rows):
    """Writes the predictions of a request, in two files."""
    described = read_tables(Path(tables))[table]
    with tempfile.TemporaryDirectory() as directory:
        files = [Path(directory) / f"{part}.parquet" for part in range(2)]
        columns = "'w' AS _model_version, 'late@v1' AS _model, 'hash' AS _manifest_hash, TIMESTAMPTZ '2026-03-01 00:00:00+00' AS _moment, TIMESTAMPTZ '2026-03-01 00:00:00+00' AS _scored_at, 0.5::DOUBLE AS prediction, NULL::VARCHAR AS missing"
        for part, file in enumerate(files):
            values = ", ".join(f"('{row}', '{customer}')" for row, customer in rows[part::2])
            lake.connection.execute(f"COPY (SELECT '{request}' AS _batch_id, row AS _row, {columns}, customer AS who__email FROM (VALUES {values}) AS asked(row, customer)) TO '{file}' (FORMAT parquet)")
        return {"result": write_predictions(lake.connection, lambda: load(lake.catalog, database, curated, described), request, files, summary={})}


def _maintain(table, seconds_from_now, keep_seconds, keep_days=None):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    keep_rows = None if keep_days is None else datetime.timedelta(days=keep_days)
    return vars(maintain(lake.connection, lake.s3, _load(table), now=now, keep=datetime.timedelta(seconds=keep_seconds), keep_rows=keep_rows))


def _described(table):
    known = read_tables(Path(tables))
    if table not in known and is_feature_table(_load(table)()):
        return described(_load(table)(), PLAIN)
    return known[table] if table in known else next(each for each in former_tables(lake.catalog, database, known) if each.name == table)


def _erase(table, identifiers, fields, seconds_from_now):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    subject = Subject(tuple(identifiers), None if fields is None else tuple(fields))
    return vars(erase(lake.connection, lake.s3, _load(table), _described(table), subject, now=now))


def _search(table, identifiers, fields, seconds_from_now=None):
    before = None if seconds_from_now is None else datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return vars(search(lake.s3, _load(table), _described(table), Subject(tuple(identifiers), None if fields is None else tuple(fields)), before=before))


def _strand(table):
    """Leaves a manifest that nothing refers to, as a commit does that is killed before its end."""
    (manifest, *_) = _load(table)().current_snapshot().manifests(_load(table)().io)
    key = manifest.manifest_path.removeprefix(f"s3://{curated}/")
    lake.s3.copy_object(Bucket=curated, Key=key.replace(".avro", "-stranded.avro"), CopySource={"Bucket": curated, "Key": key})
    return {}


def _landing(bucket, identifiers, committed, erases):
    tables = tuple(f"{PLACE}{table.name}/" for table in feature_tables(lake.catalog, database))
    return landing.look(lake.s3, bucket, Subject(tuple(identifiers)), is_committed=lambda key, checksum: key in committed, erases=erases, passes=tables, plain=PLAIN)


def _keep(table, tag):
    """Takes a training set of the curated bucket into its table, as its function does."""
    with tempfile.TemporaryDirectory() as directory:
        file, told = training_set.fetch(lake.s3, curated, "training-sets/m/v1/", tag, Path(directory))
        kept = training_set.keep(lake.connection, lake.catalog, database, curated, table=table, model="m@v1", file=file, told=told)
    return {**vars(kept), "snapshot": str(kept.snapshot)}


def _open(table, tag):
    """A training set as docs/training.md opens it with pandas, and what the snapshot says of itself."""
    frame = lake.catalog.load_table(f"{database}.{table}").scan().use_ref(tag).to_pandas()
    iceberg = _load(table)()
    return {"columns": list(frame.columns), "ids": sorted(frame["_id"]), "metadata": iceberg.metadata_location, "snapshot": str(iceberg.metadata.refs[tag].snapshot_id),
            "summary": iceberg.snapshot_by_name(tag).summary.additional_properties, "snapshots": len(iceberg.metadata.snapshots), "feature tables": [each.name for each in feature_tables(lake.catalog, database)], "former": [each.name for each in former_tables(lake.catalog, database, {})]}


def _decoded(key, body):
    """An object as text: what is compressed in it is not, byte for byte."""
    if not key.endswith((".parquet", ".avro")):
        return body
    with tempfile.NamedTemporaryFile() as file, duckdb.connect() as reader:
        file.write(body)
        file.flush()
        (extension,) = Path(duckdb_extension_avro.__file__).parent.rglob("avro.duckdb_extension")
        reader.execute(f"LOAD '{extension}'")
        rows = reader.execute(f"SELECT * FROM {'read_parquet' if key.endswith('.parquet') else 'read_avro'}('{file.name}')").fetchall()
        # A manifest's smallest and largest values are bytes.
        return body + repr(rows).encode()


def _grep(text):
    """The versions of objects of the curated zone that hold a text, in whatever is compressed too; and how many were read."""
    found, read = [], 0
    for page in lake.s3.get_paginator("list_object_versions").paginate(Bucket=curated):
        for each in page.get("Versions", []):
            read += 1
            body = lake.s3.get_object(Bucket=curated, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
            if text.encode() in _decoded(each["Key"], body):
                found.append(each["Key"])
    return {"found": sorted(found), "read": read}


def _tag(table, name):
    iceberg = _load(table)()
    iceberg.manage_snapshots().create_tag(iceberg.current_snapshot().snapshot_id, name).commit()
    return {"snapshot": str(iceberg.current_snapshot().snapshot_id)}


def _tagged(table, name):
    """What a table held when it was given a name."""
    iceberg = _load(table)()
    return {"rows": iceberg.scan(snapshot_id=iceberg.metadata.refs[name].snapshot_id).to_arrow().num_rows}


def _delete(table, customer):
    """Deletes a customer's rows as anybody may who has the table: the state that comes of it tells of the files that are gone."""
    _load(table)().delete(EqualTo("customer", customer))
    return {}


def _split(table):
    """Writes each row of a table into a file of its own."""
    iceberg = _load(table)()
    rows = iceberg.scan().to_arrow()
    iceberg.delete()
    for index in range(rows.num_rows):
        iceberg.append(rows.slice(index, 1))
    return {"files": rows.num_rows}


def _places(table):
    """The files that the table refers to, and the objects that there are."""
    iceberg = _load(table)()
    there = {f"s3://{curated}/{each['Key']}" for page in lake.s3.get_paginator("list_objects_v2").paginate(Bucket=curated, Prefix=urlparse(iceberg.location()).path.strip("/") + "/") for each in page.get("Contents", [])}
    return {"referred": sorted(referred_files(iceberg)), "there": sorted(there), "snapshots": len(iceberg.metadata.snapshots)}


TASKS = {"compact": _compact, "predict": _predict, "make": _make, "maintain": _maintain, "tag": _tag, "split": _split, "places": _places, "tagged": _tagged, "delete": _delete, "erase": _erase, "search": _search, "strand": _strand, "grep": _grep, "landing": _landing, "keep": _keep, "open": _open}
print("ready", flush=True)
for line in sys.stdin:
    task, *words = json.loads(line)
    print(json.dumps(TASKS[task](*words)), flush=True)
