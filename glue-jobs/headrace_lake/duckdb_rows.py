"""A batch's rows in DuckDB, as the quality gate and the profile ask for them."""

from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from .raw import quoted


class DuckDBRows:
    """Implements quality.Rows and profile.Profiled over the table `batch_rows` of a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, values_of: Callable[[str, str], pa.Table | None]) -> None:
        """:param values_of: values of a dataset's column, as a table with the one column `value`; None where the dataset has no rows yet"""
        self._connection = connection
        self._values_of = values_of

    def refer(self, dataset: str, column: str) -> bool:
        values = self._values_of(dataset, column)
        if values is not None:
            self._connection.register("referred", values)
        return values is not None

    def failing(self, measure: dict[str, Any]) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM (SELECT {measure['failing']} AS fails FROM batch_rows) WHERE fails").fetchall()[0][0])

    def sample(self, measure: dict[str, Any], columns: tuple[str, ...], most: int) -> list[dict[str, Any]]:
        shown = ", ".join(map(quoted, ("_position", *columns)))
        return self._connection.execute(f"SELECT {shown} FROM (SELECT *, {measure['failing']} AS fails FROM batch_rows) WHERE fails ORDER BY _position LIMIT {most}").to_arrow_table().to_pylist()

    def over_all(self, *sql: str) -> tuple[Any, ...]:
        return self._connection.execute(f"SELECT {', '.join(sql)} FROM batch_rows").fetchall()[0]

    def frequent(self, column: str, most: int) -> list[tuple[Any, int]]:
        name = quoted(column)
        return self._connection.execute(f"SELECT {name}, count(*) FROM batch_rows WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}").fetchall()

    def quoted(self, name: str) -> str:
        return quoted(name)

    def quantiles(self, sql: str, at: list[float]) -> str:
        return f"quantile_cont(CAST({sql} AS DOUBLE), {at})"

    def milliseconds(self, sql: str) -> str:
        return f"epoch_ms({sql})"
