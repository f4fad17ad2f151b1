"""Works out the rows of a training set by statements that the definitions were compiled into (core/training/spark)."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from .statements import ansi, run


def _lines(spark: SparkSession, uris: list[str], schema: str) -> DataFrame:
    if not uris:
        return spark.createDataFrame([], StructType.fromDDL(schema))
    return spark.read.schema(schema).option("mode", "FAILFAST").json(uris)


def _write(spark: SparkSession, asked: dict[str, Any]) -> None:
    spark.sql(asked["rows"]).write.mode("overwrite").option("compression", "zstd").parquet(asked["target"])


def _by_event_time(spark: SparkSession, leak: dict[str, Any] | None) -> bool:
    """Works out what rows would be by event time; where every event was known as it happened, that is what they are."""
    if leak is None or spark.sql(leak["lateness"]).collect()[0][0] == 0:
        return False
    run(spark, leak["statements"])
    _write(spark, leak)
    return True


def make_training_set(spark: SparkSession, request: dict[str, Any]) -> dict[str, Any]:
    """Writes the rows as Parquet, in no order, and beside them what some would be by event time alone.

    :param request: `lines` (views over raw: name, schema, URIs), `statements` (in order; the last leaves `rows`), `dropped` and
      `lateness` (queries), `rows` (the query of the rows), `target` (URI of a directory); `leak`: `lateness`, `statements`, `rows`
      and `target` of the same rows by event time, of a model that has features of events
    :return: candidates that are no rows by reason, how many rows there are, the lateness in milliseconds, and whether rows by event time were written
    """
    for lines in request["lines"]:
        _lines(spark, lines["uris"], lines["schema"]).createOrReplaceTempView(lines["view"])
    with ansi(spark):
        run(spark, request["statements"])
        _write(spark, request)
        return {
            "dropped": {row[0]: row[1] for row in spark.sql(request["dropped"]).collect()},
            "lateness": spark.sql(request["lateness"]).collect()[0][0],
            "rows": spark.read.parquet(request["target"]).count(),
            # Last: its statements put views in the place of those before.
            "compared": _by_event_time(spark, request.get("leak")),
        }
