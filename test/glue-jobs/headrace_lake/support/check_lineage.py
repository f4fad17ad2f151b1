"""Reads OpenLineage events, NDJSON on stdin, into the classes that OpenLineage makes from its JSON schemas; a JSON list of what does not fit on stdout."""

import json
import sys
import types
import typing
import uuid

import attr
from openlineage.client import event_v2
from openlineage.client.generated import (
    base, data_quality_assertions_dataset, dataset_version_dataset, documentation_dataset, error_message_run, input_statistics_input_dataset, job_type_job, nominal_time_run, output_statistics_output_dataset, schema_dataset,
)

# By the names that the specification has for them in events.
FACETS = {
    "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet, "version": dataset_version_dataset.DatasetVersionDatasetFacet, "documentation": documentation_dataset.DocumentationDatasetFacet,
    "errorMessage": error_message_run.ErrorMessageRunFacet, "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet, "jobType": job_type_job.JobTypeJobFacet, "nominalTime": nominal_time_run.NominalTimeRunFacet,
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet, "schema": schema_dataset.SchemaDatasetFacet,
}


def read(cls, value):
    """A value as a type, with every field that the type has and no other."""
    origin = typing.get_origin(cls)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return read(next(each for each in typing.get_args(cls) if each is not type(None)), value)
    if origin is list:
        return [read(typing.get_args(cls)[0], each) for each in value]
    if not attr.has(cls):
        if cls in (str, int, float, bool) and not isinstance(value, (int, float) if cls is float else cls):
            raise TypeError(f"{value!r} is no {cls.__name__}")
        return value
    attr.resolve_types(cls)
    fields = {field.name: field for field in attr.fields(cls) if field.init}
    unknown = set(value) - set(fields)
    if unknown:
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    return cls(**{name: read(fields[name].type, content) for name, content in value.items()})


def facet(name, content):
    for required in ("_producer", "_schemaURL"):
        if not content.get(required):
            raise TypeError(f"the facet {name} lacks {required}")
    cls = FACETS.get(name)
    if cls is None:
        # Custom facets have a prefix (specification, "Custom Facet Naming").
        if not name.startswith("headrace_"):
            raise TypeError(f"the facet {name} is none that OpenLineage has")
        return base.BaseFacet(producer=content["_producer"])
    if content["_schemaURL"] != cls._get_schema():
        raise TypeError(f"the facet {name} is a {content['_schemaURL']}, not a {cls._get_schema()}")
    return read(cls, {key: value for key, value in content.items() if not key.startswith("_")})


def facets(content):
    return {name: facet(name, each) for name, each in content.items()}


def check(told):
    uuid.UUID(told["run"]["runId"])
    known = {"eventType", "eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"}
    if set(told) != known or told["schemaURL"] != event_v2.RunEvent._get_schema():
        raise TypeError(f"the event has {sorted(set(told) ^ known)}, and is a {told['schemaURL']}")
    event_v2.RunEvent(
        eventTime=told["eventTime"], producer=told["producer"], eventType=event_v2.RunState(told["eventType"]),
        run=event_v2.Run(runId=told["run"]["runId"], facets=facets(told["run"]["facets"])), job=event_v2.Job(namespace=told["job"]["namespace"], name=told["job"]["name"], facets=facets(told["job"]["facets"])),
        inputs=[event_v2.InputDataset(namespace=each["namespace"], name=each["name"], facets=facets(each["facets"]), inputFacets=facets(each["inputFacets"])) for each in told["inputs"]],
        outputs=[event_v2.OutputDataset(namespace=each["namespace"], name=each["name"], facets=facets(each["facets"]), outputFacets=facets(each["outputFacets"])) for each in told["outputs"]],
    )


wrong = []
for line in sys.stdin:
    try:
        check(json.loads(line))
    except Exception as fault:
        wrong.append(f"{type(fault).__name__}: {fault}")
print(json.dumps(wrong))
