"""Versions of schemas: registering, looking up, deleting."""

import asyncio
import difflib
import json
import uuid

import snapshot
from glue_schema_checker import differences_of
from glue_schema_faults import RegistryFault
from glue_schema_store import STORE, page_of, require, schema_arn, schema_named, stamp

MOST_DEFINITION = 170_000
MOST_VERSIONS = 1000
# Long enough that a caller who does not wait for AVAILABLE is caught.
PENDING_SECONDS = 0.1
_tasks = set()


def check_definition(data_format, definition):
    if not isinstance(definition, str) or not definition.strip():
        raise RegistryFault("InvalidInputException", "SchemaDefinition has to be provided.")
    if len(definition.encode()) > MOST_DEFINITION:
        raise RegistryFault("InvalidInputException", f"SchemaDefinition has {len(definition.encode())} bytes; at most {MOST_DEFINITION} are allowed.")
    if data_format == "PROTOBUF":
        return
    try:
        json.loads(definition)
    except ValueError as error:
        raise RegistryFault("InvalidInputException", f"Schema definition of {data_format} data format is invalid: {error}") from None


def _normal(data_format, definition):
    """Definitions that differ in nothing but white space and the order of members are one version."""
    return definition.strip() if data_format == "PROTOBUF" else json.dumps(json.loads(definition), sort_keys=True)


def _found(schema, definition):
    wanted = _normal(schema["format"], definition)
    return next((each for each in schema["versions"] if each["status"] in ("AVAILABLE", "PENDING") and _normal(schema["format"], each["definition"]) == wanted), None)


def latest_of(schema):
    return next((each for each in reversed(schema["versions"]) if each["status"] == "AVAILABLE"), None)


def refuse_while_pending(schema):
    if any(each["status"] == "PENDING" for each in schema["versions"]):
        raise RegistryFault("ConcurrentModificationException", f"A version of {schema['name']} is being registered.")


def numbered(schema, given):
    """The version that a SchemaVersionNumber names."""
    given = given or {}
    if given.get("LatestVersion"):
        version = latest_of(schema)
    else:
        version = next((each for each in schema["versions"] if each["number"] == require(given, "VersionNumber")), None)
    if version is None:
        raise RegistryFault("EntityNotFoundException", f"Schema version is not found. SchemaName: {schema['name']}")
    return version


def version_named(data):
    """The version that a request names, by its id or by schema and number, with its schema."""
    if data.get("SchemaVersionId"):
        for registry in STORE.values():
            for schema in registry["schemas"].values():
                for version in schema["versions"]:
                    if version["id"] == data["SchemaVersionId"]:
                        return schema, version
        raise RegistryFault("EntityNotFoundException", f"Schema version is not found. SchemaVersionId: {data['SchemaVersionId']}")
    schema = schema_named(data.get("SchemaId"))
    return schema, numbered(schema, data.get("SchemaVersionNumber"))


def add(schema, definition):
    """Appends a version, PENDING, and begins to check it."""
    version = {"id": str(uuid.uuid4()), "number": schema["next"], "definition": definition, "status": "PENDING", "created": stamp(), "metadata": []}
    schema["next"] += 1
    schema["versions"].append(version)
    task = asyncio.get_running_loop().create_task(_settle(schema, version))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return version


async def _settle(schema, version):
    await asyncio.sleep(PENDING_SECONDS)
    former = [each["definition"] for each in schema["versions"] if each["number"] < version["number"] and each["number"] >= schema["checkpoint"] and each["status"] == "AVAILABLE"]
    mode = "NONE" if schema["format"] == "PROTOBUF" else schema["compatibility"]
    try:
        differences = await differences_of(schema["format"], mode, version["definition"], former)
    except Exception as error:  # what the checker cannot say is no permission
        print(f"headrace: version {version['number']} of {schema['name']} could not be checked: {error}", flush=True)
        differences = [str(error)]
    version["status"] = "FAILURE" if differences else "AVAILABLE"
    snapshot.note("POST", "SettleSchemaVersion")


