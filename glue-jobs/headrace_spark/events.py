"""Merges raw objects of an event type into its curated table, as headrace_lake.commit does."""

import datetime
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sql

from headrace_lake.table import PARTITION_COLUMN, CuratedTable, table_of

from .raw import read_raw
from .survivors import IDENTITY, ORDER, count_copies, first_copies
from .tables import Handle, identifier, look_up, starting_over

# Copies of an event are looked for so many days around its own; maintenance looks through all days.
HORIZON_DAYS = 3
DAY = datetime.timedelta(days=1)


def _days_of(rows: DataFrame, column: str = PARTITION_COLUMN) -> set[datetime.date]:
    return {row.day for row in rows.select(sql.to_date(column).alias("day")).distinct().collect()}


def _on_days(days: set[datetime.date]) -> Column:
    """Rows of those days, UTC: whole partitions, which Iceberg replaces without reading them."""
    condition = sql.lit(False)
    start = end = None
    for day in [*sorted(days), datetime.date.max]:
        if end is not None and day == end:
            end = day + DAY
            continue
        if start is not None and end is not None:
            within = (sql.col(PARTITION_COLUMN) >= sql.lit(f"{start} 00:00:00").cast("timestamp")) & (sql.col(PARTITION_COLUMN) < sql.lit(f"{end} 00:00:00").cast("timestamp"))
            condition = within if start == min(days) else condition | within
        if day < datetime.date.max:
            start, end = day, day + DAY
    return condition


def _merge_once(handle: Handle, table: CuratedTable, arrived: DataFrame, first: DataFrame, summary: dict[str, str]) -> dict[str, int]:
    around = {day + datetime.timedelta(days=offset) for day in _days_of(first) for offset in range(-HORIZON_DAYS, HORIZON_DAYS + 1)}
    identity = list(IDENTITY)
    there = handle.rows().where(_on_days(around)).join(first.select(*identity), identity, "left_semi").persist()
    copies = count_copies(arrived, there, table)
    old = there.select(*identity, sql.struct(*ORDER).alias("old_order"), sql.to_date(PARTITION_COLUMN).alias("old_day"))
    # Several copies may stand on days that are near each other: a new one wins when it comes before the first of them.
    oldest = old.groupBy(*identity).agg(sql.min("old_order").alias("old_order"))
    winners = first.join(oldest, identity, "left").where(sql.col("old_order").isNull() | (sql.struct(*ORDER) < sql.col("old_order"))).drop("old_order").persist()
    days = _days_of(winners) | {row.old_day for row in old.join(winners.select(*identity), identity, "left_semi").select("old_day").distinct().collect()}
    added = winners.count()
    if days:
        kept = handle.rows().where(_on_days(days)).join(winners.select(*identity), identity, "left_anti")
        columns = [f"`{column}`" for column in handle.rows().columns]
        handle.overwrite(kept.select(*columns).union(winners.select(*columns)), _on_days(days), summary)
    for frame in (there, winners):
        frame.unpersist()
    return {"added": added, "duplicates": copies.duplicates, "conflicts": copies.conflicts, "days": len(days)}


def merge_events(spark: SparkSession, request: dict[str, Any]) -> dict[str, Any]:
    """Merges objects of raw into the table of their event type: afterwards it holds the first copy of each identity.

    Safe to run twice, to break off anywhere and run again, and beside others that merge: days are overwritten whole, and a
    commit whose days have changed since its handle was looked up starts over.

    :param request: `table` as tables.json has it, `database`, `objects` (URIs by folder of their version), `summary`
    :return: rows read and added, duplicates, conflicts, days written, restarts
    """
    table = table_of(request["table"])
    name = identifier(request["database"], table.name)
    arrived = read_raw(spark, table, request["objects"]).persist()
    first = first_copies(arrived).persist()
    rows = arrived.count()

    def once(attempt: int) -> dict[str, int]:
        return {"rows": rows, **_merge_once(look_up(spark, name), table, arrived, first, request["summary"]), "restarts": attempt}

    return starting_over(once)
