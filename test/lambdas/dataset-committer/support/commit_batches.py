"""Runs the function as Lambda does: an event on each line in, its answer on a line out."""

import json
import sys
from types import SimpleNamespace

import handler

context = SimpleNamespace(memory_limit_in_mb="1500", aws_request_id="test", function_name="dataset-committer", invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:dataset-committer")
print("ready", flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(handler.handler(json.loads(line), context)), flush=True)
    except Exception as fault:
        print(json.dumps({"fault": f"{type(fault).__name__}: {fault}"}), flush=True)
