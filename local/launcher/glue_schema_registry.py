"""The Glue Schema Registry, which the emulator's Glue lacks: its actions beside the emulator's own.

Shapes, limits and errors are those of the AWS Glue API reference ("Schema Registry API"). A version is PENDING when it is
registered and AVAILABLE or FAILURE a moment later, as compatibility is checked while the caller goes on.
"""

import asyncio
import json
import os
import time

from ministack.services import glue

import glue_schema_metadata as metadata
import glue_schema_versions as versions
from glue_schema_faults import RegistryFault, access_denied, throttling
from glue_schema_store import (
    DEFAULT_REGISTRY, STORE, new_registry, new_schema, page_of, registry_arn, registry_named, require, schema_arn, schema_named, stamp, take_name,
)

COMPATIBILITIES = ("NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL")
FORMATS = ("AVRO", "JSON", "PROTOBUF")
MOST_REGISTRIES = 100
MOST_SCHEMAS = 1000


def _registry_facts(registry):
    return {"RegistryName": registry["name"], "RegistryArn": registry_arn(registry["name"])}


def create_registry(data):
    name = take_name(data, "RegistryName")
    if name in STORE:
        raise RegistryFault("AlreadyExistsException", f"Registry already exists. RegistryName: {name}")
    if len(STORE) >= MOST_REGISTRIES:
        raise RegistryFault("ResourceNumberLimitExceededException", f"More than {MOST_REGISTRIES} registries.")
    STORE[name] = new_registry(name, data.get("Description", ""))
    return {**_registry_facts(STORE[name]), "Description": data.get("Description", ""), "Tags": data.get("Tags", {})}


def get_registry(data):
    registry = registry_named(data.get("RegistryId"))
    return {**_registry_facts(registry), "Description": registry["description"], "Status": "AVAILABLE", "CreatedTime": registry["created"], "UpdatedTime": registry["updated"]}


def list_registries(data):
    found = [{**_registry_facts(each), "Description": each["description"], "Status": "AVAILABLE", "CreatedTime": each["created"], "UpdatedTime": each["updated"]} for _, each in sorted(STORE.items())]
    return page_of("Registries", found, data)


def update_registry(data):
    registry = registry_named(data.get("RegistryId"))
    registry.update(description=require(data, "Description"), updated=stamp())
    return _registry_facts(registry)


def delete_registry(data):
    registry = registry_named(data.get("RegistryId"))
    del STORE[registry["name"]]
    return {**_registry_facts(registry), "Status": "DELETING"}


def _schema_facts(schema):
    return {"SchemaName": schema["name"], "SchemaArn": schema_arn(schema), "RegistryName": schema["registry"], "RegistryArn": registry_arn(schema["registry"])}


def _schema_state(schema):
    latest = versions.latest_of(schema)
    return {
        **_schema_facts(schema), "Description": schema["description"], "DataFormat": schema["format"], "Compatibility": schema["compatibility"],
        "SchemaCheckpoint": schema["checkpoint"], "LatestSchemaVersion": latest["number"] if latest else 1, "NextSchemaVersion": schema["next"], "SchemaStatus": "AVAILABLE",
    }


def _one_of(data, name, allowed):
    value = require(data, name)
    if value not in allowed:
        raise RegistryFault("InvalidInputException", f"{name} is {value}; it must be one of {', '.join(allowed)}.")
    return value


def create_schema(data):
    name = take_name(data, "SchemaName")
    data_format = _one_of(data, "DataFormat", FORMATS)
    # The API needs one, though its shape does not say so.
    compatibility = _one_of({"Compatibility": "NONE", **data}, "Compatibility", COMPATIBILITIES)
    if data_format == "PROTOBUF" and compatibility not in ("NONE", "DISABLED"):
        raise RegistryFault("InvalidInputException", "The local registry keeps PROTOBUF schemas without checking them: use the compatibility NONE.")
    definition = data.get("SchemaDefinition")
    if definition is not None:
        versions.check_definition(data_format, definition)
    given = data.get("RegistryId")
    if not given and DEFAULT_REGISTRY not in STORE:
        STORE[DEFAULT_REGISTRY] = new_registry(DEFAULT_REGISTRY, "")
    registry = registry_named(given or {"RegistryName": DEFAULT_REGISTRY})
    if name in registry["schemas"]:
        raise RegistryFault("AlreadyExistsException", f"Schema already exists. SchemaName: {name}, RegistryName: {registry['name']}")
    if sum(len(each["schemas"]) for each in STORE.values()) >= MOST_SCHEMAS:
        raise RegistryFault("ResourceNumberLimitExceededException", f"More than {MOST_SCHEMAS} schemas.")
    schema = new_schema(registry["name"], name, data_format, compatibility, data.get("Description", ""))
    registry["schemas"][name] = schema
    first = versions.add(schema, definition) if definition is not None else None
    made = {} if first is None else {"SchemaVersionId": first["id"], "SchemaVersionStatus": first["status"]}
    return {**_schema_state(schema), "Tags": data.get("Tags", {}), **made}


