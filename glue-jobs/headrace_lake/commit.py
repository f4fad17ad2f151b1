"""Commits rows to a curated table, safely beside others that do the same."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import And, BooleanExpression, GreaterThanOrEqual, LessThan, Or
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .raw import read_raw
from .stream import overwrite, read
from .survivors import IDENTITY, KEPT, added_on, day_of, plan_merge, take_first
from .table import PARTITION_COLUMN, CuratedTable

# Copies of an event are looked for so many days around its own; maintenance looks through all days.
COPY_HORIZON = datetime.timedelta(days=3)
# Rows that one commit writes at most, but for a single day with more.
ROWS_OF_A_COMMIT = 500_000

DAY = datetime.timedelta(days=1)


@dataclass
class Committed:
    """What came of rows that were to be committed."""

    rows: int = 0  # rows read
    added: int = 0  # rows that the table did not have
    duplicates: int = 0
    conflicts: int = 0
    days: int = 0  # days that were written
    commits: int = 0
    restarts: int = 0  # commits that had to start over, as another one had changed the same days


def _ranges(days: list[datetime.date]) -> Iterator[tuple[datetime.date, datetime.date]]:
    """Days as ranges without gaps; the end is exclusive."""
    start = end = None
    for day in sorted(days):
        if end is not None and day == end:
            end = day + DAY
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = day, day + DAY
    if start is not None and end is not None:
        yield start, end


def of_days(days: list[datetime.date]) -> BooleanExpression:
    """Rows of those days, UTC: whole partitions, which Iceberg replaces without reading them."""
    parts = [And(GreaterThanOrEqual(PARTITION_COLUMN, f"{start.isoformat()}T00:00:00+00:00"), LessThan(PARTITION_COLUMN, f"{end.isoformat()}T00:00:00+00:00")) for start, end in _ranges(days)]
    return Or(*parts) if len(parts) > 1 else parts[0]


def _around(days: list[datetime.date], horizon: datetime.timedelta) -> list[datetime.date]:
    return sorted({day + datetime.timedelta(days=offset) for day in days for offset in range(-horizon.days, horizon.days + 1)})


def days_in(connection: duckdb.DuckDBPyConnection, query: str) -> list[datetime.date]:
    return [day for (day,) in connection.execute(query).fetchall()]


DAY_OF_TIME = day_of(PARTITION_COLUMN)


def _find_copies(connection: duckdb.DuckDBPyConnection, iceberg: Table, around: list[datetime.date]) -> None:
    """Leaves the rows of the table that have an identity of `arrived_first` in the table `there`."""
    using = ", ".join(IDENTITY)
    empty = schema_to_pyarrow(iceberg.schema(), include_field_ids=False).empty_table()
    matched: list[datetime.date] = []
    if iceberg.current_snapshot() is not None:
        connection.register("keys", read(iceberg, of_days(around), (*IDENTITY, PARTITION_COLUMN)))
        matched = days_in(connection, f"SELECT DISTINCT {DAY_OF_TIME} FROM keys SEMI JOIN arrived_first USING ({using})")
    connection.register("candidates", read(iceberg, of_days(matched)) if matched else empty)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE there AS SELECT * FROM candidates SEMI JOIN arrived_first USING ({using})")


def _groups(connection: duckdb.DuckDBPyConnection, days: tuple[datetime.date, ...], moved: tuple[datetime.date, ...]) -> list[tuple[datetime.date, ...]]:
    """Days that are committed together: those between which survivors move, and as many others as a commit takes."""
    counts = dict(connection.execute(f"SELECT {DAY_OF_TIME}, count(*) FROM added GROUP BY ALL").fetchall())
    groups: list[list[datetime.date]] = [list(moved)] if moved else []
    rows = 0
    for day in days:
        if day in moved:
            continue
        rows += counts.get(day, 0)
        if not groups or (moved and len(groups) == 1) or rows > ROWS_OF_A_COMMIT:
            groups.append([])
            rows = counts.get(day, 0)
        groups[-1].append(day)
    return [tuple(group) for group in groups]


def _merge_once(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], table: CuratedTable, summary: dict[str, str], horizon: datetime.timedelta, total: Committed) -> bool:
    """Commits the first group of days that change; gives whether there are more."""
    # The handle comes first: what another one commits from here on is seen as a conflict, and not overwritten.
    iceberg = load()
    arrived_days = days_in(connection, f"SELECT DISTINCT {DAY_OF_TIME} FROM arrived_first")
    _find_copies(connection, iceberg, _around(arrived_days, horizon))
    merge = plan_merge(connection, table, arrived="arrived", there="there")
    if total.commits == 0:
        total.duplicates, total.conflicts = merge.duplicates, merge.conflicts
    groups = _groups(connection, merge.days, merge.moved)
    if not groups:
        return False
    days = groups[0]
    added = added_on(days)
    total.added += connection.execute(f"SELECT count(*) FROM ({added})").fetchall()[0][0]
    overwrite(connection, iceberg, of_days(list(days)), kept=KEPT, added=added, order=(PARTITION_COLUMN, *IDENTITY), summary=summary)
    total.commits += 1
    total.days += len(days)
    return len(groups) > 1


def merge_rows(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], table: CuratedTable, *, summary: dict[str, str], horizon: datetime.timedelta = COPY_HORIZON) -> Committed:
    """Merges the rows of the table `arrived` into a curated table: afterwards it holds the first copy of each identity.

    Safe to run twice, to break off anywhere and run again, and beside others that merge the same rows or others: days are
    overwritten whole, and a commit whose days have changed since its handle was loaded starts over.

    :param load: loads the table as it stands
    :param summary: properties of the snapshots
    """
    total = Committed()
    (total.rows,) = connection.execute("SELECT count(*) FROM arrived").fetchone() or (0,)
    if total.rows == 0:
        return total
    take_first(connection, "arrived")
    more = True
    while more:
        for attempt in Retrying(retry=retry_if_exception_type((CommitFailedException, ValidationException)), wait=wait_random_exponential(multiplier=0.2, max=10), stop=stop_after_attempt(30), reraise=True):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    total.restarts += 1
                more = _merge_once(connection, load, table, summary, horizon, total)
    return total


def merge_raw(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], table: CuratedTable, files: dict[str, list[Path]], *, summary: dict[str, str]) -> Committed:
    """Merges raw files into a curated table.

    :param files: by the folder of the version that wrote them
    """
    read_raw(connection, table, files, "arrived")
    return merge_rows(connection, load, table, summary=summary)
