"""What the Glue Schema Registry keeps: registries by name, in them schemas by name, in them versions in their order."""

import base64
import json
from datetime import datetime, timezone

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from glue_schema_faults import in_motion, invalid, not_found

DEFAULT_REGISTRY = "default-registry"
PAGE = 25

STORE = AccountRegionScopedDict()


def stamp():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _arn(resource):
    return f"arn:aws:glue:{get_region()}:{get_account_id()}:{resource}"


def registry_arn(name):
    return _arn(f"registry/{name}")


def schema_arn(schema):
    return _arn(f"schema/{schema['registry']}/{schema['name']}")


def new_registry(name, description):
    now = stamp()
    return {"name": name, "description": description, "created": now, "updated": now, "schemas": {}}


def new_schema(registry, name, data_format, compatibility, description):
    now = stamp()
    return {"registry": registry, "name": name, "format": data_format, "compatibility": compatibility, "description": description, "checkpoint": 1, "next": 1, "created": now, "updated": now, "versions": []}


def status_of(kept):
    """Of a registry or a schema."""
    return "DELETING" if kept.get("deleting") else "AVAILABLE"


def registry_named(given):
    name, arn = given.get("RegistryName"), given.get("RegistryArn")
    if name and arn:
        raise invalid("One of registryName or registryArn has to be provided, both cannot be provided.")
    if not name and not arn:
        raise invalid("One of registryName or registryArn has to be provided.")
    named = name or _resource_of(arn, "registry")
    if named is None or named not in STORE:
        raise not_found(f"Registry is not found. {'RegistryName' if name else 'RegistryArn'}: {name or arn}")
    return STORE[named]


def schema_named(given):
    arn, name, registry = given.get("SchemaArn"), given.get("SchemaName"), given.get("RegistryName")
    if arn and (name or registry):
        raise invalid("One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided.")
    if not arn and not name:
        raise invalid("At least one of (registryName and schemaName) or schemaArn has to be provided.")
    if arn:
        registry, _, name = (_resource_of(arn, "schema") or "").partition("/")
    registry = registry or DEFAULT_REGISTRY
    schema = STORE[registry]["schemas"].get(name) if registry in STORE else None
    if schema is None:
        raise not_found(f"Schema is not found. RegistryName: {registry}, SchemaName: {name}, SchemaArn: {arn or 'null'}")
    return schema


def _resource_of(arn, kind):
    """What an ARN of this account and region names; nothing of another is here."""
    start = _arn(f"{kind}/")
    return arn[len(start):] if arn.startswith(start) else None


def refuse_in_motion(schema):
    """Raises when something of a schema is being registered or deleted: one change at a time."""
    if schema.get("deleting") or STORE[schema["registry"]].get("deleting"):
        raise in_motion(f"The schema {schema['name']} of {schema['registry']} is being deleted.")
    moving = next((each for each in schema["versions"] if each["status"] in ("PENDING", "DELETING")), None)
    if moving:
        raise in_motion(f"Version {moving['number']} of the schema {schema['name']} is {moving['status']}; wait until it is not.")


def page_of(found, data):
    """A page of (key, item) in the order of their keys, and the token of the next. The token holds a key: what is deleted meanwhile skips nothing."""
    start = 0
    if data.get("NextToken"):
        try:
            last = json.loads(base64.urlsafe_b64decode(data["NextToken"]))
            start = sum(1 for key, _ in found if list(key) <= last)
        except (ValueError, TypeError):
            raise invalid("nextToken is none that was given.") from None
    end = start + data.get("MaxResults", PAGE)
    token = {"NextToken": base64.urlsafe_b64encode(json.dumps(found[end - 1][0]).encode()).decode()} if end < len(found) else {}
    return [item for _, item in found[start:end]], token
