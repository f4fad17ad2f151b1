"""Whether a policy allows an action on a resource, as IAM decides it for one account: an Allow that matches, and no Deny.

Only what roles here use is known; anything else is refused with an error and never passed over.
"""

import functools
import re

OPERATORS = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringLike": lambda given, wanted: matches(wanted, given),
    "ArnEquals": lambda given, wanted: matches(wanted, given),
    "ArnLike": lambda given, wanted: matches(wanted, given),
    "Bool": lambda given, wanted: str(given).lower() == str(wanted).lower(),
}


class NotKnown(Exception):
    """Something in a policy that this does not know to judge."""


@functools.cache
def _expression(pattern, flags):
    return re.compile("".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern), flags | re.DOTALL)


def matches(pattern, text, *, ignore_case=False):
    """IAM's wildcards: * for anything, ? for one character."""
    return _expression(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(text) is not None


def as_list(value):
    return value if isinstance(value, list) else [value]


def _check(statement):
    unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown:
        raise NotKnown(f"a statement has {', '.join(sorted(unknown))}, which test/permissions/policy.py does not judge: teach it, with a case in known-cases.test.ts")
    for resource in as_list(statement["Resource"]):
        if "${" in resource:
            raise NotKnown(f"the resource {resource} has a variable, which test/permissions/policy.py does not judge")


def _conditions_hold(statement, context):
    for operator, keys in statement.get("Condition", {}).items():
        if operator not in OPERATORS:
            raise NotKnown(f"the condition operator {operator} is not known to test/permissions/policy.py: teach it, with a case in known-cases.test.ts")
        for key, wanted in keys.items():
            if key not in context:
                # IAM: a key that the request does not have fails the condition.
                return False
            if not any(OPERATORS[operator](context[key], each) for each in as_list(wanted)):
                return False
    return True


def grants_of(documents):
    """(effect, action, resource, statement) of policies, one for each pair of action and resource."""
    for document in documents:
        for statement in as_list(document["Statement"]):
            _check(statement)
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield statement["Effect"], action, resource, statement


def matching(grants, effect, action, resource, context):
    """The grants of an effect that meet an action on a resource; a resource of None is one that the request does not tell."""
    return [
        (granted, on) for kind, granted, on, statement in grants
        if kind == effect and matches(granted, action, ignore_case=True) and (resource is None or matches(on, resource)) and _conditions_hold(statement, context)
    ]


def allowing(grants, action, resource, context):
    """The grants that allow an action on a resource; none when it is not allowed, or denied."""
    if resource is not None and matching(grants, "Deny", action, resource, context):
        return []
    return matching(grants, "Allow", action, resource, context)
