"""Versions of schemas: registering, looking up, deleting."""

import difflib
import json
import uuid

from glue_schema_checker import differences_of
from glue_schema_definition import check_definition, key_of
from glue_schema_faults import RegistryFault, in_motion, invalid, not_found, too_many
from glue_schema_later import later
from glue_schema_store import STORE, page_of, refuse_in_motion, schema_arn, schema_named, stamp

MOST_VERSIONS = 1000
LONGEST_ERROR = 5000


def _with_definition(schema, definition, statuses):
    wanted = key_of(schema["format"], definition)
    return next((each for status in statuses for each in schema["versions"] if each["status"] == status and key_of(schema["format"], each["definition"]) == wanted), None)


def latest_of(schema):
    return next((each for each in reversed(schema["versions"]) if each["status"] == "AVAILABLE"), None)


def numbered(schema, given):
    """The version that a SchemaVersionNumber names."""
    latest, number = given.get("LatestVersion"), given.get("VersionNumber")
    if latest and number is not None:
        raise invalid("Only one of VersionNumber or LatestVersion is required.")
    if not latest and number is None:
        raise invalid("One of version number (or) latest version is required.")
    version = latest_of(schema) if latest else next((each for each in schema["versions"] if each["number"] == number), None)
    if version is None:
        raise not_found(f"Schema version is not found. SchemaName: {schema['name']}, RegistryName: {schema['registry']}, VersionNumber: {'latest' if latest else number}")
    return version


def version_named(data):
    """The version that a request names, by its id or by schema and number, with its schema."""
    wanted = data.get("SchemaVersionId")
    if wanted is None:
        if "SchemaId" not in data:
            raise invalid("At least one of schemaVersionId or schemaId has to be provided.")
        schema = schema_named(data["SchemaId"])
        return schema, numbered(schema, data.get("SchemaVersionNumber", {}))
    if "SchemaId" in data or "SchemaVersionNumber" in data:
        raise invalid("No other input parameters can be specified when fetching by SchemaVersionId.")
    for registry in STORE.values():
        for schema in registry["schemas"].values():
            for version in schema["versions"]:
                if version["id"] == wanted:
                    return schema, version
    raise not_found(f"Schema version is not found. SchemaVersionId: {wanted}")


def add(schema, definition):
    """Appends a version, PENDING, and begins to check it."""
    version = {"id": str(uuid.uuid4()), "number": schema["next"], "definition": definition, "status": "PENDING", "created": stamp(), "metadata": []}
    schema["next"] += 1
    schema["versions"].append(version)
    schema["updated"] = version["created"]
    settle_later(schema, version)
    return version


def settle_later(schema, version):
    """A version that is pending becomes AVAILABLE or FAILURE in a moment."""
    later(lambda: _settle(schema, version))


async def _settle(schema, version):
    former = [each["definition"] for each in schema["versions"] if schema["checkpoint"] <= each["number"] < version["number"] and each["status"] == "AVAILABLE"]
    try:
        differences = await differences_of(schema["format"], schema["compatibility"], version["definition"], former)
    except Exception as error:  # what the checker cannot say is no permission
        differences = [str(error)]
    if differences:
        # AWS tells nobody why; here the log of the emulator does.
        print(f"headrace: version {version['number']} of the schema {schema['registry']}/{schema['name']} is FAILURE: {'; '.join(differences)}", flush=True)
    version["status"] = "FAILURE" if differences else "AVAILABLE"


async def register_schema_version(data):
    definition = data["SchemaDefinition"]
    schema = schema_named(data["SchemaId"])
    found = _registered(schema, definition)
    if found is None:
        refuse_in_motion(schema)
        await check_definition(schema["format"], definition)
        # Others went on meanwhile.
        schema = schema_named(data["SchemaId"])
        found = _registered(schema, definition)
    if found is None:
        refuse_in_motion(schema)
        if len(schema["versions"]) >= MOST_VERSIONS:
            raise too_many(f"versions of the schema {schema['name']}", MOST_VERSIONS)
        found = add(schema, definition)
    return {"SchemaVersionId": found["id"], "VersionNumber": found["number"], "Status": found["status"]}


