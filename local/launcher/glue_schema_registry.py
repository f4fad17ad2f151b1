"""The Glue Schema Registry, which the emulator's Glue lacks: its actions beside the emulator's own.

Shapes, limits and errors are those of the AWS Glue API reference ("Schema registry API"). A version is PENDING when it is
registered and AVAILABLE or FAILURE a moment later, as compatibility is checked while the caller goes on; what is deleted
is DELETING for a moment. Nothing of one schema can be changed while something of it is in motion.
"""

import asyncio
import json
import traceback

from ministack.services import glue

import glue_schema_metadata
import glue_schema_registries
import glue_schema_schemas
import glue_schema_versions
from glue_schema_faults import RegistryFault, failed
from glue_schema_gate import gate
from glue_schema_input import check_input
from glue_schema_store import STORE

ACTIONS = {**glue_schema_registries.ACTIONS, **glue_schema_schemas.ACTIONS, **glue_schema_versions.ACTIONS, **glue_schema_metadata.ACTIONS}


def install(app):
    # Saved and restored with the emulator's Glue.
    glue._ALL_STATE["headrace_schema_registries"] = STORE
    check = gate()
    others = app.SERVICE_HANDLERS["glue"]

    async def handle(method, path, headers, body, query):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action not in ACTIONS:
            return await others(method, path, headers, body, query)
        try:
            check(action)
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(await _answer(action, body)).encode()
        except RegistryFault as fault:
            return fault.response()
        except Exception as error:
            traceback.print_exc()
            return failed(f"{type(error).__name__}: {error}").response()

    app.SERVICE_HANDLERS["glue"] = handle
    restore = app._load_persisted_state

    def restore_and_resume():
        restore()
        _resume()

    app._load_persisted_state = restore_and_resume


async def _answer(action, body):
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        raise RegistryFault("SerializationException", "The request is not JSON.") from None
    result = ACTIONS[action](check_input(action, data))
    return await result if asyncio.iscoroutine(result) else result


def _resume():
    """Goes on with what was in motion when the snapshot was taken."""
    for (account, region, name), registry in list(STORE._data.items()):
        if registry.get("deleting"):
            STORE.pop_scoped(account, region, name)
            continue
        registry["schemas"] = {name: schema for name, schema in registry["schemas"].items() if not schema.get("deleting")}
        for schema in registry["schemas"].values():
            schema["versions"] = [each for each in schema["versions"] if each["status"] != "DELETING"]
            for version in schema["versions"]:
                if version["status"] == "PENDING":
                    glue_schema_versions.settle_later(schema, version)
