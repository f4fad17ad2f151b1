"""Puts the predictions of a request into the table of its model, once."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import EqualTo
from pyiceberg.table import Table
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .raw import text
from .stream import overwrite
from .table import BATCH_COLUMN

ORDER = ("_moment", "_row")
# Property of the snapshots of a request.
SCORING = "headrace.scoring"

# `committed`: the table holds its rows now; `present`: it was committed before.
Outcome = Literal["committed", "present"]


def snapshot_of(iceberg: Table, request: str) -> int | None:
    """The snapshot that holds a request's rows; None also for one that is too old to be kept."""
    found = [snapshot.snapshot_id for snapshot in iceberg.metadata.snapshots if snapshot.summary is not None and snapshot.summary.additional_properties.get(SCORING) == request]
    return found[-1] if found else None


def _write_once(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], request: str, files: list[Path], summary: dict[str, str]) -> Outcome:
    # The handle comes first: what another one commits of this request from here on is seen as a conflict, and not doubled.
    iceberg = load()
    if snapshot_of(iceberg, request) is not None:
        return "present"
    rows = f"SELECT * FROM read_parquet([{', '.join(text(str(file)) for file in files)}])"
    # It is the table's partition: a request is written, and replaced, without a look at others.
    overwrite(connection, iceberg, EqualTo(BATCH_COLUMN, request), kept=None, added=rows, order=ORDER, summary={**summary, SCORING: request})
    return "committed"


def write_predictions(connection: duckdb.DuckDBPyConnection, load: Callable[[], Table], request: str, files: list[Path], *, summary: dict[str, str]) -> Outcome:
    """Puts the rows of a request in the place of those that the table holds of it.

    Safe to run twice, to break off anywhere and run again, and beside others that write the same request or others.

    :param files: the request's predictions, at least one
    :param summary: properties of the snapshots
    """
    for attempt in Retrying(retry=retry_if_exception_type((CommitFailedException, ValidationException)), wait=wait_random_exponential(multiplier=0.2, max=10), stop=stop_after_attempt(20), reraise=True):
        with attempt:
            return _write_once(connection, load, request, files, summary)
    raise AssertionError("unreachable: the last attempt raises")
