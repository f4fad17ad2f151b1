"""SageMaker as far as endpoints of models go, which the emulator lacks: models, configurations, endpoints and their invocation.

Shapes, states and errors are those of the SageMaker API reference. An endpoint is Creating until its process answers, and
Failed when that ends before; one that is updated answers by its former process until the new one does, and by it for good
when the new one does not come up.
"""

import asyncio
import json
import re
import sys
import time
import traceback

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

import sagemaker_processes as processes

NAME = re.compile(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")
PATH = re.compile(r"^/endpoints/([^/]+)/invocations$")

STATE = {kind: AccountRegionScopedDict() for kind in ("models", "configs", "endpoints")}
_gateway = None


class Fault(Exception):
    def __init__(self, code, message, status=400, **members):
        super().__init__(message)
        self.status, self.answer = status, {"__type": code, "Message": message, "message": message, **members}


def _arn(kind, name):
    return f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{kind}/{name.lower()}"


def _key(name):
    return (get_account_id(), get_region(), name)


def _new_name(data, member, kept, arn, what):
    name = data.get(member) or ""
    if not NAME.match(name):
        raise Fault("ValidationException", f"1 validation error detected: Value '{name}' at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,62}}")
    if name in kept:
        raise Fault("ValidationException", f'Cannot create already existing {what} "{arn}/{name}".')
    return name


def _kept(kept, name, kind, what):
    if name not in kept:
        raise Fault("ValidationException", f'Could not find {what} "{_arn(kind, name or "")}".')
    return kept[name]


def create_model(data):
    name = _new_name(data, "ModelName", STATE["models"], _arn("model", ""), "model")
    container = data.get("PrimaryContainer") or {}
    if not container.get("Image") or not container.get("ModelDataUrl") or not data.get("ExecutionRoleArn"):
        raise Fault("ValidationException", "A model here has a PrimaryContainer with Image and ModelDataUrl, and an ExecutionRoleArn.")
    STATE["models"][name] = {**data, "CreationTime": time.time(), "ModelArn": _arn("model", name)}
    return {"ModelArn": _arn("model", name)}


def create_config(data):
    name = _new_name(data, "EndpointConfigName", STATE["configs"], _arn("endpoint-config", ""), "endpoint configuration")
    for variant in data["ProductionVariants"]:
        _kept(STATE["models"], variant["ModelName"], "model", "model")
        if ("ServerlessConfig" in variant) == ("InstanceType" in variant):
            raise Fault("ValidationException", "A production variant has either ServerlessConfig or InstanceType.")
    STATE["configs"][name] = {**data, "CreationTime": time.time(), "EndpointConfigArn": _arn("endpoint-config", name)}
    return {"EndpointConfigArn": _arn("endpoint-config", name)}


def _container_of(config):
    """What runs behind an endpoint, and for which role."""
    [variant] = _kept(STATE["configs"], config, "endpoint-config", "endpoint configuration")["ProductionVariants"]
    model = _kept(STATE["models"], variant["ModelName"], "model", "model")
    return model["PrimaryContainer"], model["ExecutionRoleArn"]


def _touch(endpoint, **members):
    endpoint.update(members, LastModifiedTime=time.time())


def _bring_up(name, endpoint, config):
    """Starts what a configuration names; the endpoint goes to it, or stays with what it had."""
    former = endpoint.get("EndpointConfigName") if processes.of(_key(name)) else None
    try:
        process = processes.start(*_container_of(config), _gateway)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the endpoint does not come up by it
        reason = str(fault) if isinstance(fault, (processes.NotStarted, Fault)) else f"{type(fault).__name__}: {fault}"
        _touch(endpoint, EndpointStatus="InService" if former else "Failed", FailureReason=reason)
        return
    if STATE["endpoints"].get(name) is not endpoint:
        return process.end()
    processes.replace(_key(name), process)
    endpoint.pop("FailureReason", None)
    _touch(endpoint, EndpointStatus="InService", EndpointConfigName=config)


def create_endpoint(data):
    name = _new_name(data, "EndpointName", STATE["endpoints"], _arn("endpoint", ""), "endpoint")
    config = data["EndpointConfigName"]
    _container_of(config)
    now = time.time()
    endpoint = {"EndpointName": name, "EndpointArn": _arn("endpoint", name), "EndpointConfigName": config, "EndpointStatus": "Creating", "CreationTime": now, "LastModifiedTime": now}
    STATE["endpoints"][name] = endpoint
    processes.in_background(_bring_up, name, endpoint, config)
    return {"EndpointArn": endpoint["EndpointArn"]}


def update_endpoint(data):
    name, config = data["EndpointName"], data["EndpointConfigName"]
    endpoint = _kept(STATE["endpoints"], name, "endpoint", "endpoint")
    if endpoint["EndpointStatus"] not in ("InService", "Failed"):
        raise Fault("ValidationException", f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')
    _container_of(config)
    _touch(endpoint, EndpointStatus="Updating")
    processes.in_background(_bring_up, name, endpoint, config)
    return {"EndpointArn": endpoint["EndpointArn"]}


def describe_endpoint(data):
    endpoint = _kept(STATE["endpoints"], data["EndpointName"], "endpoint", "endpoint")
    return {key: value for key, value in endpoint.items() if value is not None}


def delete_endpoint(data):
    name = data["EndpointName"]
    endpoint = _kept(STATE["endpoints"], name, "endpoint", "endpoint")
    if endpoint["EndpointStatus"] in ("Creating", "Updating"):
        raise Fault("ValidationException", f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')
    del STATE["endpoints"][name]
    processes.replace(_key(name), None)
    return {}


def list_endpoints(data):
    before = data.get("LastModifiedTimeBefore")
    found = [each for name, each in STATE["endpoints"].items() if data.get("NameContains", "").lower() in name.lower() and (before is None or each["LastModifiedTime"] < before)]
    return {"Endpoints": [{key: each[key] for key in ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")} for each in sorted(found, key=lambda each: each["CreationTime"], reverse=True)]}


def describe_config(data):
    return _kept(STATE["configs"], data["EndpointConfigName"], "endpoint-config", "endpoint configuration")


def _delete(kind, member, resource, what):
    def delete(data):
        _kept(STATE[kind], data[member], resource, what)
        del STATE[kind][data[member]]
        return {}

    return delete


ACTIONS = {
    "CreateModel": create_model, "DeleteModel": _delete("models", "ModelName", "model", "model"),
    "CreateEndpointConfig": create_config, "DescribeEndpointConfig": describe_config, "DeleteEndpointConfig": _delete("configs", "EndpointConfigName", "endpoint-config", "endpoint configuration"),
    "CreateEndpoint": create_endpoint, "UpdateEndpoint": update_endpoint, "DescribeEndpoint": describe_endpoint, "DeleteEndpoint": delete_endpoint, "ListEndpoints": list_endpoints,
}


async def _invoke(name, headers, body):
    endpoint = STATE["endpoints"].get(name)
    if endpoint is None or endpoint["EndpointStatus"] in ("Creating", "Failed"):
        raise Fault("ValidationError", f"Endpoint {name} of account {get_account_id()} not found.")
    process = processes.of(_key(name))
    try:
        if process is None:
            raise processes.NotAnswering
        status, content_type, answer = await asyncio.to_thread(process.invoke, body, {"Content-Type": headers.get("content-type", "application/json"), "Accept": headers.get("accept", "application/json")})
    except processes.NotAnswering:
        raise Fault("ServiceUnavailable", "The service is unavailable. Try your call again.", 503) from None
    if status != 200:
        words = answer.decode("utf-8", "replace")[:1000]
        raise Fault("ModelError", f'Received server error ({status}) from primary with message "{words}".', 424, OriginalStatusCode=status, OriginalMessage=words, LogStreamArn="")
    return 200, {"Content-Type": content_type, "x-Amzn-Invoked-Production-Variant": "all"}, answer


async def handle_request(method, path, headers, body, query):
    del method, query
    try:
        invoked = PATH.match(path)
        if invoked:
            return await _invoke(invoked[1], headers, body)
        action = ACTIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if action is None:
            raise Fault("UnknownOperationException", f"The local cloud knows of SageMaker's actions {', '.join(ACTIONS)}.")
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(action(json.loads(body or b"{}"))).encode()
    except Fault as fault:
        return fault.status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": fault.answer["__type"]}, json.dumps(fault.answer).encode()
    except Exception as error:
        traceback.print_exc()
        return 500, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"}).encode()


def get_state():
    return dict(STATE)


def load_persisted_state(data):
    for kind, kept in data.items():
        STATE[kind] = kept


def _resume():
    """Starts again what answered, or was about to, when the snapshot was taken."""
    from ministack.core import responses

    for (account, region, name), endpoint in list(STATE["endpoints"]._data.items()):
        if endpoint["EndpointStatus"] == "Failed":
            continue
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        processes.in_background(_bring_up, name, endpoint, endpoint["EndpointConfigName"])


def install(app, port):
    global _gateway
    _gateway = f"http://127.0.0.1:{port}"
    app.SERVICE_REGISTRY["sagemaker"] = {"module": "sagemaker"}
    app.SERVICE_HANDLERS["sagemaker"] = handle_request
    app._state_map["sagemaker"] = "sagemaker"
    app._loaded_modules["sagemaker"] = sys.modules[__name__]
    restore = app._load_persisted_state

    def restore_and_resume():
        restore()
        _resume()

    app._load_persisted_state = restore_and_resume
