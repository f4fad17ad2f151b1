"""Where Spark keeps how far it has come: a place for each time that it took the topic over.

Spark goes by its checkpoint, and not by the consumer group. Where the validator's function has read in between, the group is
ahead of the checkpoint: what is from there on is read with another one, which begins where the group stands.
"""

from typing import Any

from pyspark.sql import SparkSession

from .stream_offsets import group_offsets
from .stream_places import Offsets, is_passed, offsets_of, place_of
from .stream_settings import Settings


def _epochs(files: Any, path: Any) -> list[int]:
    # Spark writes a file aside, under a name with a point before it.
    return [int(name) for status in files.listStatus(path) if (name := status.getPath().getName()).isdigit()] if files.exists(path) else []


def _ends(spark: SparkSession, files: Any, place: str, topic: str) -> Offsets | None:
    """Where the last epoch that is done ends; of a place where none is, the first that was begun; none where none was."""
    path = spark._jvm.org.apache.hadoop.fs.Path
    begun, done = (_epochs(files, path(f"{place}/{kind}")) for kind in ("offsets", "commits"))
    if not begun:
        return None
    # An epoch that is done was begun: its offsets go when its end is forgotten.
    epoch = max(set(done) & set(begun), default=min(begun))
    stream = files.open(path(f"{place}/offsets/{epoch}"))
    try:
        return offsets_of(spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"), topic)
    finally:
        stream.close()


def current_checkpoint(spark: SparkSession, settings: Settings) -> str:
    """The checkpoint to go on with, or the place of a new one.

    :return: its URI
    """
    path = spark._jvm.org.apache.hadoop.fs.Path
    files = path(settings.checkpoint).getFileSystem(spark._jsc.hadoopConfiguration())
    group = group_offsets(spark, settings)
    number = 1
    while files.exists(path(place_of(settings.checkpoint, number + 1))):
        number += 1
    place = place_of(settings.checkpoint, number)
    ends = _ends(spark, files, place, settings.topic)
    if ends is None:
        # A run that ended before its first epoch leaves where that was to begin, which is where the group stood then.
        files.delete(path(place), True)
        return place
    return place_of(settings.checkpoint, number + 1) if is_passed(ends, group) else place
