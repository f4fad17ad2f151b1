"""What the columns of a batch hold, in numbers: for expectations about batches to come, and for drift."""

import json
from typing import Any

import duckdb

from .raw import quoted
from .table import Column, CuratedTable

FREQUENT_VALUES = 20
DECILES = [tenth / 10 for tenth in range(11)]


def _profile(connection: duckdb.DuckDBPyConnection, column: Column, *, personal: bool) -> dict[str, Any]:
    name = quoted(column.name)
    rows, values, distinct = connection.execute(f"SELECT count(*), count({name}), approx_count_distinct({name}) FROM batch_rows").fetchall()[0]
    profile: dict[str, Any] = {"field": column.name, "type": column.type, "rows": rows, "nulls": rows - values, "distinct_values": distinct}
    if personal:
        return profile
    profile["minimum"], profile["maximum"] = connection.execute(f"SELECT CAST(min({name}) AS VARCHAR), CAST(max({name}) AS VARCHAR) FROM batch_rows").fetchall()[0]
    if column.type in ("long", "double"):
        mean, deviation, deciles = connection.execute(f"SELECT avg({name}), stddev_samp({name}), quantile_cont(CAST({name} AS DOUBLE), {DECILES}) FROM batch_rows").fetchall()[0]
        profile |= {"mean": mean, "standard_deviation": deviation, "deciles": None if deciles is None else json.dumps(deciles)}
    if column.type in ("string", "boolean"):
        frequent = connection.execute(f"SELECT {name}, count(*) FROM batch_rows WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {FREQUENT_VALUES}").fetchall()
        profile["frequent"] = json.dumps(frequent, ensure_ascii=False)
    return profile


def profiles(connection: duckdb.DuckDBPyConnection, table: CuratedTable) -> list[dict[str, Any]]:
    """A profile of each field of the rows in the table `batch_rows`; of a personal one no value is in it."""
    return [_profile(connection, column, personal=column.name in table.personal) for column in table.fields]
