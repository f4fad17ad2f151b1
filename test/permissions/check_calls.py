"""Checks recorded calls (local/launcher/calls.py): that botocore's models know each, and that the policy of the role that called allows it.

Directories of recordings are the arguments. A JSON list on stdout, for each of them: what is wrong with calls, which were outside their
role's policy, what could not be judged, and which grants of which roles no call used.
"""

import json
import re
import sys
from pathlib import Path

import needed as needs
import operations
import policy


class Role:
    """A role of a stack: its policies as they last were, and which grants calls have used in any of the recordings."""

    def __init__(self):
        self.used = set()
        self.granted = set()


# Numbers and what CloudFormation makes up vary between recordings: a grant of two deployments is one.
MADE_UP = [(re.compile(r"key/[0-9a-f-]{36}"), "key/KEY"), (re.compile(r"cdk-[a-z0-9]+-assets-"), "cdk-assets-"), (re.compile(r"/[0-9a-f]{64}\."), "/HASH.")]


def general(resource):
    for pattern, text in MADE_UP:
        resource = pattern.sub(text, resource)
    return resource


def calls_of(call):
    """(service, operation, parameters, faults) of an entry: one, but for tasks that wait."""
    if call["via"] == "state machine":
        return [(*each, []) for each in needs.of_task(call, call["operation"], call["parameters"])]
    if call["via"] == "schedule":
        return [(*each, []) for each in needs.of_schedule(call["parameters"])]
    if "operation" in call:
        return [(call["service"], call["operation"], call["parameters"], [])]
    return [(call["service"], *operations.operation_of(call))]


def logical_name(role):
    """The name in the template without the hash that the CDK ends it with."""
    return re.sub(r"[0-9A-F]{8}$", "", role)


def is_ours(role):
    """Whether a role is of a stack of the platform. The developer may do everything, and the CDK's own roles have managed policies, or the administrator's."""
    return role is not None and not role.startswith("CDKToolkit/")


def check(files):
    result = {"calls": 0, "byRoles": 0, "faults": set(), "outside": set(), "unjudged": set()}
    roles = {}
    for file in files:
        documents, logical, keys = {}, {}, {}
        # A cloud that was killed may have left half a line.
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
        # Stacks are told when they are whole, which may be after a first call of a role in them.
        for entry in lines:
            if entry["kind"] == "stack":
                logical.update({name: f"{entry['stack']}/{logical_name(id)}" for id, name in entry["roles"].items() if name})
                keys.update({name: key for name, key in entry["keys"].items() if name})
        for entry in lines:
            if entry["kind"] == "role":
                documents[entry["role"]] = grants_of(entry, logical, result)
                if is_ours(logical.get(entry["role"])):
                    role = roles.setdefault(logical[entry["role"]], Role())
                    role.granted |= {(action, general(resource)) for effect, action, resource, _ in documents[entry["role"]] if effect == "Allow"}
                    if entry["managed"]:
                        result["unjudged"].add(f"{logical[entry['role']]} has managed policies: {', '.join(entry['managed'])}")
            if entry["kind"] == "call":
                judge(entry, documents, logical, keys, roles, result)
    def listed(grants):
        return sorted((name, action, resource) for name, role in roles.items() for action, resource in grants(role))

    return {**result, **{name: sorted(result[name]) for name in ("faults", "outside", "unjudged")}, "granted": listed(lambda role: role.granted), "unused": listed(lambda role: role.granted - role.used)}


def grants_of(entry, logical, result):
    try:
        return list(policy.grants_of(entry["policies"].values()))
    except policy.NotKnown as fault:
        # The CDK's own roles have what ours have not.
        if is_ours(logical.get(entry["role"])):
            result["unjudged"].add(f"{logical[entry['role']]}: {fault}")
        return []


def judge(call, documents, logical, keys, roles, result):
    result["calls"] += 1
    who = logical.get(call["role"], call["role"]) or "the developer"
    try:
        for service, operation, parameters, faults in calls_of(call):
            result["faults"].update(f"{who}: {service} {fault}" for fault in faults)
            if not is_ours(logical.get(call["role"])):
                continue
            result["byRoles"] += 1
            role = roles.setdefault(who, Role())
            for action, resource, context in needs.needed({**call, "service": service}, operation, parameters, keys):
                grants = policy.allowing(documents[call["role"]], action, resource, context)
                role.used |= {(granted, general(on)) for granted, on in grants}
                if not grants:
                    result["outside"].add(f"{who}: {action} on {general(resource or 'a resource that the request does not tell')} ({service} {operation})")
    except operations.Unknown as fault:
        result["faults"].add(f"{who}: {fault}")
    except (needs.NotKnown, policy.NotKnown) as fault:
        result["unjudged"].add(f"{who}: {fault}")


if __name__ == "__main__":
    print(json.dumps([check(sorted(Path(directory).glob("*.ndjson"))) for directory in sys.argv[1:]]))
