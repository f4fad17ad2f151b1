"""Registries: making, describing, deleting."""

from ministack.services import glue

from glue_schema_faults import already_there, in_motion, too_many
from glue_schema_later import later
from glue_schema_store import STORE, new_registry, page_of, refuse_in_motion, registry_arn, registry_named, schema_arn, stamp, status_of

MOST_REGISTRIES = 100


def keep_tags(arn, tags):
    """Tags are kept with those of the emulator's Glue, whose TagResource, UntagResource and GetTags go on from there."""
    if tags:
        glue._tags[arn] = dict(tags)


def forget_tags(arn):
    glue._tags.pop(arn, None)


def make_registry(name, description):
    if len(STORE) >= MOST_REGISTRIES:
        raise too_many("registries", MOST_REGISTRIES)
    STORE[name] = new_registry(name, description)
    return STORE[name]


def _names(registry):
    return {"RegistryName": registry["name"], "RegistryArn": registry_arn(registry["name"])}


def _facts(registry):
    return {**_names(registry), "Description": registry["description"], "Status": status_of(registry), "CreatedTime": registry["created"], "UpdatedTime": registry["updated"]}


def refuse_deleting(registry):
    if registry.get("deleting"):
        raise in_motion(f"The registry {registry['name']} is being deleted.")


def create_registry(data):
    name, tags = data["RegistryName"], data.get("Tags", {})
    if name in STORE:
        refuse_deleting(STORE[name])
        raise already_there(f"Registry already exists. RegistryName: {name}")
    registry = make_registry(name, data.get("Description", ""))
    keep_tags(registry_arn(name), tags)
    return {**_names(registry), "Description": registry["description"], "Tags": tags}


def get_registry(data):
    return _facts(registry_named(data["RegistryId"]))


def list_registries(data):
    page, token = page_of([([name], _facts(each)) for name, each in sorted(STORE.items()) if not each.get("deleting")], data)
    return {"Registries": page, **token}


def update_registry(data):
    registry = registry_named(data["RegistryId"])
    refuse_deleting(registry)
    registry.update(description=data["Description"], updated=stamp())
    return _names(registry)


def delete_registry(data):
    registry = registry_named(data["RegistryId"])
    refuse_deleting(registry)
    for schema in registry["schemas"].values():
        refuse_in_motion(schema)
    registry["deleting"] = True
    for arn in (registry_arn(registry["name"]), *map(schema_arn, registry["schemas"].values())):
        forget_tags(arn)
    account, region, name = STORE._scoped(registry["name"])
    later(lambda: STORE.pop_scoped(account, region, name, None))
    return {**_names(registry), "Status": "DELETING"}


ACTIONS = {"CreateRegistry": create_registry, "GetRegistry": get_registry, "ListRegistries": list_registries, "UpdateRegistry": update_registry, "DeleteRegistry": delete_registry}
