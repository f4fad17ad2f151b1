"""Commits a batch of a dataset, and every batch stays readable by its tag.

The table holds the rows of the newest batch, or, where batches are increments, of all batches the newest row of each key.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .raw import quoted, raw_rows, read_raw
from .stream import overwrite, read
from .table import CuratedTable

BATCH = "headrace.batch"
ARRIVAL = "headrace.arrival"

# `committed`: the table holds its rows now; `present`: it was committed before; `older`: a batch that arrived later has the table.
Outcome = Literal["committed", "present", "older"]


@dataclass(frozen=True)
class Batch:
    """A batch that is landed and verified."""

    id: str
    arrival: str  # ISO 8601, UTC, of fixed width: its order is that of time


def snapshot_of(iceberg: Table, batch: str) -> int | None:
    """The snapshot that holds a batch's rows."""
    # An overwrite is two snapshots, of which the first takes the old rows away.
    found = [snapshot.snapshot_id for snapshot in iceberg.metadata.snapshots if snapshot.summary is not None and snapshot.summary.additional_properties.get(BATCH) == batch]
    return found[-1] if found else None


def _tag(load: Callable[[], Table], batch: Batch, snapshot: int, keep: datetime.timedelta) -> None:
    iceberg = load()
    if batch.id not in iceberg.refs():
        iceberg.manage_snapshots().create_tag(snapshot, batch.id, max_ref_age_ms=int(keep.total_seconds() * 1000)).commit()


def _merge(connection: duckdb.DuckDBPyConnection, iceberg: Table, table: CuratedTable, summary: dict[str, str]) -> None:
    """Takes the rows of the batch, but for those whose key has a row of a batch that arrived later."""
    key = ", ".join(map(quoted, table.merged_by))
    connection.register("there", read(iceberg, columns=(*table.merged_by, "_arrival")))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE newer AS SELECT {key} FROM there JOIN batch_rows USING ({key}) WHERE there._arrival > batch_rows._arrival")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE added AS SELECT * FROM batch_rows ANTI JOIN newer USING ({key})")
    overwrite(connection, iceberg, AlwaysTrue(), kept=f"ANTI JOIN added USING ({key})", added="SELECT * FROM added", order=table.merged_by, summary=summary)


def _commit_once(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], table: CuratedTable, batch: Batch, files: dict[str, list[Path]], summary: dict[str, str], keep: datetime.timedelta) -> Outcome:
    iceberg = load()
    known = snapshot_of(iceberg, batch.id)
    if known is not None:
        # Whoever committed it may have been killed before it was tagged.
        _tag(load, batch, known, keep)
        return "present"
    of_batch = {**summary, BATCH: batch.id, ARRIVAL: batch.arrival}
    if table.merged_by:
        _merge(connection, iceberg, table, of_batch)
    else:
        current = iceberg.current_snapshot()
        if current is not None and current.summary is not None and current.summary.additional_properties.get(ARRIVAL, "") > batch.arrival:
            return "older"
        # Straight from raw: a table of all rows, or their order, would take more disk than the rows themselves.
        overwrite(connection, iceberg, AlwaysTrue(), kept=None, added=raw_rows(table, files), order=("_position",), summary=of_batch)
    committed = snapshot_of(load(), batch.id)
    if committed is not None:
        _tag(load, batch, committed, keep)
    return "committed"


def commit_batch(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], table: CuratedTable, batch: Batch, files: dict[str, list[Path]], *, summary: dict[str, str], keep: datetime.timedelta) -> Outcome:
    """Puts a batch's rows in the place of those that a dataset's table holds: of all, or of those with the same keys.

    Safe to run twice, to break off anywhere and run again, and beside the commit of another batch: the table ends with the
    batch that arrived last, whatever the order of commits.

    :param files: parts of the batch by the folder of their version
    :param keep: for how long the batch stays readable by its tag
    """
    if table.merged_by:
        read_raw(connection, table, files, "batch_rows")
    for attempt in Retrying(retry=retry_if_exception_type((CommitFailedException, ValidationException)), wait=wait_random_exponential(multiplier=0.2, max=10), stop=stop_after_attempt(20), reraise=True):
        with attempt:
            return _commit_once(connection, load, table, batch, files, summary, keep)
    raise AssertionError("unreachable: the last attempt raises")
