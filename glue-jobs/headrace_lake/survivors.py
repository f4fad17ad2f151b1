"""One row for each identity: of several copies the first by (known-at, arrival, position) stays.

The rule is that of core/training/raw-records.ts. It gives the same row in whatever order the copies come, so that what is
merged twice, or in another order, changes nothing.
"""

import datetime
from dataclasses import dataclass

import duckdb

from .raw import quoted
from .table import CuratedTable

IDENTITY = ("_source", "_id")
ORDER = ("_known_at", "_arrival", "_position")


@dataclass(frozen=True)
class Merge:
    """What new rows change in a table."""

    days: tuple[datetime.date, ...]  # days of event time whose rows change, ascending
    moved: tuple[datetime.date, ...]  # those of them between which a survivor moves: they change together
    duplicates: int  # new rows that were there before, with the same content
    conflicts: int  # new rows whose identity was there with another content


def _day(column: str) -> str:
    return f"CAST({column} AT TIME ZONE 'UTC' AS DATE)"


def _first(table: str, columns: str) -> str:
    identity, order = ", ".join(map(quoted, IDENTITY)), ", ".join(map(quoted, ORDER))
    return f"SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {identity} ORDER BY {order}) AS copy FROM {table}) WHERE copy = 1"


def _content(table: CuratedTable) -> str:
    """What of a row the producer has sent: two copies with the same are one event sent twice."""
    return "hash(row(" + ", ".join(quoted(name) for name in ("_time", *(column.name for column in table.fields))) + "))"


def take_first(connection: duckdb.DuckDBPyConnection, arrived: str) -> None:
    """Leaves the first copy of each identity among the rows of `arrived` in the table `arrived_first`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrived_first AS {_first(arrived, '* EXCLUDE copy')}")


def plan_merge(connection: duckdb.DuckDBPyConnection, table: CuratedTable, *, arrived: str, there: str) -> Merge:
    """Works out what the rows of `arrived` change, and leaves the rows to be added in the table `added`.

    Reads `arrived_first`, which {@link take_first} has made.

    :param there: a table with the rows of the curated table that have an identity of `arrived_first`
    """
    using = ", ".join(map(quoted, IDENTITY))
    order = ", ".join(map(quoted, ORDER))
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE merged AS
      SELECT {using}, {_day('new._time')} AS new_day, {_day('old._time')} AS old_day,
        old._time IS NULL OR row({", ".join(f"new.{quoted(name)}" for name in ORDER)}) < row({", ".join(f"old.{quoted(name)}" for name in ORDER)}) AS wins
      FROM arrived_first AS new LEFT JOIN {there} AS old USING ({using})""")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE added AS SELECT arrived_first.* FROM arrived_first SEMI JOIN (SELECT {using} FROM merged WHERE wins) AS winners USING ({using})")
    # A copy is a record of its own: the same position is the same record, read once more.
    content = _content(table)
    duplicates, conflicts = connection.execute(f"""WITH copies AS (
        SELECT {using}, {order}, {content} AS content FROM {arrived} UNION SELECT {using}, {order}, {content} FROM {there}),
      counted AS (SELECT count(DISTINCT {quoted('_position')}) AS copies, count(DISTINCT content) AS contents FROM copies GROUP BY {using})
      SELECT coalesce(sum(copies - contents), 0), coalesce(sum(contents - 1), 0) FROM counted""").fetchone() or (0, 0)
    days = connection.execute("SELECT DISTINCT day FROM (SELECT new_day AS day FROM merged WHERE wins UNION ALL SELECT old_day FROM merged WHERE wins AND old_day IS NOT NULL) ORDER BY day").fetchall()
    moved = connection.execute("SELECT DISTINCT day FROM (SELECT unnest([new_day, old_day]) AS day FROM merged WHERE wins AND old_day <> new_day) ORDER BY day").fetchall()
    return Merge(days=tuple(day for (day,) in days), moved=tuple(day for (day,) in moved), duplicates=int(duplicates), conflicts=int(conflicts))


# Of the rows that are there, those stay that no row of `added` is a copy of.
KEPT = f"ANTI JOIN added USING ({', '.join(IDENTITY)})"


def added_on(days: tuple[datetime.date, ...]) -> str:
    """The query of the rows of `added` whose event time is on some days."""
    listed = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    return f"SELECT * FROM added WHERE {_day('_time')} IN ({listed})"
