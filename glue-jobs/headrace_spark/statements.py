"""Runs statements that the definitions were compiled into."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

SETTINGS = ("spark.sql.ansi.enabled", "spark.sql.ansi.doubleQuotedIdentifiers")


@contextmanager
def ansi(spark: SparkSession) -> Iterator[None]:
    """Arithmetic that keeps to ANSI, in which a sum that does not fit is an error and not null; and names in double quotes."""
    before = {name: spark.conf.get(name) for name in SETTINGS}
    for name in SETTINGS:
        spark.conf.set(name, "true")
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


def run(spark: SparkSession, statements: list[dict[str, Any]]) -> None:
    """Runs statements in order; each has its `sql`, and a `step`, the words in which a fault speaks of it."""
    for statement in statements:
        try:
            spark.sql(statement["sql"])
        except Exception as fault:
            fault.add_note(f"at the step: {statement['step']}")
            raise
