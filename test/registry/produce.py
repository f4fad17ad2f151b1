"""Writes events with the serializers of Confluent's client for Python, against a schema registry. One JSON object in, one out.

With `broker` and `topic` that client also sends them there, by the key that `partition_by` names.
"""

import base64
import json
import sys
from datetime import datetime

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, timestamp_pb2  # noqa: F401 - the pool needs what is imported

MOMENTS = ("time", "recordedtime")

given = json.load(sys.stdin)
client = SchemaRegistryClient({"url": given["url"]})
context = SerializationContext("events", MessageField.VALUE)


def settings(form, register):
    subject = given["subjects"][form]
    return {"auto.register.schemas": register, "subject.name.strategy": lambda _context, _record: subject, "normalize.schemas": False}


def to_avro(event, _context):
    return {name: datetime.fromisoformat(value.replace("Z", "+00:00")) if name in MOMENTS and value else value for name, value in event.items()}


def message_class(descriptor, name):
    pool = descriptor_pool.DescriptorPool()
    pool.Add(descriptor_pb2.FileDescriptorProto.FromString(timestamp_pb2.DESCRIPTOR.serialized_pb))
    pool.Add(descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(descriptor)))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def frames(serializer, events):
    return [base64.b64encode(serializer(event, context)).decode() for event in events]


register = given.get("register", False)
written = {}
for form, text in given["schemas"].items():
    if form == "AVRO":
        written[form] = frames(AvroSerializer(client, text, to_avro, settings(form, register)), given["events"])
    elif form == "JSON":
        written[form] = frames(JSONSerializer(text, client, lambda event, _context: event, settings(form, register)), given["events"])
    else:
        kind = message_class(given["descriptor"], given["message"])
        serializer = ProtobufSerializer(kind, client, {**settings(form, register), "skip.known.types": True})
        written[form] = frames(serializer, [json_format.ParseDict(event, kind()) for event in given["events"]])



def told(fault, _message):
    if fault is not None:
        sys.exit(str(fault))


if "broker" in given:
    producer = Producer({"bootstrap.servers": given["broker"], "enable.idempotence": True})
    for texts in written.values():
        for event, text in zip(given["events"], texts, strict=True):
            producer.produce(given["topic"], key=event["data"][given["partition_by"]], value=base64.b64decode(text), on_delivery=told)
    if producer.flush(30) > 0:
        sys.exit("not all messages were taken")

json.dump(written, sys.stdout)
