"""Writes and reads frames with Python's clients: aws-glue-schema-registry, fastavro, aws-kinesis-agg. One JSON object in, one out."""

import base64
import io
import json
import sys
from datetime import datetime, timezone

import boto3
import fastavro
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records
from aws_schema_registry import SchemaRegistryClient
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.codec import decode, encode
from aws_schema_registry.jsonschema import JsonSchema

MOMENTS = ("time", "recordedtime")
given = json.load(sys.stdin)
client = SchemaRegistryClient(boto3.client("glue", endpoint_url=given["endpoint"], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"), registry_name=given["registry"])
schemas = {"AVRO": AvroSchema(given["schemas"]["AVRO"]["definition"]), "JSON": JsonSchema(given["schemas"]["JSON"]["definition"])}


def to_avro(event):
    return {name: datetime.fromisoformat(value.replace("Z", "+00:00")) if name in MOMENTS and value else value for name, value in event.items()}


def from_avro(event):
    return {name: value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z") if isinstance(value, datetime) else value for name, value in event.items()}


vectors = []
for form, schema in schemas.items():
    version = client.get_or_register_schema_version(schema_name=given["schemas"][form]["name"], definition=str(schema), data_format=form, compatibility_mode="BACKWARD")
    for index, event in enumerate(given["events"]):
        payload = schema.write(to_avro(event) if form == "AVRO" else event)
        for compression in ("none", "zlib"):
            frame = encode(payload, version.version_id, compression == "zlib")
            vectors.append({"client": "aws-glue-schema-registry 1.1.3 (Python)", "format": form, "compression": compression, "event": index, "frame": base64.b64encode(frame).decode()})

parsed = fastavro.parse_schema(json.loads(given["schemas"]["AVRO"]["definition"]))
payloads = []
for index, event in enumerate(given["events"]):
    written = io.BytesIO()
    fastavro.schemaless_writer(written, parsed, to_avro(event))
    payloads.append({"client": f"fastavro {fastavro.__version__}", "event": index, "payload": base64.b64encode(written.getvalue()).decode()})

decoded = []
for ours in given["frames"]:
    data, version_id = decode(base64.b64decode(ours["frame"]))
    schema = schemas[ours["format"]]
    value = schema.read(data)
    decoded.append(from_avro(value) if ours["format"] == "AVRO" else value)

aggregator = RecordAggregator()
for index, event in enumerate(given["events"]):
    aggregator.add_user_record(f"key-{index % 2}", json.dumps(event).encode())
_, _, aggregate = aggregator.clear_and_get().get_contents()
unpacked = deaggregate_records([{"eventVersion": "1.0", "eventID": "s:1", "kinesis": {"data": given["aggregate"], "partitionKey": "x", "sequenceNumber": "1", "kinesisSchemaVersion": "1.0", "approximateArrivalTimestamp": 1.0}}])

json.dump({
    "vectors": vectors, "payloads": payloads, "decoded": decoded,
    "aggregate": {"client": "aws-kinesis-agg 1.2.3 (Python)", "data": base64.b64encode(aggregate).decode()},
    "unpacked": [[each["kinesis"]["partitionKey"], base64.b64decode(each["kinesis"]["data"]).decode()] for each in unpacked],
}, sys.stdout)
