"""Feast's historical features by its offline store on DuckDB: the newest amount of an account at each time. Usage: training_feast.py SETTINGS

It reads what ours reads, two Parquet files. Feast takes rows at the time itself too, so the points' times are a millisecond
earlier than ours. DuckDB has two threads and spills what is over its memory to disk; the process ends at its limit of
memory or of time, which stands for "did not finish".
"""

import json
import resource
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

settings = json.loads(Path(sys.argv[1]).read_text())
resource.setrlimit(resource.RLIMIT_AS, (settings["gigabytes"] * 2**30,) * 2)

import duckdb
import ibis
import pandas
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float64

from side import serve

repository = Path(tempfile.mkdtemp(prefix="feast-", dir=settings["directory"]))
(repository / "feature_store.yaml").write_text(f"""
project: training
provider: local
registry: {repository}/registry.db
offline_store: {{type: duckdb}}
online_store: {{type: sqlite, path: {repository}/online.db}}
entity_key_serialization_version: 3
auth: {{type: no_auth}}
""")
account = Entity(name="account", join_keys=["account"], value_type=ValueType.STRING)
source = FileSource(name="records", path=settings["records"], timestamp_field="time")
view = FeatureView(name="newest", entities=[account], ttl=timedelta(days=3650), source=source, schema=[Field(name="amount", dtype=Float64)])
store = FeatureStore(repo_path=str(repository))
store.apply([account, source, view])
for setting in ("threads = 2", f"memory_limit = '{settings['gigabytes'] - 4}GB'", f"temp_directory = '{repository}/spilt'", f"max_temp_directory_size = '{settings['gigabytesOnDisk']}GB'"):
    ibis.get_backend().raw_sql(f"SET {setting}")


def answer(_command):
    # Ends the process, whatever it does: a query is in no state to be told.
    signal.alarm(settings["seconds"])
    began = time.perf_counter()
    try:
        points = pandas.read_parquet(settings["points"]).rename(columns={"time": "event_timestamp"})
        points["event_timestamp"] -= pandas.Timedelta(milliseconds=1)
        found = store.get_historical_features(entity_df=points, features=["newest:amount"]).to_df()
    except (MemoryError, duckdb.OutOfMemoryException, duckdb.IOException) as error:
        print(f"did not finish: {error}", file=sys.stderr)
        return {"seconds": None}
    finally:
        signal.alarm(0)
    return {"seconds": time.perf_counter() - began, "points": len(found), "amount": float(found["amount"].sum())}


serve(answer)
