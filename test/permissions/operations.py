"""Which operation of an AWS service a recorded request is, with which parameters, and what botocore's model says against it."""

import base64
import binascii
import datetime
import functools
import re
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator

# The emulator's names of services, where botocore has another; the first that has the operation.
MODELS = {
    "states": ("stepfunctions",), "monitoring": ("cloudwatch",), "apigateway": ("apigatewayv2", "apigateway"), "lambda": ("lambda",),
    "sagemaker": ("sagemaker", "sagemaker-runtime"), "sagemaker-runtime": ("sagemaker-runtime",), "dynamodbstreams": ("dynamodbstreams",), "tagging": ("resourcegroupstaggingapi",),
}
# What the SDK for JavaScript adds for its own, and what every presigned request carries.
UNMODELLED_QUERY = re.compile(r"^(x-id|X-Amz-.*|AWSAccessKeyId|Signature|Expires)$")
# Parts of an uploaded body's framing: no member of a model.
UNMODELLED_HEADERS = re.compile(r"^x-amz-(trailer|sdk-.*|checksum-.*|user-agent|meta-.*|api-version|te|trailer-signature)$")

_session = botocore.session.get_session()
_validator = ParamValidator()


class Unknown(Exception):
    """A request of which no operation is known: what it says is a finding."""


@functools.cache
def model_of(name):
    return _session.get_service_model(name)


def models_of(service):
    names = MODELS.get(service, (service,))
    known = [name for name in names if name in _session.get_available_services()]
    if not known:
        raise Unknown(f"there is no service {service}")
    return [model_of(name) for name in known]


def converted(value, shape):
    """A value of the wire as botocore takes it from a caller: bytes for Base64, moments for numbers, numbers for their text in paths, queries and headers."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        by_wire = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        known = {**{name: (name, member) for name, member in shape.members.items()}, **by_wire}
        return {(known[name][0] if name in known else name): (converted(member, known[name][1]) if name in known else member) for name, member in value.items() if member is not None}
    if kind == "list" and isinstance(value, list):
        return [converted(member, shape.member) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {key: converted(member, shape.value) for key, member in value.items()}
    if kind == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            return value.encode()
    if kind == "timestamp" and isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    return value


def of_text(text, shape):
    kind = shape.type_name
    if kind in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "list":
        return [of_text(text, shape.member)]
    return text


def _pattern(uri):
    """A model's path as an expression of which paths it takes."""
    parts = re.split(r"(\{[^}]+\})", uri.partition("?")[0])
    text = "".join(f"(?P<{_label(part[1:-1].rstrip('+'))}>{_taken(part)})" if part.startswith("{") else re.escape(part) for part in parts)
    return re.compile(f"^{text.rstrip('/')}/?$")


def _taken(label):
    # Paths are recorded decoded. An ARN of a cluster holds two slashes: <kind>/<name>/<id>.
    if label == "{clusterArn}":
        return "arn:[^/]+(?:/[^/]+){2}"
    return ".+" if label.endswith("+}") else "[^/]+"


def _label(wire):
    return re.sub(r"\W", "_", wire)


@functools.cache
def _routes(name):
    routes = []
    for operation in model_of(name).operation_names:
        model = model_of(name).operation_model(operation)
        uri = model.http["requestUri"]
        fixed = dict(part.partition("=")[::2] for part in uri.partition("?")[2].split("&") if part)
        routes.append((model, _pattern(uri), fixed))
    return routes


def _rest_parameters(model, labels, call):
    """The parameters of a REST request and what is wrong with the names of its query and headers."""
    shape = model.input_shape
    parameters, faults = {}, []
    members = shape.members if shape is not None else {}
    at = {"uri": {}, "querystring": {}, "header": {}}
    for name, member in members.items():
        place = member.serialization.get("location")
        if place in at:
            wire = member.serialization.get("name", name)
            at[place][wire.lower() if place == "header" else wire] = (name, member)
    for wire, (name, member) in at["uri"].items():
        value = labels.get(_label(wire))
        if value is not None:
            parameters[name] = of_text(unquote(value), member)
    fixed = dict(part.partition("=")[::2] for part in model.http["requestUri"].partition("?")[2].split("&") if part)
    for wire, value in call.get("query", {}).items():
        if wire in at["querystring"]:
            name, member = at["querystring"][wire]
            parameters[name] = of_text(value, member)
        elif wire not in fixed and not UNMODELLED_QUERY.match(wire):
            faults.append(f"{model.name} has no {wire} in its query")
    for wire, value in call.get("headers", {}).items():
        if wire in at["header"]:
            name, member = at["header"][wire]
            parameters[name] = of_text(value, member)
        elif not UNMODELLED_HEADERS.match(wire):
            faults.append(f"{model.name} has no header {wire}")
    body = call.get("body")
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload is None and isinstance(body, dict):
        by_wire = {member.serialization.get("name", name): name for name, member in members.items() if "location" not in member.serialization}
        parameters.update({by_wire.get(wire, wire): value for wire, value in body.items()})
    return parameters, faults


