"""What a run came from and what it went into, as OpenLineage events (specification 2-0-2, openlineage.io/spec).

An event is data; `keep` writes those of a run into the lake, and sends them to an endpoint when one is set.
"""

import datetime
import json
import os
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3

from .table import CuratedTable

PRODUCER = "urn:headrace"
RUN_EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACET_VERSIONS = {
    "SchemaDatasetFacet": "1-2-0", "DatasetVersionDatasetFacet": "1-0-1", "OutputStatisticsOutputDatasetFacet": "1-0-2", "InputStatisticsInputDatasetFacet": "1-0-0",
    "DataQualityAssertionsDatasetFacet": "1-1-0", "NominalTimeRunFacet": "1-0-1", "ErrorMessageRunFacet": "1-0-1", "JobTypeJobFacet": "2-0-4", "DocumentationDatasetFacet": "1-1-0",
}
# What the identifiers of runs are made from: the same run has the same, whoever tells of it.
RUNS = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)
SEND_SECONDS = 10
# Property of a snapshot that names the run that made it.
RUN = "headrace.lineage"

State = Literal["START", "COMPLETE", "FAIL"]


def _facet(name: str, **content: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"https://openlineage.io/spec/facets/{FACET_VERSIONS[name]}/{name}.json#/$defs/{name}", **content}


def own_facet(name: str, **content: Any) -> dict[str, Any]:
    """A facet of ours, which the specification allows under a name with a prefix."""
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}:facet:{name}", **content}


@dataclass(frozen=True)
class Place:
    """Data that a run read or wrote, by the names that the specification gives it (openlineage.io/docs/spec/naming)."""

    namespace: str
    name: str
    facets: dict[str, Any] = field(default_factory=dict)
    of_run: dict[str, Any] = field(default_factory=dict)  # facets that are about this run alone: statistics, assertions


def stored(bucket: str, key: str, *, version: str | None = None, rows: int | None = None, size: int | None = None, is_input: bool = True) -> Place:
    """An object, or what lies below a prefix."""
    name, of_run = ("inputStatistics", "InputStatisticsInputDatasetFacet") if is_input else ("outputStatistics", "OutputStatisticsOutputDatasetFacet")
    statistics = {key_: value for key_, value in (("rowCount", rows), ("size", size)) if value is not None}
    return Place(f"s3://{bucket}", key, {} if version is None else {"version": _facet("DatasetVersionDatasetFacet", datasetVersion=version)}, {name: _facet(of_run, **statistics)} if statistics else {})


def curated(table: CuratedTable, database: str, region: str, account: str, *, snapshot: int | None = None, rows: int | None = None) -> Place:
    """A table of the Glue catalog, at a snapshot."""
    fields = [{"name": column.name, "type": column.type, **({"description": column.comment} if column.comment else {})} for column in table.columns]
    facets = {"schema": _facet("SchemaDatasetFacet", fields=fields), "documentation": _facet("DocumentationDatasetFacet", description=table.description)}
    if snapshot is not None:
        # As text: a snapshot's number is beyond what JSON readers keep exactly.
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=str(snapshot))
    return Place(f"arn:aws:glue:{region}:{account}", f"table/{database}/{table.name}", facets, {} if rows is None else {"outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", rowCount=rows)})


def assertions(results: list[dict[str, Any]]) -> dict[str, Any]:
    """What the quality gate found, as a facet of what it looked at."""
    return {"dataQualityAssertions": _facet("DataQualityAssertionsDatasetFacet", assertions=[
        {"assertion": result["kind"], "success": result["passed"], "severity": "warn" if result["warns"] else "error", "name": result["expectation"], "description": result["explanation"], "expected": result["allowed"]} for result in results
    ])}


@dataclass(frozen=True)
class Run:
    """One run of a job."""

    namespace: str  # the environment
    job: str
    id: str  # what tells it from the job's other runs
    processing: Literal["BATCH", "STREAMING"]
    facets: dict[str, Any] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        return str(uuid.uuid5(RUNS, f"{self.namespace}/{self.job}/{self.id}"))


def nominal(moment: str) -> dict[str, Any]:
    """The moment that a run is for, where that is not when it ran."""
    return {"nominalTime": _facet("NominalTimeRunFacet", nominalStartTime=moment)}


def event(run: Run, state: State, at: datetime.datetime, inputs: list[Place], outputs: list[Place], *, error: str | None = None) -> dict[str, Any]:
    """One event of a run. A run has one START, and one COMPLETE or FAIL."""
    failed = {} if error is None else {"errorMessage": _facet("ErrorMessageRunFacet", message=error, programmingLanguage="en")}
    return {
        "eventType": state, "eventTime": at.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"), "producer": PRODUCER, "schemaURL": RUN_EVENT,
        "run": {"runId": run.run_id, "facets": {**run.facets, **failed}},
        "job": {"namespace": run.namespace, "name": run.job, "facets": {"jobType": _facet("JobTypeJobFacet", processingType=run.processing, integration="HEADRACE", jobType="TASK")}},
        "inputs": [{"namespace": each.namespace, "name": each.name, "facets": each.facets, "inputFacets": each.of_run} for each in inputs],
        "outputs": [{"namespace": each.namespace, "name": each.name, "facets": each.facets, "outputFacets": each.of_run} for each in outputs],
    }


def key_of(run: Run, at: datetime.datetime) -> str:
    """Where the events of a run stand: told twice, they stand there once."""
    return f"lineage/dt={at.astimezone(datetime.timezone.utc):%Y-%m-%d}/{run.job}/{run.run_id}.ndjson"


def keep(s3: Any, bucket: str, key: str, events: list[dict[str, Any]], *, url: str | None = None, authorization: str | None = None) -> None:
    """Writes the events of a run into the lake, and sends them on.

    :param url: of an OpenLineage endpoint, such as https://host/api/v1/lineage
    :param authorization: value of the header of that name
    :raises OSError: when the endpoint is away or does not take them; they are in the lake by then
    """
    lines = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in events)
    s3.put_object(Bucket=bucket, Key=key, Body=lines.encode(), ContentType="application/x-ndjson")
    for each in events if url else []:
        headers = {"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})}
        request = urllib.request.Request(url, data=json.dumps(each).encode(), headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=SEND_SECONDS):
            pass


def endpoint() -> dict[str, str | None]:
    """Where lineage is sent, as the function's variables say."""
    secret = os.environ.get("LINEAGE_SECRET")
    authorization = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] if secret else None
    return {"url": os.environ.get("LINEAGE_URL"), "authorization": authorization}
