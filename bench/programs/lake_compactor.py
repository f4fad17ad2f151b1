"""The compactor's own module, on raw that lies in a local cloud. Usage: lake_compactor.py TABLES RAW CURATED MEMORY_MEGABYTES

Each command names a database, whose table is made by it, and the objects; the answer says how long the merge took.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))

import boto3
import duckdb

from headrace_lake.catalog import open_catalog
from headrace_lake.compact import Lake, NewObject, compact, memory_bounded
from headrace_lake.table import read_tables
from side import serve

tables, raw, curated, megabytes = sys.argv[1:5]


def answer(command):
    with duckdb.connect() as connection:
        memory_bounded(connection, int(megabytes), Path(tempfile.mkdtemp()))
        lake = Lake(s3=boto3.client("s3"), catalog=open_catalog(), database=command["database"], raw_bucket=raw, curated_bucket=curated, connection=connection,
                    tables=read_tables(Path(tables), kind="event"), environment="bench", summary={"headrace.run": "bench"})
        objects = [NewObject(key=key, size=size) for key, size in command["objects"]]
        began = time.perf_counter()
        outcomes = list(compact(lake, objects, ends_at=time.monotonic() + 3600))
        seconds = time.perf_counter() - began
        if any(outcome.committed is None for outcome in outcomes):
            raise RuntimeError(str([outcome.fault for outcome in outcomes]))
        return {"seconds": seconds, "rows": sum(outcome.committed.added for outcome in outcomes), "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


serve(answer)
