"""Who calls: what runs for a role has keys of its own, which name the role.

The emulator gives every function the account's keys, so that all calls look like the developer's. On AWS a function, a
job or an execution calls with a session of its role, and its policies decide. Nothing is refused here by them, but each
call can be told apart, and sts:GetCallerIdentity answers as on AWS.
"""

import contextlib
import contextvars
import hashlib

import ministack.core.lambda_runtime as lambda_runtime
from ministack.services import lambda_svc, sts

# The role that the emulator itself acts for: an execution's, a schedule's.
_acting = contextvars.ContextVar("headrace_acting_role", default="")


def session(role_arn, name):
    """Keys of a role's session, as the environment of a process has them; the same for the same role and name."""
    account = role_arn.split(":")[4]
    role = role_arn.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{role_arn} {name}".encode()).hexdigest()
    keys = {"AWS_ACCESS_KEY_ID": f"ASIA{digest[:16].upper()}", "AWS_SECRET_ACCESS_KEY": digest[16:56], "AWS_SESSION_TOKEN": digest}
    sts.register_session(keys["AWS_ACCESS_KEY_ID"], {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}", "UserId": f"{role}:{name}",
        "SecretAccessKey": keys["AWS_SECRET_ACCESS_KEY"], "SessionToken": keys["AWS_SESSION_TOKEN"],
    })
    return keys


def role_of(access_key):
    """Name of the role whose session a key belongs to; empty for the developer."""
    arn = sts._sessions.get(access_key, {}).get("Arn", "")
    return arn.split("/")[1] if ":assumed-role/" in arn else ""


def role_of_function(function_arn):
    """Name of a function's role; empty when there is no such function."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
    return (config or {}).get("Role", "").rsplit("/", 1)[-1]


@contextlib.contextmanager
def acting_for(role_arn):
    """What is done within is done for a role."""
    token = _acting.set(role_arn.rsplit("/", 1)[-1])
    try:
        yield
    finally:
        _acting.reset(token)


def acting_role():
    return _acting.get()


def _of_function(given):
    def credentials(config):
        role = config.get("Role", "")
        # A function's role is an ARN wherever CloudFormation made it; a bare name is an old client's.
        if not role.startswith("arn:"):
            return given(config)
        return session(role, config.get("FunctionName", "function")[:64])

    return credentials


def install():
    credentials = _of_function(lambda_runtime.execution_credentials)
    lambda_runtime.execution_credentials = credentials
    # Imported there by its name.
    lambda_svc.execution_credentials = credentials
