"""Works out the rows of a training set by statements that the definitions were compiled into (core/training/spark)."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from .statements import ansi, run


def _lines(spark: SparkSession, uris: list[str], schema: str) -> DataFrame:
    if not uris:
        return spark.createDataFrame([], StructType.fromDDL(schema))
    return spark.read.schema(schema).option("mode", "FAILFAST").json(uris)


def make_training_set(spark: SparkSession, request: dict[str, Any]) -> dict[str, Any]:
    """Writes the rows as Parquet, in no order.

    :param request: `lines` (views over raw: name, schema, URIs), `statements` (in order; the last leaves `rows`), `dropped` and
      `lateness` (queries), `rows` (the query of the rows), `target` (URI of a directory)
    :return: candidates that are no rows by reason, how many rows there are, and the lateness in milliseconds
    """
    for lines in request["lines"]:
        _lines(spark, lines["uris"], lines["schema"]).createOrReplaceTempView(lines["view"])
    with ansi(spark):
        run(spark, request["statements"])
        spark.sql(request["rows"]).write.mode("overwrite").option("compression", "zstd").parquet(request["target"])
        return {
            "dropped": {row[0]: row[1] for row in spark.sql(request["dropped"]).collect()},
            "lateness": spark.sql(request["lateness"]).collect()[0][0],
            "rows": spark.read.parquet(request["target"]).count(),
        }
