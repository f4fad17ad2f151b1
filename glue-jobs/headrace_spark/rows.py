"""A batch's rows in Spark, as the quality gate and the profile ask for them."""

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, SparkSession


class SparkRows:
    """Implements headrace_lake.quality.Rows and headrace_lake.profile.Profiled over a frame."""

    def __init__(self, spark: SparkSession, rows: DataFrame, values_of: Callable[[str, str], DataFrame | None]) -> None:
        """:param values_of: values of a dataset's column, as a frame with the one column `value`; None where the dataset has no rows yet"""
        self._spark = spark
        self._rows = rows
        self._values_of = values_of
        rows.createOrReplaceTempView("batch_rows")

    def refer(self, dataset: str, column: str) -> bool:
        values = self._values_of(dataset, column)
        if values is not None:
            values.createOrReplaceTempView("referred")
        return values is not None

    def _failing(self, measure: dict[str, Any]) -> DataFrame:
        if measure.get("referred") is not None:
            # Spark takes a subquery as a condition and nowhere else.
            return self._spark.sql(f"SELECT * FROM batch_rows WHERE {measure['failing']}")
        return self._spark.sql(f"SELECT * FROM (SELECT *, {measure['failing']} AS fails FROM batch_rows) WHERE fails")

    def failing(self, measure: dict[str, Any]) -> int:
        return self._failing(measure).count()

    def sample(self, measure: dict[str, Any], columns: tuple[str, ...], most: int) -> list[dict[str, Any]]:
        shown = ["_position", *map(self.quoted, columns)]
        return [row.asDict() for row in self._failing(measure).orderBy("_position").select(*shown).limit(most).collect()]

    def over_all(self, *sql: str) -> tuple[Any, ...]:
        return tuple(self._spark.sql(f"SELECT {', '.join(sql)} FROM batch_rows").collect()[0])

    def frequent(self, column: str, most: int) -> list[tuple[Any, int]]:
        name = self.quoted(column)
        return [tuple(row) for row in self._spark.sql(f"SELECT {name}, count(*) FROM batch_rows WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}").collect()]

    def quoted(self, name: str) -> str:
        return f"`{name.replace('`', '``')}`"

    def quantiles(self, sql: str, at: list[float]) -> str:
        return f"percentile(CAST({sql} AS DOUBLE), array({', '.join(f'{each}D' for each in at)}))"

    def milliseconds(self, sql: str) -> str:
        return f"unix_millis({sql})"
