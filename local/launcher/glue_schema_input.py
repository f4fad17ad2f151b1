"""Requests to the Glue Schema Registry against the shapes of the service's model: members that are needed, types, lengths and patterns.

A member means the same in every action, so its rule is found by its name.
"""

import re

from glue_schema_faults import invalid

COMPATIBILITIES = ("NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL")
FORMATS = ("AVRO", "JSON", "PROTOBUF")
MOST_DEFINITION = 170_000
LARGEST_VERSION = 100_000
MOST_TAGS = 50

# CreateSchema needs a Compatibility, though its shape does not say so.
REQUIRED = {
    "CreateRegistry": ("RegistryName",), "GetRegistry": ("RegistryId",), "UpdateRegistry": ("RegistryId", "Description"), "DeleteRegistry": ("RegistryId",),
    "CreateSchema": ("SchemaName", "DataFormat", "Compatibility"), "GetSchema": ("SchemaId",), "UpdateSchema": ("SchemaId",), "DeleteSchema": ("SchemaId",),
    "RegisterSchemaVersion": ("SchemaId", "SchemaDefinition"), "GetSchemaByDefinition": ("SchemaId", "SchemaDefinition"), "ListSchemaVersions": ("SchemaId",),
    "DeleteSchemaVersions": ("SchemaId", "Versions"), "CheckSchemaVersionValidity": ("DataFormat", "SchemaDefinition"),
    "GetSchemaVersionsDiff": ("SchemaId", "FirstSchemaVersionNumber", "SecondSchemaVersionNumber", "SchemaDiffType"),
    "PutSchemaVersionMetadata": ("MetadataKeyValue",), "RemoveSchemaVersionMetadata": ("MetadataKeyValue",),
}


def _named(name):
    """A member as the service's messages write it."""
    return name[:1].lower() + name[1:]


def _text(pattern, shortest, longest):
    form = re.compile(pattern, re.DOTALL)

    def check(name, value):
        if not isinstance(value, str):
            raise invalid(f"{_named(name)} must be text.")
        size = len(value.encode("utf-8", "surrogatepass"))
        if not shortest <= size <= longest:
            raise invalid(f"The resource name contains too many or too few characters. Parameter Name: {_named(name)}. It has {size} bytes; {shortest} to {longest} are allowed.")
        if not form.fullmatch(value):
            raise invalid(f"The parameter value contains one or more characters that are not valid. Parameter Name: {_named(name)}. It must match {pattern}")

    return check


def _one_of(*allowed):
    def check(name, value):
        if value not in allowed:
            raise invalid(f"{_named(name)} is {value!r}; it must be one of {', '.join(allowed)}.")

    return check


def _number(least, most):
    def check(name, value):
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise invalid(f"{_named(name)} is {value!r}; it must be a whole number from {least} to {most}.")

    return check


def _structure(name, value):
    if not isinstance(value, dict):
        raise invalid(f"{_named(name)} must be a structure.")
    _check_members(value)


def _structures(name, value):
    if not isinstance(value, list):
        raise invalid(f"{_named(name)} must be a list.")
    for each in value:
        _structure(name, each)


def _pair(name, value):
    _structure(name, value)
    for member in ("MetadataKey", "MetadataValue"):
        if value.get(member) is None:
            raise invalid(f"{_named(member)} has to be provided.")


def _tags(name, value):
    if not isinstance(value, dict) or len(value) > MOST_TAGS:
        raise invalid(f"New Tags cannot be empty or more than {MOST_TAGS}")
    for key, text in value.items():
        if not isinstance(text, str) or not 1 <= len(key) <= 128 or len(text) > 256:
            raise invalid(f"The tag {key!r} is not valid: a key has 1 to 128 characters, a value at most 256.")


def _flag(name, value):
    if not isinstance(value, bool):
        raise invalid(f"{_named(name)} must be true or false.")


_NAME = _text(r"[a-zA-Z0-9\-_$#.]+", 1, 255)
_ARN = _text(r"arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*", 1, 10240)
_ANY = _text(r".*", 0, 1 << 20)
_METADATA = r"[a-zA-Z0-9+\-=._/@]+"

MEMBERS = {
    "RegistryName": _NAME, "SchemaName": _NAME, "RegistryArn": _ARN, "SchemaArn": _ARN,
    "Description": _text(r"[\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF\r\n\t]*", 0, 2048),
    "SchemaDefinition": _text(r".*\S.*", 1, MOST_DEFINITION),
    "SchemaVersionId": _text(r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", 36, 36),
    "Versions": _text(r"[1-9][0-9]*|[1-9][0-9]*-[1-9][0-9]*", 1, 100_000),
    "MetadataKey": _text(_METADATA, 1, 128), "MetadataValue": _text(_METADATA, 1, 256),
    "NextToken": _ANY, "Tags": _tags, "LatestVersion": _flag,
    "VersionNumber": _number(1, LARGEST_VERSION), "MaxResults": _number(1, 100),
    "DataFormat": _one_of(*FORMATS), "Compatibility": _one_of(*COMPATIBILITIES), "SchemaDiffType": _one_of("SYNTAX_DIFF"),
    "RegistryId": _structure, "SchemaId": _structure, "SchemaVersionNumber": _structure, "FirstSchemaVersionNumber": _structure, "SecondSchemaVersionNumber": _structure,
    "MetadataKeyValue": _pair, "MetadataList": _structures,
}
_QUERY_PAGE = _number(1, 50)


def _check_members(data):
    for name, value in data.items():
        check = MEMBERS.get(name)
        # JSON's null is a member that is not given.
        if check and value is not None:
            check(name, value)


def check_input(action, data):
    """Raises InvalidInputException when a request is not one of the action's; gives it without members that are null."""
    if not isinstance(data, dict):
        raise invalid("The request must be a structure.")
    for name in REQUIRED.get(action, ()):
        if data.get(name) is None:
            raise invalid(f"{_named(name)} has to be provided.")
    _check_members(data)
    if action == "QuerySchemaVersionMetadata" and data.get("MaxResults") is not None:
        _QUERY_PAGE("MaxResults", data["MaxResults"])
    return {name: value for name, value in data.items() if value is not None}
