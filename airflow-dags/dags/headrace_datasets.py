"""The DAGs of Headrace: one for each dataset of each environment whose description, `headrace-<environment>.json`, lies beside this file."""

import json
from pathlib import Path

# Airflow takes a file for one with DAGs when it names both it and them.
from airflow.sdk import DAG  # noqa: F401
from headrace_airflow.dag import dags_of

for description in sorted(Path(__file__).parent.glob("headrace-*.json")):
    for dag in dags_of(json.loads(description.read_text())):
        globals()[dag.dag_id] = dag
