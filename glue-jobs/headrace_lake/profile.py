"""What the columns of a batch hold, in numbers: for expectations about batches to come, and for drift."""

import datetime
import json
from typing import Any, Protocol

from .quality import Rows
from .table import Column, CuratedTable

FREQUENT_VALUES = 20
DECILES = [tenth / 10 for tenth in range(11)]


class Profiled(Rows, Protocol):
    """Rows, and how their engine says what a profile asks for."""

    def frequent(self, column: str, most: int) -> list[tuple[Any, int]]:
        """The most frequent values of a column, but for null, with their rows."""

    def quoted(self, name: str) -> str:
        """A column's name in SQL."""

    def quantiles(self, sql: str, at: list[float]) -> str:
        """SQL of a list of quantiles, between values where they fall between two."""

    def milliseconds(self, sql: str) -> str:
        """SQL of a timestamp's milliseconds since the epoch."""


def _text(column: Column, value: Any) -> str | None:
    """A value as the profile keeps it, the same whatever engine found it."""
    if value is None:
        return None
    if column.type == "timestamptz":
        return datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc).isoformat(timespec="milliseconds")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _profile(rows: Profiled, column: Column, *, personal: bool) -> dict[str, Any]:
    name = rows.quoted(column.name)
    is_number = column.type in ("long", "double")
    value = rows.milliseconds(name) if column.type == "timestamptz" else name
    count, nulls, distinct, *of_values = rows.over_all(
        "count(*)", f"count(*) - count({name})", f"approx_count_distinct({name})", *(() if personal else (f"min({value})", f"max({value})")),
        *((f"avg({name})", f"stddev_samp({name})", rows.quantiles(name, DECILES)) if is_number and not personal else ()))
    profile: dict[str, Any] = {"field": column.name, "type": column.type, "rows": count, "nulls": nulls, "distinct_values": distinct}
    if personal:
        return profile
    profile["minimum"], profile["maximum"] = (_text(column, each) for each in of_values[:2])
    if is_number:
        mean, deviation, deciles = of_values[2:]
        profile |= {"mean": mean, "standard_deviation": deviation, "deciles": None if deciles is None else json.dumps(list(deciles))}
    if column.type in ("string", "boolean"):
        profile["frequent"] = json.dumps([list(each) for each in rows.frequent(column.name, FREQUENT_VALUES)], ensure_ascii=False)
    return profile


def profiles(rows: Profiled, table: CuratedTable) -> list[dict[str, Any]]:
    """A profile of each field of a batch's rows; of a personal one no value is in it."""
    return [_profile(rows, column, personal=column.name in table.personal) for column in table.fields]
