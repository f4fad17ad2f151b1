"""Feast's online store on DynamoDB. Usage: features.py SETTINGS

It is given the same features of the same airports, as numbers that are ready, and reads them with get_online_features.
"""

import json
import os
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float64

from side import serve

settings = json.loads(Path(sys.argv[1]).read_text())
NAMES, ROWS, KEYS = settings["names"], settings["rows"], settings["keys"]
repository = Path(tempfile.mkdtemp(prefix="headrace-bench-feast-"))
(repository / "feature_store.yaml").write_text(f"""
project: airports
provider: aws
registry: {repository}/registry.db
offline_store: {{type: file}}
online_store: {{type: dynamodb, region: us-east-1, endpoint_url: "{os.environ['AWS_ENDPOINT_URL']}", batch_size: 100}}
entity_key_serialization_version: 3
auth: {{type: no_auth}}
""")
now = datetime.now(timezone.utc)
frame = pandas.DataFrame(ROWS).assign(event_timestamp=now, created=now)
frame.to_parquet(repository / "rows.parquet")

airport = Entity(name="airport", join_keys=["airport"], value_type=ValueType.STRING)
source = FileSource(name="rows", path=str(repository / "rows.parquet"), timestamp_field="event_timestamp", created_timestamp_column="created")
view = FeatureView(name="departures", entities=[airport], ttl=timedelta(days=3650), online=True, source=source, schema=[Field(name=name, dtype=Float64) for name in NAMES])
store = FeatureStore(repo_path=str(repository))
store.apply([airport, source, view])
store.write_to_online_store("departures", frame)
features = [f"departures:{name}" for name in NAMES]


def answer(command):
    milliseconds, first = [], []
    for index in range(command["from"], command["from"] + command["count"]):
        keys = KEYS[index % len(KEYS)]
        began = time.perf_counter()
        got = store.get_online_features(features=features, entity_rows=[{"airport": key} for key in keys]).to_dict()
        milliseconds.append((time.perf_counter() - began) * 1000)
        first.append(got["flights_7d"][0])
    return {"milliseconds": milliseconds, "predictions": first}


serve(answer)
