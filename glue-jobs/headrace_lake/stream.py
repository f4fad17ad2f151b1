"""Reads and overwrites rows of an Iceberg table of which there are more than fit into memory."""

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.io.pyarrow import ArrowScan, schema_to_pyarrow
from pyiceberg.table import FileScanTask, Table

from .raw import quoted

# Rows of a data file, and rows in memory at once.
ROWS_OF_A_FILE = 250_000
# Rows that DuckDB gives at a time.
ROWS_OF_A_BATCH = 50_000


def _together(tasks: Iterable[FileScanTask]) -> Iterator[list[FileScanTask]]:
    """Data files in groups that are in memory at once."""
    group: list[FileScanTask] = []
    rows = 0
    for task in tasks:
        if group and rows + task.file.record_count > ROWS_OF_A_FILE:
            yield group
            group, rows = [], 0
        group.append(task)
        rows += task.file.record_count
    if group:
        yield group


def _read(iceberg: Table, where: BooleanExpression, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    scan = iceberg.scan(row_filter=where, selected_fields=columns)
    schema = schema_to_pyarrow(scan.projection(), include_field_ids=False)
    files = ArrowScan(iceberg.metadata, iceberg.io, scan.projection(), scan.row_filter)
    for group in _together(scan.plan_files()):
        # Text of a file of Spark's comes as another of Arrow's types than that of PyIceberg's.
        yield pa.concat_tables([schema.empty_table(), *(pa.Table.from_batches([batch]).cast(schema) for batch in files.to_record_batches(group))])


def read(iceberg: Table, where: BooleanExpression = AlwaysTrue(), columns: tuple[str, ...] = ("*",)) -> pa.RecordBatchReader:
    """Rows of a table, some files at a time: a scan of PyIceberg's own reads every file before it gives the first row."""
    schema = schema_to_pyarrow(iceberg.scan(selected_fields=columns).projection(), include_field_ids=False)
    return pa.RecordBatchReader.from_batches(schema, (batch for rows in _read(iceberg, where, columns) for batch in rows.to_batches()))


def _answered(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    """What a query answers, some rows at a time."""
    reader = connection.sql(query).to_arrow_reader(ROWS_OF_A_BATCH)
    while True:
        try:
            yield reader.read_next_batch()
        except StopIteration:
            return
        except OSError as fault:
            # Arrow says of any error of DuckDB's that it is the system's.
            raise duckdb.Error(str(fault)) from None


def _files(batches: Iterator[pa.RecordBatch], schema: pa.Schema, order: tuple[str, ...]) -> Iterator[pa.Table]:
    """Batches as ordered tables of the rows of a file, at least one."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    given = False
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= ROWS_OF_A_FILE:
            yield pa.Table.from_batches(waiting).sort_by([(column, "ascending") for column in order])
            waiting, rows, given = [], 0, True
    if waiting or not given:
        yield pa.Table.from_batches(waiting, schema).sort_by([(column, "ascending") for column in order])


def overwrite(connection: duckdb.DuckDBPyConnection, iceberg: Table, where: BooleanExpression, *, kept: str | None, added: str | None, order: tuple[str, ...], summary: dict[str, str]) -> None:
    """Overwrites the rows that an expression names, in one commit. They are never in memory, nor sorted, all at once.

    :param kept: what of the rows `existing`, which are some of those named at a time, stays: a condition on each
    :param added: the query of the rows that come in addition
    :param order: columns by which the rows of each file are ordered
    :param summary: properties of the snapshots
    """
    schema = schema_to_pyarrow(iceberg.schema(), include_field_ids=False)
    columns = ", ".join(quoted(field.name) for field in schema)

    def batches() -> Iterator[pa.RecordBatch]:
        if kept is not None and iceberg.current_snapshot() is not None:
            for existing in _read(iceberg, where, ("*",)):
                connection.register("existing", existing)
                yield from connection.execute(f"SELECT {columns} FROM existing {kept}").to_arrow_table().cast(schema).to_batches()
        if added is not None:
            for batch in _answered(connection, f"SELECT {columns} FROM ({added})"):
                yield from pa.Table.from_batches([batch]).cast(schema).to_batches()

    files = _files(batches(), schema, order)
    with iceberg.transaction() as change:
        # Also where nothing is there yet: only what takes rows away is checked against others that commit at the same time.
        change.overwrite(next(files), overwrite_filter=where, snapshot_properties=summary)
        for rows in files:
            change.append(rows, snapshot_properties=summary)
