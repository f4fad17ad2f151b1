"""Checks every task of state machines against the service models of botocore: that there is such an action, with such parameters.

A JSON list of definitions on stdin; a JSON list of what is wrong on stdout.
"""

import json
import re
import sys

import botocore.session

SESSION = botocore.session.get_session()
# Services that Step Functions calls otherwise than botocore does.
SERVICES = {"states": "stepfunctions", "sfn": "stepfunctions"}
RESOURCE = re.compile(r"^arn:aws[a-z-]*:states:::(?:aws-sdk:)?(?P<service>[a-z0-9]+):(?P<action>[a-zA-Z]+)(?:\.(?:sync(?::2)?|waitForTaskToken))?$")


def tasks(states):
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        for inner in [*state.get("Branches", []), *(state[key] for key in ("Iterator", "ItemProcessor") if key in state)]:
            yield from tasks(inner["States"])


def members(shape, parameters, path):
    """What is wrong with the names of parameters; those that end with .$ are worked out later."""
    given = {key.removesuffix(".$"): value for key, value in parameters.items()}
    # Step Functions writes the first letter large, whatever the service does.
    known = {name[:1].upper() + name[1:]: member for name, member in shape.members.items()}
    for name in shape.required_members:
        if name[:1].upper() + name[1:] not in given:
            yield f"{path} lacks {name}"
    for name, value in given.items():
        member = known.get(name)
        if member is None:
            yield f"{path} has {name}, which is none of {', '.join(sorted(known))}"
        elif member.type_name == "structure" and isinstance(value, dict):
            yield from members(member, value, f"{path}.{name}")
        elif isinstance(value, str) and member.type_name == "string" and member.enum and f"{name}.$" not in parameters and value not in member.enum:
            yield f"{path}.{name} is {value}, which is none of {', '.join(member.enum)}"


def faults(definition):
    for name, state in tasks(definition["States"]):
        match = RESOURCE.match(state["Resource"])
        if match is None:
            yield f"{name}: {state['Resource']} is no service integration"
            continue
        service = SERVICES.get(match["service"], match["service"])
        if service not in SESSION.get_available_services():
            yield f"{name}: there is no service {service}"
            continue
        model = SESSION.get_service_model(service)
        action = match["action"][:1].upper() + match["action"][1:]
        if action not in model.operation_names:
            yield f"{name}: {service} has no action {action}"
            continue
        shape = model.operation_model(action).input_shape
        if shape is not None:
            yield from (f"{name}: {fault}" for fault in members(shape, state.get("Parameters", {}), action))


print(json.dumps([fault for definition in json.load(sys.stdin) for fault in faults(definition)]))