def get_schema(data):
    schema = schema_named(data.get("SchemaId"))
    return {**_schema_state(schema), "CreatedTime": schema["created"], "UpdatedTime": schema["updated"]}


def list_schemas(data):
    registries = [registry_named(data["RegistryId"])] if data.get("RegistryId") else [each for _, each in sorted(STORE.items())]
    found = [
        {"RegistryName": schema["registry"], "SchemaName": schema["name"], "SchemaArn": schema_arn(schema), "Description": schema["description"], "SchemaStatus": "AVAILABLE", "CreatedTime": schema["created"], "UpdatedTime": schema["updated"]}
        for registry in registries for _, schema in sorted(registry["schemas"].items())
    ]
    return page_of("Schemas", found, data)


def update_schema(data):
    schema = schema_named(data.get("SchemaId"))
    if "Compatibility" not in data and "SchemaVersionNumber" not in data:
        raise RegistryFault("InvalidInputException", "Either SchemaVersionNumber or Compatibility has to be provided.")
    versions.refuse_while_pending(schema)
    if "Compatibility" in data:
        compatibility = _one_of(data, "Compatibility", COMPATIBILITIES)
        if schema["format"] == "PROTOBUF" and compatibility not in ("NONE", "DISABLED"):
            raise RegistryFault("InvalidInputException", "The local registry keeps PROTOBUF schemas without checking them: use the compatibility NONE.")
        schema["compatibility"] = compatibility
    if "SchemaVersionNumber" in data:
        schema["checkpoint"] = versions.numbered(schema, data["SchemaVersionNumber"])["number"]
    schema.update(description=data.get("Description", schema["description"]), updated=stamp())
    return {"SchemaArn": schema_arn(schema), "SchemaName": schema["name"], "RegistryName": schema["registry"]}


def delete_schema(data):
    schema = schema_named(data.get("SchemaId"))
    versions.refuse_while_pending(schema)
    del STORE[schema["registry"]]["schemas"][schema["name"]]
    return {"SchemaArn": schema_arn(schema), "SchemaName": schema["name"], "Status": "DELETING"}


ACTIONS = {
    "CreateRegistry": create_registry, "GetRegistry": get_registry, "ListRegistries": list_registries, "UpdateRegistry": update_registry, "DeleteRegistry": delete_registry,
    "CreateSchema": create_schema, "GetSchema": get_schema, "ListSchemas": list_schemas, "UpdateSchema": update_schema, "DeleteSchema": delete_schema,
    **versions.ACTIONS, **metadata.ACTIONS,
}


class _Rate:
    """So many calls a second, with room for a burst; 0 is no limit."""

    def __init__(self, per_second):
        self.per_second = per_second
        self.left = self.burst = per_second * 4
        self.at = time.monotonic()

    def allows(self):
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.per_second == 0 or self.left >= 1:
            self.left -= 1
            return True
        return False


def install(app):
    # Saved and restored with the emulator's Glue.
    glue._ALL_STATE["headrace_schema_registries"] = STORE
    denied = {each for each in os.environ.get("HEADRACE_LOCAL_SCHEMA_REGISTRY_DENIED", "").split(",") if each}
    rate = _Rate(float(os.environ.get("HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE", "50")))
    others = app.SERVICE_HANDLERS["glue"]

    async def handle(method, path, headers, body, query):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        answer = ACTIONS.get(action)
        if answer is None:
            return await others(method, path, headers, body, query)
        try:
            if action in denied or "*" in denied:
                raise access_denied(action)
            if not rate.allows():
                raise throttling()
            result = answer(json.loads(body or b"{}"))
            if asyncio.iscoroutine(result):
                result = await result
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(result).encode()
        except RegistryFault as fault:
            return fault.response()

    app.SERVICE_HANDLERS["glue"] = handle

    restore = app._load_persisted_state

    def restore_and_resume():
        restore()
        versions.resume()

    app._load_persisted_state = restore_and_resume
