"""Which AWS calls are made, by whom: recorded on request, for what must be known of permissions.

With HEADRACE_LOCAL_CALLS, a directory, every kind of call goes there as a line of JSON: who called (a role, or the
developer), the service, and the request as far as its operation, parameters and resources are told by it. A call like one
before adds nothing, so a cloud leaves some hundreds of lines. The policies of roles, as they were then, stand before the calls.
test/permissions/ reads it. Without the variable nothing here runs.
"""

import hashlib
import json
import os
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs

from ministack.core.responses import get_account_id, get_region
from ministack.core.router import detect_service, extract_access_key_id, extract_region
from ministack.services import cloudformation, eventbridge, iam, lambda_svc, sqs, stepfunctions

import principals

# Of a longer text or list only the beginning is kept: what is checked are names and types. 256 characters of Base64 are whole bytes.
TEXT = 256
LIST = 3
SMALL_BODY = 16_384
# So many different shapes of one call are examples enough, and a developer's call is no matter of policies.
SHAPES = 6
DEVELOPER_CALLS = 40
# Names vary by moments, hashes and ordinals: those that differ by nothing else are alike.
VARYING = re.compile(r"(?<![A-Za-z])[0-9a-f]{8,}(?![A-Za-z])|[0-9]+")
NAMING = re.compile(r"(Name|Names|Arn|ARN|arn|Url|Path|Bucket|Id)$")
# Headers that are parameters, beside those of AWS's own prefix.
CONDITIONS = ("if-match", "if-none-match")
SIGNING = ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-target", "x-amz-user-agent", "x-amz-decoded-content-length")

_lock = threading.Lock()
_seen = {}
_developer_calls = {}
_told = {}
_file = None


def _alike(text):
    return VARYING.sub("#", text[:TEXT])


def _shape(value, names):
    """The names and kinds that a value is made of; names of things are put beside."""
    if isinstance(value, dict):
        for key, member in value.items():
            if isinstance(member, str) and NAMING.search(key):
                names.add(_alike(member))
        if "RequestItems" in value and isinstance(value["RequestItems"], dict):
            names.update(value["RequestItems"])
        return frozenset((key, _shape(member, names)) for key, member in value.items())
    if isinstance(value, list):
        return frozenset(_shape(member, names) for member in value)
    return type(value).__name__


def _clipped(value, short):
    if isinstance(value, str):
        return value[:TEXT]
    if isinstance(value, dict):
        return {key: _clipped(member, short) for key, member in value.items()}
    if isinstance(value, list):
        return [_clipped(member, short) for member in (value[:LIST] if short else value)]
    return value


def _parsed(service, headers, body, query):
    """What of a body tells parameters; a body of data tells none."""
    kind = headers.get("content-type", "")
    if not body:
        return None
    if service == "s3":
        return body.decode("utf-8", "replace") if "delete" in query else None
    if "x-www-form-urlencoded" in kind:
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
    if "json" in kind or "x-amz-target" in headers or (service == "lambda" and not kind):
        try:
            return json.loads(body)
        except ValueError:
            return None
    return None


def _is_parameter(header):
    return (header.startswith("x-amz-") and header not in SIGNING) or header in CONDITIONS


def _is_new(principal, what, names, shape):
    """Whether a call like this one was not yet seen."""
    with _lock:
        shapes = _seen.setdefault((principal, what, frozenset(names)), set())
        if shape in shapes or len(shapes) >= SHAPES:
            return False
        shapes.add(shape)
        return True


def _write(entries):
    global _file
    with _lock:
        if _file is None:
            directory = Path(os.environ["HEADRACE_LOCAL_CALLS"])
            directory.mkdir(parents=True, exist_ok=True)
            _file = open(directory / f"{os.environ['GATEWAY_PORT']}-{os.getpid()}.ndjson", "a", buffering=1)  # noqa: SIM115 - as long as the process
        for entry in entries:
            _file.write(json.dumps(entry, separators=(",", ":")) + "\n")


def _is_changed(what, facts):
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).digest()
    changed = _told.get(what) != digest
    _told[what] = digest
    return changed


def _changed_facts():
    """What calls are judged by, where it is new: the policies of roles, and of stacks which role is which and what is encrypted with which key."""
    for (account, name), role in list(iam._roles._data.items()):
        inline = {key: json.loads(document) if isinstance(document, str) else document for key, document in (role.get("InlinePolicies") or {}).items()}
        facts = {"kind": "role", "role": name, "account": account, "policies": inline, "managed": list(role.get("AttachedPolicies") or [])}
        if _is_changed((account, name), facts):
            yield facts
    for stack in list(cloudformation._stacks._data.values()):
        resources = {logical: resource for logical, resource in (stack.get("_resources") or {}).items() if resource.get("ResourceType") in ("AWS::IAM::Role", "AWS::S3::Bucket", "AWS::SNS::Topic")}
        facts = {
            "kind": "stack", "stack": stack.get("StackName"),
            "roles": {logical: resource.get("PhysicalResourceId") for logical, resource in resources.items() if resource["ResourceType"] == "AWS::IAM::Role"},
            "keys": {resource.get("PhysicalResourceId"): key for resource in resources.values() if (key := _key_of(resource.get("Properties") or {}))},
        }
        if _is_changed(("stack", facts["stack"]), facts):
            yield facts


