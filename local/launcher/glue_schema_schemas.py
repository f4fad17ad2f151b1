"""Schemas: making, describing, their compatibility and checkpoint, deleting."""

from glue_schema_definition import check_definition
from glue_schema_faults import already_there, in_motion, invalid, too_many
from glue_schema_later import later
from glue_schema_registries import forget_tags, keep_tags, make_registry, refuse_deleting
from glue_schema_store import DEFAULT_REGISTRY, STORE, new_schema, page_of, refuse_in_motion, registry_arn, registry_named, schema_arn, schema_named, stamp, status_of
from glue_schema_versions import add, latest_of, numbered

MOST_SCHEMAS = 1000


def _names(schema):
    return {"SchemaName": schema["name"], "SchemaArn": schema_arn(schema), "RegistryName": schema["registry"]}


def _status(schema):
    return status_of(STORE[schema["registry"]] if STORE[schema["registry"]].get("deleting") else schema)


def _facts(schema):
    latest = latest_of(schema)
    return {
        **_names(schema), "RegistryArn": registry_arn(schema["registry"]), "Description": schema["description"], "DataFormat": schema["format"], "Compatibility": schema["compatibility"],
        "SchemaCheckpoint": schema["checkpoint"], "LatestSchemaVersion": latest["number"] if latest else 1, "NextSchemaVersion": schema["next"], "SchemaStatus": _status(schema),
    }


def _registry_for(given):
    """The registry of a new schema; the default one is made when it is first needed."""
    asked = given or {"RegistryName": DEFAULT_REGISTRY}
    if asked.get("RegistryName") == DEFAULT_REGISTRY and "RegistryArn" not in asked and DEFAULT_REGISTRY not in STORE:
        return make_registry(DEFAULT_REGISTRY, "")
    registry = registry_named(asked)
    refuse_deleting(registry)
    return registry


def _place_for(name, given):
    """The registry of a new schema, in which its name is free."""
    registry = _registry_for(given)
    if name in registry["schemas"]:
        if registry["schemas"][name].get("deleting"):
            raise in_motion(f"The schema {name} of {registry['name']} is being deleted.")
        raise already_there(f"Schema already exists. SchemaName: {name}, RegistryName: {registry['name']}")
    return registry


async def create_schema(data):
    name, data_format, compatibility, definition, tags = data["SchemaName"], data["DataFormat"], data["Compatibility"], data.get("SchemaDefinition"), data.get("Tags", {})
    registry = _place_for(name, data.get("RegistryId"))
    if definition is not None:
        await check_definition(data_format, definition)
        # Others went on meanwhile.
        registry = _place_for(name, data.get("RegistryId"))
    if sum(len(each["schemas"]) for each in STORE.values()) >= MOST_SCHEMAS:
        raise too_many("schemas", MOST_SCHEMAS)
    schema = new_schema(registry["name"], name, data_format, compatibility, data.get("Description", ""))
    registry["schemas"][name] = schema
    keep_tags(schema_arn(schema), tags)
    first = None if definition is None else add(schema, definition)
    made = {} if first is None else {"SchemaVersionId": first["id"], "SchemaVersionStatus": first["status"]}
    return {**_facts(schema), "Tags": tags, **made}


def get_schema(data):
    schema = schema_named(data["SchemaId"])
    return {**_facts(schema), "CreatedTime": schema["created"], "UpdatedTime": schema["updated"]}


def list_schemas(data):
    registries = [registry_named(data["RegistryId"])] if data.get("RegistryId") else list(STORE.values())
    found = [
        ([schema["registry"], schema["name"]], {**_names(schema), "Description": schema["description"], "SchemaStatus": "AVAILABLE", "CreatedTime": schema["created"], "UpdatedTime": schema["updated"]})
        for registry in registries if not registry.get("deleting") for schema in registry["schemas"].values() if not schema.get("deleting")
    ]
    page, token = page_of(sorted(found, key=lambda each: each[0]), data)
    return {"Schemas": page, **token}


def update_schema(data):
    schema = schema_named(data["SchemaId"])
    compatibility, number = data.get("Compatibility"), data.get("SchemaVersionNumber")
    if compatibility is None and number is None and "Description" not in data:
        raise invalid("At least one of schemaVersionNumber, compatibility or description has to be provided.")
    if compatibility is not None and number is None:
        # API reference, UpdateSchema: "If the value for Compatibility is provided, the VersionNumber (a checkpoint) is also required."
        raise invalid("schemaVersionNumber, the checkpoint, has to be provided with compatibility; give SchemaCheckpoint of GetSchema to keep it.")
    refuse_in_motion(schema)
    checkpoint = schema["checkpoint"] if number is None else _checkpoint(schema, number)
    schema.update(compatibility=compatibility or schema["compatibility"], checkpoint=checkpoint, description=data.get("Description", schema["description"]), updated=stamp())
    return _names(schema)


def _checkpoint(schema, number):
    version = numbered(schema, number)
    if version["status"] != "AVAILABLE":
        raise invalid(f"Version {version['number']} of the schema {schema['name']} is {version['status']}; only a version that is AVAILABLE can be the checkpoint.")
    return version["number"]


def delete_schema(data):
    schema = schema_named(data["SchemaId"])
    refuse_in_motion(schema)
    schema["deleting"] = True
    forget_tags(schema_arn(schema))
    schemas = STORE[schema["registry"]]["schemas"]
    later(lambda: schemas.pop(schema["name"], None))
    return {"SchemaArn": schema_arn(schema), "SchemaName": schema["name"], "Status": "DELETING"}


ACTIONS = {"CreateSchema": create_schema, "GetSchema": get_schema, "ListSchemas": list_schemas, "UpdateSchema": update_schema, "DeleteSchema": delete_schema}
