"""Does on one Spark session what it is told to, over and over: a line of JSON with the task in, a line with what came of it out."""

import base64
import datetime
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlparse

import boto3

import spark_job
from headrace_spark import events, statements, stream, training_set
from headrace_spark.session import open_session
from headrace_spark.stream_settings import Settings
from headrace_spark.tables import Handle, identifier, look_up

s3, spark = boto3.client("s3"), open_session("test")
# Little data: what takes time is to plan and compile.
spark.conf.set("spark.sql.shuffle.partitions", "2")


def _work(uri):
    """What the job does with a request in the lake, but for its session."""
    place = urlparse(uri)
    key = place.path.lstrip("/")
    request = json.loads(s3.get_object(Bucket=place.netloc, Key=key)["Body"].read())
    answer = spark_job.WORK[request["work"]](spark, request)
    s3.put_object(Bucket=place.netloc, Key=key.removesuffix("request.json") + "answer.json", Body=json.dumps(answer).encode())
    return {"outcome": "done"}


def _events(request):
    return events.merge_events(spark, request)


def _events_paused(request):
    """Merges, and waits for a line between its look at the table and its first commit."""
    write = Handle.overwrite

    def paused(*words):
        Handle.overwrite = write
        print(json.dumps({"at": "commit"}), flush=True)
        sys.stdin.readline()
        write(*words)

    Handle.overwrite = paused
    return events.merge_events(spark, request)


def _make(database, table, location, columns):
    spark.sql(f"CREATE TABLE {identifier(database, table)} ({', '.join(f'`{name}` {type_}' for name, type_ in columns.items())}) USING iceberg LOCATION '{location}' TBLPROPERTIES ('format-version' = '2')")
    return {}


def _race(database, table, key, insert_only):
    """Merges one new row several times at once; gives how many there are then."""
    name = identifier(database, table)
    columns = ", ".join(f"CAST({value} AS {type_}) AS `{column}`" for column, (value, type_) in key.items())
    spark.sql(f"SELECT {columns}").createOrReplaceTempView("new_row")
    matched = "" if insert_only else "WHEN MATCHED THEN UPDATE SET *"

    def merge(_index):
        try:
            spark.sql(f"MERGE INTO {name} AS there USING new_row AS new ON there.id = new.id {matched} WHEN NOT MATCHED THEN INSERT *")
            return 0
        except Exception as fault:
            return 1 if "ValidationException" in str(fault) or "CommitFailed" in str(fault) else -1

    with ThreadPoolExecutor(4) as pool:
        refused = list(pool.map(merge, range(4)))
    return {"refused": sum(refused), "rows": look_up(spark, name).rows().where(f"id = {key['id'][0]}").count()}


def _read(database, table, sql):
    look_up(spark, identifier(database, table)).rows().createOrReplaceTempView("rows")
    return [row.asDict() for row in spark.sql(sql).collect()]


def _read_at(database, table, tag, sql):
    spark.read.option("tag", tag).table(identifier(database, table)).createOrReplaceTempView("rows")
    return [row.asDict() for row in spark.sql(sql).collect()]


def _opened(line):
    """How many rows and which columns a line of the documentation opens."""
    frame = eval(line, {"spark": spark})  # noqa: S307 - what the documentation says, as a reader would type it
    return {"rows": frame.count(), "columns": frame.columns}


def _rows(views, made, sql):
    """Rows of a query after statements over lines of JSON."""
    for name, (file, schema) in views.items():
        spark.read.schema(schema).option("mode", "FAILFAST").json(file).createOrReplaceTempView(name)
    with statements.ansi(spark):
        statements.run(spark, made)
        rows = [row.asDict() for row in spark.sql(sql).collect()]
    spark.catalog.clearCache()
    return rows


def _training_set(request):
    try:
        return training_set.make_training_set(spark, request)
    finally:
        spark.catalog.clearCache()


STREAM_COLUMNS = "partition INT, offset BIGINT, timestamp TIMESTAMP, timestampType INT, key BINARY, value BINARY, headers ARRAY<STRUCT<key: STRING, value: BINARY>>"


def _decoded(text):
    return None if text is None else base64.b64decode(text)


def _stream(program, settings, file):
    """Keeps records of a topic as the stream does with those of an epoch: a partition of the topic is one of the frame's."""
    archive = shutil.make_archive(f"{tempfile.mkdtemp()}/judge", "zip", program)
    spark.sparkContext.addArchive(f"{archive}#{stream.ARCHIVE}")
    with open(file, encoding="utf-8") as opened:
        records = json.load(opened)
    decoded = [(part, offset, datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc), kind, _decoded(key), _decoded(value), None if headers is None else [(name, _decoded(text)) for name, text in headers]) for part, offset, at, kind, key, value, headers in records]
    parts = [[row for row in decoded if row[0] == partition] for partition in sorted({row[0] for row in decoded})]
    frame = spark.createDataFrame(spark.sparkContext.parallelize(parts, len(parts)).flatMap(lambda rows: rows), STREAM_COLUMNS)
    return {"reports": stream.keep_epoch(frame, Settings(**settings))}


TASKS = {"stream": _stream, "opened": _opened, "training set": _training_set, "rows": _rows, "work": _work, "make": _make, "events": _events, "events paused": _events_paused, "race": _race, "read": _read, "read at": _read_at}
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    task, *words = json.loads(line)
    try:
        print(json.dumps({"answer": TASKS[task](*words)}), flush=True)
    except Exception as fault:
        print(json.dumps({"fault": f"{type(fault).__name__}: {str(fault)[:2000]}"}), flush=True)