def _key_of(properties):
    """The key that a bucket or a topic is encrypted with."""
    if "KmsMasterKeyId" in properties:
        return properties["KmsMasterKeyId"]
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or [{}]
    return (rules[0].get("ServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")


def _note(principal, via, service, call):
    _write([*_changed_facts(), {"kind": "call", "role": principal, "via": via, "service": service, "account": get_account_id(), **call}])


def note_parameters(role, via, service, operation, parameters):
    """A call that the emulator makes itself, in the place of a service of AWS that acts for a role."""
    names = set()
    shape = _shape(parameters, names)
    if role and _is_new(role, (via, service, operation), names, shape):
        _note(role, via, service, {"region": get_region(), "operation": operation, "parameters": _clipped(parameters, False)})


def _note_request(method, path, headers, body, query):
    acting = headers.get("x-headrace-acts-for", "")
    key = extract_access_key_id(headers, query)
    principal = principals.role_of_function(acting) if acting else principals.role_of(key)
    service = detect_service(method, path, headers, query)
    what = (service, headers.get("x-amz-target") or f"{method} {_alike(path)}", tuple(sorted(query)))
    if not principal:
        # The developer's data goes through here by the hundred megabytes.
        count = _developer_calls.get(what, 0)
        if count >= DEVELOPER_CALLS:
            return
        _developer_calls[what] = count + 1
    names = set()
    parsed = _parsed(service, headers, body, query)
    shape = (_shape(parsed, names), tuple(sorted(filter(_is_parameter, headers))))
    if _is_new(principal, what, names, shape):
        _note(principal, "event source" if acting else "request", service, {
            "region": extract_region(headers), "method": method, "path": path[:1024], "query": {name: values[0][:TEXT] for name, values in query.items()},
            "headers": {name: value[:TEXT] for name, value in headers.items() if _is_parameter(name)},
            "target": headers.get("x-amz-target", ""), "body": parsed if isinstance(parsed, str) else _clipped(parsed, len(body) > SMALL_BODY),
        })


def _requests(app):
    dispatch = app._dispatch_service_request

    async def dispatch_and_note(method, path, headers, body, query, request_id):
        answer = await dispatch(method, path, headers, body, query, request_id)
        _note_request(method, path, headers, body, query)
        return answer

    app._dispatch_service_request = dispatch_and_note


def _state_machines():
    execute, invoke = stepfunctions._execute_task, stepfunctions._invoke_resource

    def execute_for_role(state, given, execution, context):
        machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn", "")) or {}
        with principals.acting_for(machine.get("roleArn", "")):
            return execute(state, given, execution, context)

    def invoke_and_note(resource, parameters):
        role = principals.acting_role()
        note_parameters(role, "state machine", "states", resource, parameters if isinstance(parameters, dict) else {})
        return invoke(resource, parameters)

    stepfunctions._execute_task = execute_for_role
    stepfunctions._invoke_resource = invoke_and_note


def _schedules():
    invoke = eventbridge._invoke_target

    def invoke_and_note(target, event, *rest):
        note_parameters(target.get("RoleArn", "").rsplit("/", 1)[-1], "schedule", "scheduler", "Invoke", {"Arn": target.get("Arn", "")})
        return invoke(target, event, *rest)

    eventbridge._invoke_target = invoke_and_note


def _queues():
    def note(operation, queue_url):
        queue = sqs._queues.get(queue_url) or {}
        arn = queue.get("attributes", {}).get("QueueArn")
        for _account, _region, mapping in lambda_svc._iter_all_esms():
            if arn and mapping.get("EventSourceArn") == arn:
                note_parameters(principals.role_of_function(mapping["FunctionArn"]), "event source", "sqs", operation, {"QueueUrl": queue_url})

    receive, delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm

    def receive_and_note(queue_url, most):
        messages = receive(queue_url, most)
        if messages:
            note("ReceiveMessage", queue_url)
        return messages

    def delete_and_note(queue_url, handles):
        note("DeleteMessage", queue_url)
        return delete(queue_url, handles)

    sqs._receive_messages_for_esm = receive_and_note
    sqs._delete_messages_for_esm = delete_and_note


def install(app):
    if os.environ.get("HEADRACE_LOCAL_CALLS"):
        _requests(app)
        _state_machines()
        _schedules()
        _queues()
