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


USING = f"USING ({', '.join(map(quoted, IDENTITY))})"


def day_of(column: str) -> str:
    """The day of a moment, UTC. By its microseconds: the calendar of a time zone takes ten times as long."""
    return f"CAST(make_timestamp(epoch_us({column})) AS DATE)"


def _first(rows: str, columns: str) -> str:
    identity, order = ", ".join(map(quoted, IDENTITY)), ", ".join(map(quoted, ORDER))
    return f"SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {identity} ORDER BY {order}) AS copy FROM {rows}) WHERE copy = 1"


def _content(table: CuratedTable) -> str:
    """What of a row the producer has sent: two copies with the same are one event sent twice."""
    return "hash(row(" + ", ".join(quoted(name) for name in ("_time", *(column.name for column in table.fields))) + "))"


def take_first(connection: duckdb.DuckDBPyConnection, arrived: str) -> None:
    """Leaves the first copy of each identity among the rows of `arrived` in the view `arrived_first`."""
    identity = ", ".join(map(quoted, IDENTITY))
    # Few identities come more than once: only their rows are put in order, and no other is written anew.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE several AS SELECT {identity} FROM {arrived} GROUP BY ALL HAVING count(*) > 1")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE first_of_several AS {_first(f'{arrived} SEMI JOIN several {USING}', '* EXCLUDE copy')}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW arrived_first AS SELECT * FROM {arrived} ANTI JOIN several {USING} UNION ALL SELECT * FROM first_of_several")


def plan_merge(connection: duckdb.DuckDBPyConnection, table: CuratedTable, *, arrived: str, there: str) -> Merge:
    """Works out what the rows of `arrived` change, and leaves the rows to be added in the view `added`.

    Reads what {@link take_first} has made.

    :param there: a table with the rows of the curated table that have an identity of `arrived_first`
    """
    identity = ", ".join(map(quoted, IDENTITY))
    order = ", ".join(map(quoted, ORDER))
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE met AS
      SELECT {identity}, {day_of('new._time')} AS new_day, {day_of('old._time')} AS old_day,
        row({", ".join(f"new.{quoted(name)}" for name in ORDER)}) < row({", ".join(f"old.{quoted(name)}" for name in ORDER)}) AS wins
      FROM arrived_first AS new JOIN {there} AS old {USING}""")
    # Two that commit at once may have left copies on two days: a new one wins when it comes before the first of them.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE replaced AS SELECT {identity} FROM met GROUP BY ALL HAVING bool_and(wins)")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stays AS SELECT DISTINCT {identity} FROM met ANTI JOIN replaced {USING}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW added AS SELECT * FROM arrived_first ANTI JOIN stays {USING}")
    # A copy is a record of its own: the same position is the same record, read once more. What has no copy is none.
    content = _content(table)
    duplicates, conflicts = connection.execute(f"""WITH copied AS (SELECT {identity} FROM several UNION SELECT {identity} FROM {there}),
      copies AS (
        SELECT {identity}, {order}, {content} AS content FROM {arrived} SEMI JOIN copied {USING} UNION SELECT {identity}, {order}, {content} FROM {there}),
      counted AS (SELECT count(DISTINCT {quoted('_position')}) AS copies, count(DISTINCT content) AS contents FROM copies GROUP BY {identity})
      SELECT coalesce(sum(copies - contents), 0), coalesce(sum(contents - 1), 0) FROM counted""").fetchone() or (0, 0)
    days = connection.execute(f"SELECT {day_of('_time')} AS day FROM added UNION SELECT old_day FROM met SEMI JOIN replaced {USING} ORDER BY day").fetchall()
    moved = connection.execute(f"SELECT DISTINCT day FROM (SELECT unnest([new_day, old_day]) AS day FROM met SEMI JOIN replaced {USING} WHERE old_day <> new_day) ORDER BY day").fetchall()
    return Merge(days=tuple(day for (day,) in days), moved=tuple(day for (day,) in moved), duplicates=int(duplicates), conflicts=int(conflicts))


# Of the rows that are there, those stay that no row of `added` is a copy of.
KEPT = f"ANTI JOIN replaced {USING}"


def added_on(days: tuple[datetime.date, ...]) -> str:
    """The query of the rows of `added` whose event time is on some days."""
    listed = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    return f"SELECT * FROM added WHERE {day_of('_time')} IN ({listed})"
