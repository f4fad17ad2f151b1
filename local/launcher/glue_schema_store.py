"""What the Glue Schema Registry keeps: registries by name, in them schemas by name, in them versions in their order."""

import re
from datetime import datetime, timezone

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from glue_schema_faults import RegistryFault

DEFAULT_REGISTRY = "default-registry"
NAME = re.compile(r"[a-zA-Z0-9\-_$#.]{1,255}")

STORE = AccountRegionScopedDict()


def stamp():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def require(data, name):
    value = data.get(name)
    if value in (None, ""):
        raise RegistryFault("InvalidInputException", f"{name} has to be provided.")
    return value


def take_name(data, member):
    name = require(data, member)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise RegistryFault("InvalidInputException", f"{member} is {name!r}; it must match [a-zA-Z0-9-_$#.]+ and have at most 255 characters.")
    return name


def registry_arn(name):
    return f"arn:aws:glue:{get_region()}:{get_account_id()}:registry/{name}"


def schema_arn(schema):
    return f"arn:aws:glue:{get_region()}:{get_account_id()}:schema/{schema['registry']}/{schema['name']}"


def new_registry(name, description):
    now = stamp()
    return {"name": name, "description": description, "created": now, "updated": now, "schemas": {}}


def new_schema(registry, name, data_format, compatibility, description):
    now = stamp()
    return {"registry": registry, "name": name, "format": data_format, "compatibility": compatibility, "description": description, "checkpoint": 1, "next": 1, "created": now, "updated": now, "versions": []}


def registry_named(given):
    given = given or {}
    name = given.get("RegistryName") or given.get("RegistryArn", "").rpartition("registry/")[2] or DEFAULT_REGISTRY
    if name not in STORE:
        raise RegistryFault("EntityNotFoundException", f"Registry is not found. RegistryName: {name}")
    return STORE[name]


def schema_named(given):
    given = given or {}
    if given.get("SchemaArn"):
        registry, _, name = given["SchemaArn"].rpartition("schema/")[2].partition("/")
    elif given.get("SchemaName"):
        registry, name = given.get("RegistryName") or DEFAULT_REGISTRY, given["SchemaName"]
    else:
        raise RegistryFault("InvalidInputException", "One of SchemaArn or SchemaName has to be provided.")
    schema = STORE[registry]["schemas"].get(name) if registry in STORE else None
    if schema is None:
        raise RegistryFault("EntityNotFoundException", f"Schema is not found. RegistryName: {registry}, SchemaName: {name}")
    return schema


def page_of(member, items, data, most=100):
    size = data.get("MaxResults") or 25
    if not 1 <= size <= most:
        raise RegistryFault("InvalidInputException", f"MaxResults is {size}; it must be from 1 to {most}.")
    token = data.get("NextToken") or "0"
    if not token.isdigit():
        raise RegistryFault("InvalidInputException", "NextToken is none that was given.")
    start = int(token)
    rest = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {member: items[start:start + size], **rest}
