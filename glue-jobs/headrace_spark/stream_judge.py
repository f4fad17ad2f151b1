"""The program that judges, in a process beside this one.

Judging is TypeScript's, as everywhere in the platform: a second implementation would differ in what it says of a record, or in
whether it takes it. lib/runtime/contract-judge/ has the other end, and what is said between the two.
"""

import json
import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import boto3

from .stream_records import Record
from .stream_settings import Settings

PROGRAM = "judge.cjs"
# Beside the program where the machine has no Node of its own.
NODE = "node"

# A worker of Spark's lives for many tasks, and so do these.
_running: dict[str, tuple[subprocess.Popen, Any]] = {}
_sessions: dict[str, boto3.Session] = {}


def credentials(region: str) -> dict[str, str]:
    """The keys of whoever runs this, as the environment of a process has them; boto3 replaces them in time."""
    session = _sessions.setdefault(region, boto3.Session(region_name=region))
    found = session.get_credentials()
    if found is None:
        raise RuntimeError("no keys of AWS were found; the role of the job has some")
    keys = found.get_frozen_credentials()
    given = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key, "AWS_SESSION_TOKEN": keys.token}
    return {name: value for name, value in given.items() if value}


def environment(settings: Settings) -> dict[str, str]:
    """What the program reads from its environment: what the validator's function does."""
    given = {
        "HEADRACE_ENVIRONMENT": settings.environment, "POWERTOOLS_SERVICE_NAME": "ingest-stream", "AWS_REGION": settings.region, "TZ": "UTC",
        "RAW_BUCKET": settings.raw_bucket, "QUARANTINE_BUCKET": settings.quarantine_bucket,
        "ACTIVATIONS_PATH": settings.activations_path, "ACTIVATION_SECONDS": settings.activation_seconds, "TOMBSTONES_PATH": settings.tombstones_path,
        "REGISTRY_NAME": settings.registry_name, "REGISTRY_URL": settings.registry_url, "REGISTRY_SECRET": settings.registry_secret, "SUBJECT_PREFIX": settings.subject_prefix,
        "ACCEPTED_TOPIC": settings.accepted_topic, "KAFKA_BROKERS": settings.brokers,
    }
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("AWS_ENDPOINT_URL")}
    return {**kept, **{name: value for name, value in given.items() if value is not None}}


def _length(part: bytes | None) -> int:
    return -1 if part is None else len(part)


def question(settings: Settings, batch: list[Record], keys: dict[str, str]) -> bytes:
    """A batch of one partition as the program reads it."""
    described = [(record.offset, record.timestamp, record.timestamp_type, _length(record.key), _length(record.value), [(name, _length(value)) for name, value in record.headers]) for record in batch]
    description = json.dumps({"cluster": settings.cluster, "topic": settings.topic, "partition": batch[0].partition, "records": described, "credentials": keys}).encode()
    parts = [struct.pack(">I", len(description)), description]
    for record in batch:
        parts += [record.key or b"", record.value or b"", *(value or b"" for _name, value in record.headers)]
    body = b"".join(parts)
    return struct.pack(">I", len(body)) + body


def _start(directory: Path, settings: Settings) -> tuple[subprocess.Popen, Any]:
    own = directory / NODE
    if own.exists():
        # An archive does not keep what may be run.
        own.chmod(0o755)
    answers, answering = os.pipe()
    try:
        # Its standard output is the worker's error output: what libraries print is no answer.
        process = subprocess.Popen([str(own) if own.exists() else NODE, str(directory / PROGRAM)], stdin=subprocess.PIPE, stdout=2, pass_fds=(answering,), env={**environment(settings), "ANSWERS": str(answering)})
    finally:
        os.close(answering)
    return process, os.fdopen(answers, "rb")


def _read(stream: Any, count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError("the program that judges has ended")
    return found


def judged(directory: Path, settings: Settings, batch: list[Record]) -> dict[str, Any]:
    """Has a batch judged and kept; gives what the program answers.

    :raises EOFError, OSError: when the program has ended; the next call starts another
    """
    process, answers = _running.get(settings.version) or _start(directory, settings)
    _running[settings.version] = (process, answers)
    try:
        process.stdin.write(question(settings, batch, credentials(settings.region)))
        process.stdin.flush()
        (length,) = struct.unpack(">I", _read(answers, 4))
        return json.loads(_read(answers, length))
    except BaseException:
        # What it would answer later belongs to a question that nobody waits for any more.
        del _running[settings.version]
        process.kill()
        process.wait()
        answers.close()
        raise
