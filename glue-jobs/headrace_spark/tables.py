"""Reads and overwrites Iceberg tables, safely beside others that do the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession

from .session import CATALOG

# A commit that others have overtaken so often fails, and the state machine tries it again.
ATTEMPTS = 5
OVERTAKEN = ("org.apache.iceberg.exceptions.ValidationException", "org.apache.iceberg.exceptions.CommitFailedException")

Done = TypeVar("Done")


@dataclass(frozen=True)
class Snapshot:
    """What a table held at a moment."""

    id: int
    summary: dict[str, str]


@dataclass(frozen=True)
class Handle:
    """A table as it stood when it was looked at: what is read from it and written to it rests on that."""

    spark: SparkSession
    name: str
    snapshots: tuple[Snapshot, ...]  # the oldest first
    current: Snapshot | None

    def rows(self) -> DataFrame:
        """The rows of the current snapshot; none where there is none."""
        if self.current is None:
            return self.spark.table(self.name).limit(0)
        return self.spark.read.option("snapshot-id", self.current.id).table(self.name)

    def overwrite(self, rows: DataFrame, where: Column, summary: dict[str, str]) -> None:
        """Puts rows in the place of those that a condition names; fails when another one has changed those meanwhile."""
        writer = rows.writeTo(self.name).option("isolation-level", "serializable").option("check-nullability", "false")
        if self.current is not None:
            writer = writer.option("validate-from-snapshot-id", str(self.current.id))
        for name, value in summary.items():
            writer = writer.option(f"snapshot-property.{name}", value)
        writer.overwrite(where)


def identifier(database: str, table: str) -> str:
    return f"{CATALOG}.`{database}`.`{table}`"


def look_up(spark: SparkSession, name: str) -> Handle:
    """The table as it stands now."""
    spark.sql(f"REFRESH TABLE {name}")
    found = spark.sql(f"SELECT snapshot_id, summary FROM {name}.snapshots ORDER BY committed_at").collect()
    snapshots = tuple(Snapshot(row.snapshot_id, row.summary or {}) for row in found)
    current = spark.sql(f"SELECT snapshot_id FROM {name}.refs WHERE name = 'main'").collect()
    return Handle(spark, name, snapshots, next((each for each in snapshots if current and each.id == current[0].snapshot_id), None))


def starting_over(work: Callable[[int], Done]) -> Done:
    """Does work that ends in a commit, again from its beginning where others have overtaken it. The work takes the attempts so far."""
    for attempt in range(ATTEMPTS):
        try:
            return work(attempt)
        except Py4JJavaError as fault:
            if attempt == ATTEMPTS - 1 or not any(name in str(fault) for name in OVERTAKEN):
                raise
    raise AssertionError("unreachable: the last attempt raises")
