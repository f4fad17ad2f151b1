"""Metadata of schema versions: pairs of a key and a value; a key may have several values."""

from glue_schema_faults import RegistryFault, already_there, not_found
from glue_schema_store import page_of, schema_arn, stamp
from glue_schema_versions import latest_of, version_named

MOST_PAIRS = 10


def _place(data):
    """The schema, the version and the pair that a request names, with the pair where the version has it."""
    schema, version = version_named(data)
    key, value = data["MetadataKeyValue"]["MetadataKey"], data["MetadataKeyValue"]["MetadataValue"]
    found = next((each for each in version["metadata"] if (each["key"], each["value"]) == (key, value)), None)
    return schema, version, key, value, found


def _answer(schema, version, key, value):
    return {
        "SchemaArn": schema_arn(schema), "SchemaName": schema["name"], "RegistryName": schema["registry"], "LatestVersion": latest_of(schema) is version, "VersionNumber": version["number"],
        "SchemaVersionId": version["id"], "MetadataKey": key, "MetadataValue": value,
    }


def put_schema_version_metadata(data):
    schema, version, key, value, found = _place(data)
    if found:
        raise already_there(f"Resource already exist for schema version id: {version['id']}, metadata key: {key}, metadata value: {value}")
    if len(version["metadata"]) >= MOST_PAIRS:
        raise RegistryFault("ResourceNumberLimitExceededException", f"Your resource limits for Schema Version Metadata have been exceeded: a version has at most {MOST_PAIRS} pairs.")
    version["metadata"].append({"key": key, "value": value, "created": stamp()})
    return _answer(schema, version, key, value)


def remove_schema_version_metadata(data):
    schema, version, key, value, found = _place(data)
    if found is None:
        raise not_found(f"Metadata is not found for schema version id: {version['id']}, metadata key: {key}, metadata value: {value}")
    version["metadata"].remove(found)
    return _answer(schema, version, key, value)


def _matches(pair, each):
    return pair.get("MetadataKey") in (None, each["key"]) and pair.get("MetadataValue") in (None, each["value"])


def query_schema_version_metadata(data):
    _, version = version_named(data)
    wanted = data.get("MetadataList")
    # In the order in which they were put; pairs are few, so their places in it serve as keys of pages.
    found = [([place], each) for place, each in enumerate(version["metadata"]) if not wanted or any(_matches(pair, each) for pair in wanted)]
    page, token = page_of(found, data)
    result = {}
    for each in page:
        value = {"MetadataValue": each["value"], "CreatedTime": each["created"]}
        if each["key"] in result:
            result[each["key"]].setdefault("OtherMetadataValueList", []).append(value)
        else:
            result[each["key"]] = value
    return {"MetadataInfoMap": result, "SchemaVersionId": version["id"], **token}


ACTIONS = {
    "PutSchemaVersionMetadata": put_schema_version_metadata, "RemoveSchemaVersionMetadata": remove_schema_version_metadata, "QuerySchemaVersionMetadata": query_schema_version_metadata,
}
