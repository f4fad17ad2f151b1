"""Passes a batch through the quality gate, and keeps what was found in the tables `quality_results` and `column_profiles`."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, ValidationException
from pyiceberg.expressions import And, BooleanExpression, EqualTo, LessThan
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .batch import Batch
from .duckdb_rows import DuckDBRows
from .inspection import Found, look
from .quality import Before
from .raw import read_raw
from .stream import read
from .table import CuratedTable

# Batches of which the usual is worked out.
BATCHES_BEFORE = 10

Load = Callable[[str], Table]


def batches_before(load: Load, dataset: str, arrival: str) -> tuple[Before, ...]:
    """The batches that were taken before one, the newest first."""
    iceberg = load("column_profiles")
    if iceberg.current_snapshot() is None:
        return ()
    where: BooleanExpression = And(EqualTo("dataset", dataset), EqualTo("passed", True), LessThan("arrival", datetime.datetime.fromisoformat(arrival).isoformat()))
    found: dict[str, dict[str, Any]] = {}
    for row in iceberg.scan(row_filter=where, selected_fields=("batch", "arrival", "field", "rows", "mean", "standard_deviation")).to_arrow().to_pylist():
        batch = found.setdefault(row["batch"], {"arrival": row["arrival"], "rows": row["rows"], "means": {}})
        if row["mean"] is not None and row["standard_deviation"] is not None:
            batch["means"][row["field"]] = (row["mean"], row["standard_deviation"])
    newest = sorted(found.items(), key=lambda each: each[1]["arrival"], reverse=True)[:BATCHES_BEFORE]
    return tuple(Before(batch, each["rows"], each["means"]) for batch, each in newest)


def _keep(load: Load, name: str, batch: str, rows: list[dict[str, Any]]) -> None:
    """Puts rows in the place of those that a table has of the batch: tried again, a batch has one result."""
    for attempt in Retrying(retry=retry_if_exception_type((CommitFailedException, ValidationException)), wait=wait_random_exponential(multiplier=0.2, max=10), stop=stop_after_attempt(20), reraise=True):
        with attempt:
            iceberg = load(name)
            iceberg.overwrite(pa.Table.from_pylist(rows, schema=schema_to_pyarrow(iceberg.schema(), include_field_ids=False)), overwrite_filter=EqualTo("batch", batch))


def values_of(load: Load, dataset: str, column: str) -> pa.Table | None:
    """Values of a dataset's column, as a table with the one column `value`; None where the dataset has no rows yet."""
    try:
        other = load(dataset)
    except NoSuchTableError:
        return None
    return None if other.current_snapshot() is None else read(other, columns=(column,)).read_all().rename_columns(["value"])


def keep_found(load: Load, table: CuratedTable, batch: Batch, found: Found, contract: str) -> None:
    """Keeps what was found in a batch, in the place of what was found in it before."""
    common = {"dataset": table.of, "contract": contract, "batch": batch.id, "arrival": datetime.datetime.fromisoformat(batch.arrival)}
    if found.findings:
        _keep(load, "quality_results", batch.id, [{
            **common, "expectation": expectation.name, "kind": expectation.expects, "passed": finding.passed, "warns": expectation.warns, "measured": finding.measured, "allowed": finding.allowed,
            "failing_rows": finding.failing_rows, "rows": found.rows, "explanation": finding.explanation, "sample": json.dumps(finding.sample, ensure_ascii=False),
        } for expectation, finding in found.findings])
    passed = found.refusal(batch.id, contract) is None
    _keep(load, "column_profiles", batch.id, [{**common, "passed": passed, **profile} for profile in found.profiles])


def pass_gate(connection: duckdb.DuckDBPyConnection, load: Load, table: CuratedTable, batch: Batch, files: dict[str, list[Path]], *, contract: str, rejected: int) -> str | None:
    """Checks what is expected of a batch. Safe to run twice, and beside other batches.

    :param load: loads a table of the lake by its name
    :param files: parts of the batch by the folder of their version
    :param contract: the version of the dataset, `name@vN`
    :param rejected: rows of the source that stand in quarantine
    :return: why the batch is not taken, or None
    """
    # Not what is the same in every row, which is most of its bytes.
    read_raw(connection, table, files, "batch_rows", tuple(column for column in table.columns if column.source is None or column.name == "_position"))
    (folder,) = files
    rows = DuckDBRows(connection, lambda dataset, column: values_of(load, dataset, column))
    found = look(rows, table, folder, arrival=batch.arrival, rejected=rejected, before=batches_before(load, table.of, batch.arrival))
    keep_found(load, table, batch, found, contract)
    return found.refusal(batch.id, contract)
