"""Sends messages, a JSON list of keys and values on stdin, to a topic with Confluent's client.

    python confluent_producer.py BOOTSTRAP_SERVERS TOPIC
"""

import json
import sys

from confluent_kafka import Producer


def told(fault, _message):
    if fault is not None:
        sys.exit(str(fault))


producer = Producer({"bootstrap.servers": sys.argv[1], "compression.type": "lz4", "enable.idempotence": True})
for message in json.load(sys.stdin):
    producer.produce(sys.argv[2], key=message["key"], value=message["value"], on_delivery=told)
if producer.flush(30) > 0:
    sys.exit("not all messages were taken")
