"""Judges events as a Python consumer of a stream does: base64, JSON, JSON Schema. Usage: validate.py jsonschema|jsonschema-rs EVENTS SCHEMA"""

import json
import sys
import time
from base64 import b64decode
from pathlib import Path

from side import serve

engine, events, schema = sys.argv[1:]
payloads = Path(events).read_text().splitlines()
schema = json.loads(Path(schema).read_text())

if engine == "jsonschema":
    import jsonschema

    Validator = jsonschema.Draft7Validator
    Validator.check_schema(schema)
    loads, is_valid = json.loads, Validator(schema, format_checker=Validator.FORMAT_CHECKER).is_valid
else:
    import jsonschema_rs
    import orjson

    loads, is_valid = orjson.loads, jsonschema_rs.Draft7Validator(schema, validate_formats=True).is_valid


def accepted():
    """How many of all events are valid."""
    return sum(1 for payload in payloads if is_valid(loads(b64decode(payload))))


def measure(command):
    """Judges all events over and over for about as long as is asked: events a second."""
    began = time.perf_counter()
    judged = valid = 0
    while (elapsed := time.perf_counter() - began) < command["seconds"]:
        valid += accepted()
        judged += len(payloads)
    return {"rate": judged / elapsed, "accepted": valid / judged}


serve(measure)
