"""A prediction handler as one writes it with boto3 and ONNX Runtime. Usage: predict.py SETTINGS REQUESTS

It answers the same requests with the same model as our prediction API: checks the request, reads the items of both airports
in one BatchGetItem, runs the model, puts the prediction on the stream and answers. Its items hold precomputed features, a
number each, so that it has no windows to work out; it would need something that keeps them fresh.
"""

import json
import os
import re
import sys
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

import boto3
import numpy
import onnxruntime

from side import serve

settings = json.loads(Path(sys.argv[1]).read_text())
requests = json.loads(Path(sys.argv[2]).read_text())

TABLE, STREAM = os.environ["STATE_TABLE"], os.environ["STREAM_NAME"]
INPUTS = settings["inputs"]
# Slot and view of each item that an instance needs.
READS = settings["reads"]
SLOTS = list(dict.fromkeys(slot for slot, _ in READS))
LIMITS = settings["limits"]
MODEL, MODEL_VERSION = settings["model"], settings["modelVersion"]
IATA = re.compile("^[A-Z0-9]{3}$")

dynamodb = boto3.client("dynamodb")
kinesis = boto3.client("kinesis")
options = onnxruntime.SessionOptions()
# One thread, as ours: a Lambda has one or two cores.
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(settings["onnx"], options, providers=["CPUExecutionProvider"])


class Invalid(Exception):
    """A request that has to be changed."""


def iso(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check(body):
    """The instances and the moment of a request."""
    instances = body.get("instances")
    if not isinstance(instances, list) or not 1 <= len(instances) <= 100:
        raise Invalid("instances must be a list of 1 to 100")
    for instance in instances:
        for slot in SLOTS:
            iata = instance["entities"][slot]["iata"]
            if not isinstance(iata, str) or not IATA.match(iata):
                raise Invalid(f"{slot} must be an IATA code")
        for name, (low, high) in LIMITS.items():
            value = instance["request"][name]
            if not isinstance(value, int) or not low <= value <= high:
                raise Invalid(f"{name} must be a whole number from {low} to {high}")
    return instances, datetime.fromisoformat(body["at"])


def read_items(instances):
    """The items of all instances by key, each read once."""
    keys = {(f"airport|{instance['entities'][slot]['iata']}", view) for instance in instances for slot, view in READS}
    wanted = [{"entity": {"S": entity}, "view": {"S": view}} for entity, view in keys]
    found = {}
    while wanted:
        answer = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": wanted}})
        for item in answer["Responses"][TABLE]:
            found[item["entity"]["S"], item["view"]["S"]] = item
        wanted = answer["UnprocessedKeys"].get(TABLE, {}).get("Keys", [])
    return found


def values_of(instance, items):
    """The inputs of one instance, None where absent."""
    values = []
    for source, name in INPUTS:
        if source == "request":
            values.append(instance["request"][name])
        else:
            cell = items[source].get(name) if items[source] else None
            values.append(float(cell["N"]) if cell else None)
    return values


def predict(body):
    instances, at = check(body)
    found = read_items(instances)
    items = [[found.get((f"airport|{instance['entities'][slot]['iata']}", view)) for slot, view in READS] for instance in instances]
    values = [values_of(instance, own) for instance, own in zip(instances, items)]
    tensor = numpy.array([[numpy.nan if value is None else value for value in row] for row in values], dtype=numpy.float32)
    probabilities = session.run(["probability"], {"inputs": tensor})[0].tolist()
    now = iso(datetime.now(timezone.utc))
    names = settings["names"]
    predictions, records = [], []
    for instance, own, row, probability in zip(instances, items, values, probabilities):
        identity = str(uuid.uuid4())
        newest = {}
        for (slot, _), item in zip(READS, own):
            newest[slot] = max(filter(None, (newest.get(slot), item and item["newest"]["S"])), default=None)
        predictions.append({
            "predictionId": identity, "prediction": probability, "moment": iso(at), "missing": [name for name, value in zip(names, row) if value is None],
            "views": {f"{slot}.{view}": {"status": "present" if item else "missing", "newestEventTime": item and item["newest"]["S"]} for (slot, view), item in zip(READS, own)},
        })
        data = {"predictionId": identity, "modelVersion": MODEL_VERSION, "moment": iso(at), "prediction": probability}
        data.update({f"{slot}__iata": instance["entities"][slot]["iata"] for slot in SLOTS})
        data.update({f"newest_{slot}": time_ for slot, time_ in newest.items() if time_})
        data.update({name: value for name, value in zip(names, row) if value is not None})
        event = {"specversion": "1.0", "id": identity, "source": "bench", "type": f"prediction.{MODEL}", "time": now, "datacontenttype": "application/json", "data": data}
        records.append({"Data": json.dumps(event).encode(), "PartitionKey": identity})
    answer = kinesis.put_records(StreamName=STREAM, Records=records)
    # A line of metrics in CloudWatch's embedded format, as ours.
    print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{"Namespace": "Bench", "Dimensions": [["environment"]], "Metrics": [{"Name": "Predictions"}, {"Name": "PredictionEventsLost"}]}]},
                      "environment": "bench", "Predictions": len(predictions), "PredictionEventsLost": answer["FailedRecordCount"]}), flush=True)
    return {"model": MODEL, "version": 1, "modelVersion": MODEL_VERSION, "predictions": predictions}


def handler(event, _context):
    try:
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(predict(json.loads(event["body"])))}
    except (Invalid, KeyError, ValueError, TypeError) as error:
        return {"statusCode": 400, "headers": {"content-type": "application/problem+json"}, "body": json.dumps({"title": "Bad request", "detail": str(error)})}


def measure(command):
    """Answers requests one after another: the milliseconds of each, and its prediction. With `every` one is due each so many milliseconds, and its time counts from then."""
    milliseconds, predictions = [], []
    every, first = command.get("every"), time.perf_counter()
    for index in range(command["from"], command["from"] + command["count"]):
        request = requests[index % len(requests)]
        began = time.perf_counter()
        if every is not None:
            due = first + (index - command["from"]) * every / 1000
            time.sleep(max(0, due - began))
            began = due
        answer = handler(request, None)
        milliseconds.append((time.perf_counter() - began) * 1000)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"request {index} was answered with {answer['statusCode']}: {answer['body']}")
        predictions.append(json.loads(answer["body"])["predictions"][0]["prediction"])
    return {"milliseconds": milliseconds, "predictions": predictions}


serve(measure)
