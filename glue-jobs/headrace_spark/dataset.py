"""Passes a batch of a dataset through the quality gate and writes it into its table, as headrace_lake.gate and headrace_lake.batch do."""

from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql

from headrace_lake.inspection import as_document, look
from headrace_lake.quality import Before
from headrace_lake.table import CuratedTable, table_of

from .raw import read_raw
from .rows import SparkRows
from .tables import Handle, Snapshot, identifier, look_up, starting_over

BATCH = "headrace.batch"
ARRIVAL = "headrace.arrival"
SESSION_PROPERTY = "spark.sql.iceberg.snapshot-property."


@dataclass(frozen=True)
class Batch:
    """A batch that is landed and verified."""

    id: str
    arrival: str  # ISO 8601, UTC, of fixed width: its order is that of time


def _snapshot_of(handle: Handle, batch: str) -> Snapshot | None:
    # PyIceberg's overwrite is two snapshots, of which the first takes the old rows away.
    return next((each for each in reversed(handle.snapshots) if each.summary.get(BATCH) == batch), None)


def _tag(spark: SparkSession, name: str, batch: Batch, snapshot: Snapshot, days: int) -> None:
    spark.sql(f"ALTER TABLE {name} CREATE TAG IF NOT EXISTS `{batch.id}` AS OF VERSION {snapshot.id} RETAIN {days} DAYS")


def _merge(spark: SparkSession, name: str, table: CuratedTable, summary: dict[str, str]) -> None:
    """Takes the rows of the view `batch_rows`, but for those whose key has a row of a batch that arrived later."""
    on = " AND ".join(f"there.`{key}` = new.`{key}`" for key in table.merged_by)
    for key, value in summary.items():
        spark.conf.set(f"{SESSION_PROPERTY}{key}", value)
    try:
        # Never without a clause for what matches: two merges that only insert do not see each other, and each adds the row.
        spark.sql(f"""MERGE INTO {name} AS there USING batch_rows AS new ON {on}
          WHEN MATCHED AND there._arrival <= new._arrival THEN UPDATE SET *
          WHEN NOT MATCHED THEN INSERT *""")
    finally:
        for key in summary:
            spark.conf.unset(f"{SESSION_PROPERTY}{key}")


def write_batch(spark: SparkSession, name: str, table: CuratedTable, batch: Batch, rows: DataFrame, *, summary: dict[str, str], keep_days: int) -> str:
    """Puts a batch's rows in the place of those that a dataset's table holds: of all, or of those with the same keys.

    Safe to run twice, to break off anywhere and run again, and beside the commit of another batch.

    :return: `committed`, `present`, or `older` where a batch that arrived later has the table
    """
    def once(_attempt: int) -> str:
        handle = look_up(spark, name)
        known = _snapshot_of(handle, batch.id)
        if known is not None:
            # Whoever committed it may have been killed before it was tagged.
            _tag(spark, name, batch, known, keep_days)
            return "present"
        of_batch = {**summary, BATCH: batch.id, ARRIVAL: batch.arrival}
        if table.merged_by:
            _merge(spark, name, table, of_batch)
        else:
            if handle.current is not None and handle.current.summary.get(ARRIVAL, "") > batch.arrival:
                return "older"
            handle.overwrite(rows.orderBy("_position"), sql.lit(True), of_batch)
        committed = _snapshot_of(look_up(spark, name), batch.id)
        if committed is not None:
            _tag(spark, name, batch, committed, keep_days)
        return "committed"

    return starting_over(once)


def take_batch(spark: SparkSession, request: dict[str, Any]) -> dict[str, Any]:
    """Does what headrace_lake.spark_request.request_of asks for.

    :return: what was found in the batch, and what came of writing it; nothing is written where the gate refuses it
    """
    table, batch = table_of(request["table"]), Batch(request["batch"], request["arrival"])
    database = request["database"]

    def values_of(dataset: str, column: str) -> DataFrame | None:
        name = request["referred"].get(dataset)
        if name is None:
            return None
        handle = look_up(spark, identifier(database, name))
        return None if handle.current is None else handle.rows().select(sql.col(f"`{column}`").alias("value"))

    rows = read_raw(spark, table, {request["folder"]: request["objects"]}).persist()
    before = tuple(Before(each["batch"], each["rows"], {field: (mean, deviation) for field, (mean, deviation) in each["means"].items()}) for each in request["before"])
    found = look(SparkRows(spark, rows, values_of), table, request["folder"], arrival=batch.arrival, rejected=request["rejected"], before=before)
    refused = found.refusal(batch.id, request["contract"]) is not None
    result = None if refused else write_batch(spark, identifier(database, table.name), table, batch, rows, summary=request["summary"], keep_days=request["keepDays"])
    return {"found": as_document(found), "result": result}
