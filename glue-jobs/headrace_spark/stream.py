"""Validates the events of a topic by Spark Structured Streaming: raw and quarantine get the objects that the validator's function writes.

Each record stands in exactly one object. Spark writes down the offsets of an epoch before it begins, and that it is done
after. One that was broken off is done again with the same offsets, cut into the same batches, which make objects of the same
names; those that are there stay as they are. Deploys do not come in between: an epoch is not begun by a version that is not
wanted any more.
"""

import datetime
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
from pyspark import SparkFiles, StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from . import stream_metrics, stream_offsets
from .stream_checkpoint import current_checkpoint
from .stream_judge import judged
from .stream_records import COLUMNS, Record, batches
from .stream_settings import Settings, client_options

ARCHIVE = "contract-judge"
LOOK_SECONDS = 2
VERSION_SECONDS = 10


class StreamFault(Exception):
    """What ends a stream, in words that hold no event."""


def say(what: str, **more: Any) -> None:
    print(json.dumps({"message": what, **more}), flush=True)


def _fault(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _bytes(part: Any) -> bytes | None:
    return None if part is None else bytes(part)


def _record(row: tuple[Any, ...]) -> Record:
    # Spark has no list of headers where a record has none.
    return Record(row[0], row[1], row[2], row[3], _bytes(row[4]), _bytes(row[5]), tuple((name, _bytes(value)) for name, value in row[6] or ()))


def keep_partition(settings: Settings, rows: Iterable[tuple[Any, ...]], directory: Path | None = None) -> Iterator[dict[str, Any]]:
    """Keeps the records of one partition, in their order; gives what became of each batch, and ends with the first that is not kept."""
    place = directory or Path(SparkFiles.get(ARCHIVE))
    for batch in batches(map(_record, rows)):
        try:
            answer = judged(place, settings, batch)
        except (EOFError, OSError) as error:
            answer = {"kept": False, "faults": [_fault(error)]}
        yield answer
        if not answer["kept"]:
            return


def keep_epoch(frame: DataFrame, settings: Settings) -> list[Any]:
    """Keeps all records of an epoch; a task has one partition of the topic, in the order of its offsets.

    :return: what is counted of each batch
    :raises StreamFault: when something is not kept; what was written is found there when it is done again
    """
    # Read by the task itself, and not by the thread that feeds its Python: a consumer of Kafka's may hang there when it is interrupted (KAFKA-1894).
    records = frame.selectExpr(*COLUMNS).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        answers = records.rdd.mapPartitions(lambda rows: keep_partition(settings, rows)).collect()
    finally:
        records.unpersist()
    faults = sorted({fault for answer in answers if not answer["kept"] for fault in answer["faults"]})
    if faults:
        raise StreamFault("; ".join(faults[:5]))
    return [report for answer in answers for report in answer["metrics"]]


def _count(metrics: Any, settings: Settings, epoch: int, reports: list[Any]) -> None:
    totals = stream_metrics.added_up(reports)
    say("epoch kept", epoch=epoch, accepted=totals.get(("Accepted", ()), 0), rejected=totals.get(("Rejected", ()), 0))
    try:
        stream_metrics.put(metrics, settings.environment, totals, datetime.datetime.now(datetime.timezone.utc))
    except Exception as error:
        # The events are in the lake: that nobody counted them is no reason to do it again.
        say("the metrics of an epoch could not be given to CloudWatch", epoch=epoch, fault=_fault(error))


def _start(spark: SparkSession, settings: Settings, keep: Callable[[DataFrame, int], None]) -> StreamingQuery:
    checkpoint = current_checkpoint(spark, settings)
    source = {f"kafka.{name}": value for name, value in client_options(settings.brokers).items()}
    frame = (
        spark.readStream.format("kafka").options(**source)
        .option("subscribe", settings.topic)
        # What a producer took back is no event. An epoch ends where every transaction has ended, and so holds the same records whenever it is done.
        .option("kafka.isolation.level", "read_committed")
        .option("groupIdPrefix", f"{settings.consumer_group}-spark")
        # Of a stream that has a checkpoint this is not looked at.
        .option("startingOffsets", stream_offsets.read_starting_offsets(spark, settings))
        .option("maxOffsetsPerTrigger", settings.records_at_once)
        .option("failOnDataLoss", "true")
        .option("includeHeaders", "true")
        .load()
    )
    # The checkpoint rests on this: S3 shows an object whole or not at all, and at once to everybody, and Glue runs this job once at
    # a time. Spark writes a file aside and renames it, which on S3 is a copy and a deletion: cut in between, what was to be there is not.
    return frame.writeStream.foreachBatch(keep).option("checkpointLocation", checkpoint).trigger(processingTime=f"{settings.trigger_seconds} seconds").start()


def _offsets(query: StreamingQuery, topic: str) -> dict[int, int]:
    progress = query.lastProgress
    end = ((progress or {}).get("sources") or [{}])[0].get("endOffset")
    found = json.loads(end) if isinstance(end, str) else end
    return {int(partition): int(offset) for partition, offset in ((found or {}).get(topic) or {}).items()}


def _commit(spark: SparkSession, settings: Settings, before: dict[int, int], now: dict[int, int]) -> dict[int, int]:
    if not now or now == before:
        return before
    try:
        stream_offsets.commit(spark, settings, now)
    except Exception as error:
        say("the offsets of the consumer group could not be committed", fault=type(error).__name__)
        return before
    return now


def _is_wanted(ssm: Any, settings: Settings) -> bool:
    try:
        return ssm.get_parameter(Name=settings.version_parameter)["Parameter"]["Value"] == settings.version
    except ssm.exceptions.ParameterNotFound:
        # The environment has no such job any more: a run outlives the deletion of its job.
        return False
    except Exception as error:
        say("which version is wanted could not be read", fault=_fault(error))
        return True


def _watch(spark: SparkSession, query: StreamingQuery, settings: Settings, ending: threading.Event) -> None:
    ssm = boto3.client("ssm", region_name=settings.region)
    committed: dict[int, int] = {}
    looked = 0
    while not query.awaitTermination(LOOK_SECONDS):
        committed = _commit(spark, settings, committed, _offsets(query, settings.topic))
        looked += LOOK_SECONDS
        if looked >= VERSION_SECONDS and not ending.is_set():
            looked = 0
            if not _is_wanted(ssm, settings):
                ending.set()
                say("another version is wanted; no further epoch is begun", version=settings.version)
        if ending.is_set() and not query.status["isTriggerActive"]:
            _commit(spark, settings, committed, _offsets(query, settings.topic))
            query.stop()
            return


def run(spark: SparkSession, settings: Settings) -> None:
    """Runs until another version is wanted.

    :raises StreamFault: when an epoch could not be kept; the run after it does it again
    """
    spark.sparkContext.addArchive(f"{settings.judge}#{ARCHIVE}")
    metrics = boto3.client("cloudwatch", region_name=settings.region)
    ending = threading.Event()
    faults: list[str] = []

    def keep(frame: DataFrame, epoch: int) -> None:
        if ending.is_set():
            raise StreamFault("another version is wanted")
        try:
            _count(metrics, settings, epoch, keep_epoch(frame, settings))
        except StreamFault as fault:
            faults.append(str(fault))
            raise

    held_back = stream_offsets.read_held_back(spark, settings)
    if held_back:
        # Spark would write down an epoch that ends before it begins, and take it for loss from then on.
        raise StreamFault(f"whoever read the topic before has taken records of transactions that are open still, in the partitions {held_back}; the next run looks again, and the broker ends them within minutes")
    query = _start(spark, settings, keep)
    say("stream begun", version=settings.version, topic=settings.topic)
    try:
        _watch(spark, query, settings, ending)
    except Exception as fault:
        if ending.is_set() and not faults:
            return
        if faults:
            raise StreamFault(faults[-1]) from None
        if "failOnDataLoss" in str(fault):
            raise StreamFault("records that were not read yet are not in the topic any more: it was made anew, or the stream was down for longer than the topic keeps records; docs/runbook.md#ingest-validator-behind says what to do") from None
        raise
