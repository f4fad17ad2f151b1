"""One row for each identity, as headrace_lake.survivors has it: of several copies the first by (known-at, arrival, position) stays."""

from dataclasses import dataclass

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sql

from headrace_lake.table import CuratedTable

IDENTITY = ("_source", "_id")
ORDER = ("_known_at", "_arrival", "_position")


def first_copies(rows: DataFrame) -> DataFrame:
    """The first copy of each identity."""
    copy = sql.row_number().over(Window.partitionBy(*IDENTITY).orderBy(*ORDER))
    return rows.withColumn("copy", copy).where("copy = 1").drop("copy")


@dataclass(frozen=True)
class Copies:
    """What there is of identities more than once."""

    duplicates: int  # with the same content
    conflicts: int  # with another content


def count_copies(arrived: DataFrame, there: DataFrame, table: CuratedTable) -> Copies:
    """Counts copies among new rows and those that the table has of their identities; the same position is the same record, read once more."""
    content = sql.struct("_time", *(sql.col(f"`{column.name}`") for column in table.fields))
    columns = [*IDENTITY, "_position", content.alias("content")]
    copies = arrived.select(*columns).union(there.select(*columns)).groupBy(*IDENTITY).agg(sql.countDistinct("_position").alias("copies"), sql.countDistinct("content").alias("contents"))
    duplicates, conflicts = copies.agg(sql.coalesce(sql.sum(sql.col("copies") - sql.col("contents")), sql.lit(0)), sql.coalesce(sql.sum(sql.col("contents") - 1), sql.lit(0))).collect()[0]
    return Copies(int(duplicates), int(conflicts))
