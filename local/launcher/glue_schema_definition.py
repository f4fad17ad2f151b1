"""Definitions of schemas: whether a text is one, and which texts are the same one."""

import hashlib
import json
from functools import lru_cache

from glue_schema_checker import differences_of
from glue_schema_faults import failed, invalid


async def check_definition(data_format, definition):
    """Raises InvalidInputException for a text that is no schema of its format."""
    try:
        if data_format != "PROTOBUF":
            _parsed(definition)
        differences = await differences_of(data_format, "NONE", definition, [])
    except (ValueError, RecursionError) as error:
        raise invalid(f"Schema definition of {data_format} data format is invalid: {error}") from None
    except RuntimeError as error:
        raise failed(f"The schema definition could not be checked: {error}") from error
    if differences:
        raise invalid(f"Schema definition of {data_format} data format is invalid: {differences[0]}")


def _parsed(definition):
    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    return json.loads(definition, parse_constant=refuse)


@lru_cache(maxsize=10_000)
def key_of(data_format, definition):
    """Definitions that differ in nothing but white space and the order of members have one key, and are one version."""
    if data_format == "PROTOBUF":
        normal = definition.strip()
    else:
        try:
            normal = json.dumps(_parsed(definition), sort_keys=True)
        except (ValueError, RecursionError):
            normal = definition
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).digest()