def resume():
    """Goes on with versions that were pending when the emulator was killed."""
    for registry in STORE._data.values():
        for schema in registry["schemas"].values():
            for version in schema["versions"]:
                if version["status"] == "PENDING":
                    asyncio.get_running_loop().create_task(_settle(schema, version))


def register_schema_version(data):
    schema = schema_named(data.get("SchemaId"))
    definition = require(data, "SchemaDefinition")
    check_definition(schema["format"], definition)
    version = _found(schema, definition)
    if version is None:
        refuse_while_pending(schema)
        if len(schema["versions"]) >= MOST_VERSIONS:
            raise RegistryFault("ResourceNumberLimitExceededException", f"More than {MOST_VERSIONS} versions of {schema['name']}.")
        version = add(schema, definition)
    return {"SchemaVersionId": version["id"], "VersionNumber": version["number"], "Status": version["status"]}


def get_schema_version(data):
    schema, version = version_named(data)
    return {
        "SchemaVersionId": version["id"], "SchemaDefinition": version["definition"], "DataFormat": schema["format"], "SchemaArn": schema_arn(schema),
        "VersionNumber": version["number"], "Status": version["status"], "CreatedTime": version["created"],
    }


def get_schema_by_definition(data):
    schema = schema_named(data.get("SchemaId"))
    definition = require(data, "SchemaDefinition")
    check_definition(schema["format"], definition)
    version = _found(schema, definition)
    if version is None:
        raise RegistryFault("EntityNotFoundException", f"Schema version is not found by its definition. SchemaName: {schema['name']}")
    return {"SchemaVersionId": version["id"], "SchemaArn": schema_arn(schema), "DataFormat": schema["format"], "Status": version["status"], "CreatedTime": version["created"]}


def list_schema_versions(data):
    schema = schema_named(data.get("SchemaId"))
    found = [{"SchemaArn": schema_arn(schema), "SchemaVersionId": each["id"], "VersionNumber": each["number"], "Status": each["status"], "CreatedTime": each["created"]} for each in schema["versions"]]
    return page_of("Schemas", found, data)


def delete_schema_versions(data):
    schema = schema_named(data.get("SchemaId"))
    refuse_while_pending(schema)
    first, _, last = require(data, "Versions").partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        raise RegistryFault("InvalidInputException", "Versions is a number, or two with a hyphen between.")
    errors = []
    for number in range(int(first), int(last or first) + 1):
        version = next((each for each in schema["versions"] if each["number"] == number), None)
        if version is None:
            errors.append({"VersionNumber": number, "ErrorDetails": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Version {number} is not found."}})
        elif number == schema["checkpoint"] and len(schema["versions"]) > 1:
            errors.append({"VersionNumber": number, "ErrorDetails": {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Version {number} is the checkpoint."}})
        else:
            schema["versions"].remove(version)
    return {"SchemaVersionErrors": errors}


def get_schema_versions_diff(data):
    schema = schema_named(data.get("SchemaId"))
    texts = [json.dumps(json.loads(numbered(schema, data.get(member))["definition"]), indent=1).splitlines() for member in ("FirstSchemaVersionNumber", "SecondSchemaVersionNumber")]
    return {"Diff": "\n".join(difflib.unified_diff(*texts, lineterm=""))}


async def check_schema_version_validity(data):
    data_format, definition = require(data, "DataFormat"), require(data, "SchemaDefinition")
    try:
        check_definition(data_format, definition)
    except RegistryFault as fault:
        return {"Valid": False, "Error": fault.message}
    differences = [] if data_format == "PROTOBUF" else await differences_of(data_format, "NONE", definition, [])
    return {"Valid": False, "Error": differences[0]} if differences else {"Valid": True}


ACTIONS = {
    "RegisterSchemaVersion": register_schema_version, "GetSchemaVersion": get_schema_version, "GetSchemaByDefinition": get_schema_by_definition, "ListSchemaVersions": list_schema_versions,
    "DeleteSchemaVersions": delete_schema_versions, "GetSchemaVersionsDiff": get_schema_versions_diff, "CheckSchemaVersionValidity": check_schema_version_validity,
}
