"""Metadata of schema versions: pairs of a key and a value; a key may have several values."""

import re

from glue_schema_faults import RegistryFault
from glue_schema_store import require, schema_arn, stamp
from glue_schema_versions import latest_of, version_named

TEXT = re.compile(r"[a-zA-Z0-9+\-=._/@]+")
MOST_PAIRS = 10


def _pair(data):
    given = require(data, "MetadataKeyValue")
    pair = tuple(require(given, member) for member in ("MetadataKey", "MetadataValue"))
    for text, longest in zip(pair, (128, 256)):
        if len(text) > longest or not TEXT.fullmatch(text):
            raise RegistryFault("InvalidInputException", f"{text!r} must match [a-zA-Z0-9+-=._./@]+ and have at most {longest} characters.")
    return pair


def _answer(schema, version, key, value):
    latest = latest_of(schema)
    return {
        "SchemaArn": schema_arn(schema), "SchemaName": schema["name"], "RegistryName": schema["registry"], "LatestVersion": latest is version, "VersionNumber": version["number"],
        "SchemaVersionId": version["id"], "MetadataKey": key, "MetadataValue": value,
    }


def put_schema_version_metadata(data):
    schema, version = version_named(data)
    key, value = _pair(data)
    if any((each["key"], each["value"]) == (key, value) for each in version["metadata"]):
        raise RegistryFault("AlreadyExistsException", f"The version has the metadata {key}={value} already.")
    if len(version["metadata"]) >= MOST_PAIRS:
        raise RegistryFault("ResourceNumberLimitExceededException", f"A version has at most {MOST_PAIRS} metadata pairs.")
    version["metadata"].append({"key": key, "value": value, "created": stamp()})
    return _answer(schema, version, key, value)


def remove_schema_version_metadata(data):
    schema, version = version_named(data)
    key, value = _pair(data)
    found = next((each for each in version["metadata"] if (each["key"], each["value"]) == (key, value)), None)
    if found is None:
        raise RegistryFault("EntityNotFoundException", f"The version has no metadata {key}={value}.")
    version["metadata"].remove(found)
    return _answer(schema, version, key, value)


def query_schema_version_metadata(data):
    _, version = version_named(data)
    wanted = data.get("MetadataList") or []
    result = {}
    for each in version["metadata"]:
        if wanted and not any(pair.get("MetadataKey") in (None, each["key"]) and pair.get("MetadataValue") in (None, each["value"]) for pair in wanted):
            continue
        value = {"MetadataValue": each["value"], "CreatedTime": each["created"]}
        if each["key"] in result:
            result[each["key"]].setdefault("OtherMetadataValueList", []).append(value)
        else:
            result[each["key"]] = value
    return {"MetadataInfoMap": result, "SchemaVersionId": version["id"]}


ACTIONS = {
    "PutSchemaVersionMetadata": put_schema_version_metadata, "RemoveSchemaVersionMetadata": remove_schema_version_metadata, "QuerySchemaVersionMetadata": query_schema_version_metadata,
}