def _of_rest(models, call):
    """The operation whose path and fixed query a request has, and most of whose required members it gives."""
    best = None
    for service in models:
        for model, pattern, fixed in _routes(service.service_name):
            match = pattern.match(call["path"]) if model.http["method"] == call["method"] else None
            if match is None or any(name not in call["query"] or (value and call["query"][name] != value) for name, value in fixed.items()):
                continue
            parameters, faults = _rest_parameters(model, match.groupdict(), call)
            located = [name for name, member in (model.input_shape.members if model.input_shape else {}).items() if member.serialization.get("location") in ("uri", "querystring", "header")]
            required = [name for name in (model.input_shape.required_members if model.input_shape else []) if name in located]
            missing = sum(name not in parameters for name in required)
            # An older form of an operation has its path too: the newer one is meant.
            rank = (missing, len(faults), -len(fixed), -len(required), model.deprecated, len(match.groupdict()))
            if best is None or rank < best[0]:
                best = (rank, model, parameters, faults)
    if best is None:
        raise Unknown(f"no operation of {models[0].service_name} has {call['method']} {call['path']}")
    return best[1:]


def _of_json(models, target):
    prefix, _, operation = target.rpartition(".")
    for service in models:
        if operation in service.operation_names:
            expected = service.metadata.get("targetPrefix")
            # Some SDKs leave the package out that a prefix begins with.
            if expected and prefix not in (expected, expected.rpartition(".")[2]):
                raise Unknown(f"{target} is addressed to {prefix}, and the service is {expected}")
            return service.operation_model(operation)
    raise Unknown(f"{models[0].service_name} has no operation {operation}")


def _query_faults(model, parameters):
    """Of the query protocol the first part of a name is the member."""
    shape = model.input_shape
    members = shape.members if shape is not None else {}
    known = {member.serialization.get("name", name): name for name, member in members.items()} | {name: name for name in members}
    given = {name.partition(".")[0] for name in parameters} - {"Action", "Version"}
    yield from (f"{model.name} has no {name}" for name in sorted(given) if name not in known)
    present = {known[name] for name in given if name in known}
    yield from (f"{model.name} lacks {name}" for name in (shape.required_members if shape is not None else []) if name not in present)


def _validated(model, parameters, unjudged=()):
    shape = model.input_shape
    if shape is None:
        return [f"{model.name} takes no parameters, and has {', '.join(parameters)}"] if parameters else []
    report = _validator.validate(converted(parameters, shape), shape)
    text = report.generate_report() if report.has_errors() else ""
    return [f"{model.name}: {line}" for line in text.splitlines() if not any(f'"{name}"' in line for name in unjudged)]


def operation_of(call):
    """(name of the operation, its parameters, what is wrong with them) of a recorded request. :raises Unknown: when there is no such operation"""
    models = models_of(call["service"])
    body = call.get("body")
    if call.get("target"):
        model = _of_json(models, call["target"])
        return model.name, body or {}, _validated(model, body or {})
    if isinstance(body, dict) and "Action" in body or "Action" in call.get("query", {}):
        parameters = {**call.get("query", {}), **(body if isinstance(body, dict) else {})}
        service = next((service for service in models if parameters["Action"] in service.operation_names), None)
        if service is None:
            raise Unknown(f"{models[0].service_name} has no operation {parameters['Action']}")
        model = service.operation_model(parameters["Action"])
        return model.name, parameters, list(_query_faults(model, parameters))
    model, parameters, faults = _of_rest(models, call)
    # What is in a body that was not kept cannot be judged.
    shape = model.input_shape
    unjudged = [name for name, member in shape.members.items() if "location" not in member.serialization] if shape is not None and not isinstance(body, dict) else []
    return model.name, parameters, faults + _validated(model, parameters, unjudged)
