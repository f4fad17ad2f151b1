"""Offsets of a consumer group: how far the stream has come, said where the validator's mapping says it.

Spark goes by its checkpoint. The group is for everybody else: a start after a mapping, which goes on where that has ended, a
mapping that takes the topic over again, and whoever asks how far raw is complete.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

from .stream_settings import Settings, client_options, held_back, starting_offsets

TIMEOUT_MILLISECONDS = "20000"


@contextmanager
def _admin(spark: SparkSession, settings: Settings) -> Iterator[Any]:
    properties = spark._jvm.java.util.Properties()
    for name, value in {**client_options(settings.brokers), "default.api.timeout.ms": TIMEOUT_MILLISECONDS, "request.timeout.ms": TIMEOUT_MILLISECONDS}.items():
        properties.setProperty(name, value)
    admin = spark._jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
    try:
        yield admin
    finally:
        admin.close()


def _place(spark: SparkSession, settings: Settings, partition: int) -> Any:
    return spark._jvm.org.apache.kafka.common.TopicPartition(settings.topic, partition)


def _committed(admin: Any, settings: Settings) -> dict[int, int]:
    found = admin.listConsumerGroupOffsets(settings.consumer_group).partitionsToOffsetAndMetadata().get()
    return {place.partition(): found.get(place).offset() for place in found.keySet() if place.topic() == settings.topic and found.get(place) is not None}


def _offsets(spark: SparkSession, admin: Any, settings: Settings, which: str, isolation: str = "READ_UNCOMMITTED") -> dict[int, int]:
    jvm = spark._jvm
    described = admin.describeTopics(jvm.java.util.Collections.singletonList(settings.topic)).allTopicNames().get().get(settings.topic)
    asked = jvm.java.util.HashMap()
    for partition in range(described.partitions().size()):
        asked.put(_place(spark, settings, partition), getattr(jvm.org.apache.kafka.clients.admin.OffsetSpec, which)())
    options = jvm.org.apache.kafka.clients.admin.ListOffsetsOptions(jvm.org.apache.kafka.common.IsolationLevel.valueOf(isolation))
    found = admin.listOffsets(asked, options).all().get()
    return {place.partition(): found.get(place).offset() for place in found.keySet()}


def read_starting_offsets(spark: SparkSession, settings: Settings) -> str:
    with _admin(spark, settings) as admin:
        return starting_offsets(settings.topic, _offsets(spark, admin, settings, "earliest"), _committed(admin, settings))


def read_held_back(spark: SparkSession, settings: Settings) -> list[int]:
    """Partitions in which the consumer group stands behind records of which it is not yet said whether they stay."""
    with _admin(spark, settings) as admin:
        return held_back(_committed(admin, settings), _offsets(spark, admin, settings, "latest", "READ_COMMITTED"), _offsets(spark, admin, settings, "latest"))


def group_offsets(spark: SparkSession, settings: Settings) -> dict[int, int]:
    """Where the group stands, of the partitions of which it knows."""
    with _admin(spark, settings) as admin:
        return _committed(admin, settings)


def commit(spark: SparkSession, settings: Settings, offsets: dict[int, int]) -> None:
    """Commits the offsets before which everything is in the lake."""
    jvm = spark._jvm
    given = jvm.java.util.HashMap()
    for partition, offset in offsets.items():
        given.put(_place(spark, settings, partition), jvm.org.apache.kafka.clients.consumer.OffsetAndMetadata(offset))
    with _admin(spark, settings) as admin:
        admin.alterConsumerGroupOffsets(settings.consumer_group, given).all().get()