def _registered(schema, definition):
    """The version that a definition is registered as; one that failed may be tried again."""
    if schema.get("deleting"):
        raise in_motion(f"The schema {schema['name']} of {schema['registry']} is being deleted.")
    if schema["compatibility"] == "DISABLED" and schema["versions"]:
        raise invalid(f"Compatibility DISABLED does not allow versioning. SchemaId: SchemaId(schemaArn=null, schemaName={schema['name']}, registryName={schema['registry']})")
    return _with_definition(schema, definition, ("AVAILABLE", "PENDING"))


def get_schema_version(data):
    schema, version = version_named(data)
    return {
        "SchemaVersionId": version["id"], "SchemaDefinition": version["definition"], "DataFormat": schema["format"], "SchemaArn": schema_arn(schema),
        "VersionNumber": version["number"], "Status": version["status"], "CreatedTime": version["created"],
    }


async def get_schema_by_definition(data):
    schema = schema_named(data["SchemaId"])
    # A definition is found whatever became of it, also one that failed.
    version = None if schema.get("deleting") else _with_definition(schema, data["SchemaDefinition"], ("AVAILABLE", "PENDING", "FAILURE"))
    if version is None:
        await check_definition(schema["format"], data["SchemaDefinition"])
        raise not_found(f"Schema version is not found. SchemaName: {schema['name']}, RegistryName: {schema['registry']}; no version has this definition.")
    return {"SchemaVersionId": version["id"], "SchemaArn": schema_arn(schema), "DataFormat": schema["format"], "Status": version["status"], "CreatedTime": version["created"]}


def list_schema_versions(data):
    schema = schema_named(data["SchemaId"])
    found = [
        ([each["number"]], {"SchemaArn": schema_arn(schema), "SchemaVersionId": each["id"], "VersionNumber": each["number"], "Status": each["status"], "CreatedTime": each["created"]})
        for each in schema["versions"]
    ]
    page, token = page_of(found, data)
    return {"Schemas": page, **token}


def delete_schema_versions(data):
    schema = schema_named(data["SchemaId"])
    first, _, last = data["Versions"].partition("-")
    numbers = range(int(first), int(last or first) + 1)
    if len(numbers) == 0 or numbers[-1] > 100_000:
        raise invalid(f"versions is {data['Versions']}; a range goes from the smaller number to the larger, at most 100000.")
    refuse_in_motion(schema)
    if 1 in numbers:
        raise invalid("The first version of a schema cannot be deleted by DeleteSchemaVersions: DeleteSchema deletes it with the schema.")
    if schema["checkpoint"] in numbers:
        raise in_motion(f"Version {schema['checkpoint']} is the checkpoint of the schema {schema['name']} and cannot be deleted; set another checkpoint first.")
    doomed = [each for each in schema["versions"] if each["number"] in numbers]
    for each in doomed:
        each["status"] = "DELETING"
    if doomed:
        later(lambda: schema.update(versions=[each for each in schema["versions"] if each["status"] != "DELETING"]))
    there = {each["number"] for each in doomed}
    return {"SchemaVersionErrors": [
        {"VersionNumber": number, "ErrorDetails": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Schema version is not found. VersionNumber: {number}"}}
        for number in numbers if number not in there
    ]}


def get_schema_versions_diff(data):
    schema = schema_named(data["SchemaId"])
    versions = [numbered(schema, data[member]) for member in ("FirstSchemaVersionNumber", "SecondSchemaVersionNumber")]
    texts = [each["definition"] if schema["format"] == "PROTOBUF" else json.dumps(json.loads(each["definition"]), indent=1) for each in versions]
    return {"Diff": "\n".join(difflib.unified_diff(*(text.splitlines() for text in texts), lineterm=""))}


async def check_schema_version_validity(data):
    data_format = data["DataFormat"]
    try:
        await check_definition(data_format, data["SchemaDefinition"])
    except RegistryFault as fault:
        if fault.code != "InvalidInputException":
            raise
        return {"Valid": False, "Error": fault.message[:LONGEST_ERROR]}
    return {"Valid": True}


ACTIONS = {
    "RegisterSchemaVersion": register_schema_version, "GetSchemaVersion": get_schema_version, "GetSchemaByDefinition": get_schema_by_definition, "ListSchemaVersions": list_schema_versions,
    "DeleteSchemaVersions": delete_schema_versions, "GetSchemaVersionsDiff": get_schema_versions_diff, "CheckSchemaVersionValidity": check_schema_version_validity,
}
