"""What a curated table is, as `tables.json` describes it. Whatever engine writes it reads this."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where raw lines hold a field's value; numbers are read as doubles, as 12.0 is a whole number in JSON.
JSON_TYPES = {"string": "VARCHAR", "long": "DOUBLE", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamptz": "VARCHAR"}
SQL_TYPES = {"string": "VARCHAR", "long": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamptz": "TIMESTAMPTZ"}

PARTITION_COLUMN = "_time"
# Of predictions: the request that a row was made for.
BATCH_COLUMN = "_batch_id"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    comment: str
    source: str | None  # `event.id`; None for a field of the data


@dataclass(frozen=True)
class Expectation:
    """What a batch must keep, as core/lake/expectation-sql.ts compiles it."""

    name: str
    expects: str
    warns: bool
    shown: tuple[str, ...]
    measure: dict[str, Any]


@dataclass(frozen=True)
class CuratedTable:
    name: str
    kind: str  # `event`, `dataset`, `predictions` of a model, or `platform` for a table that the platform keeps for itself
    of: str
    description: str
    owner: str | None
    personal: tuple[str, ...]
    columns: tuple[Column, ...]
    writers: dict[str, tuple[str, ...]]  # `<type>/v<n>` to the names of its fields
    expectations: dict[str, tuple[Expectation, ...]]  # by the same folders
    merged_by: tuple[str, ...]  # the key by which batches are merged; none where each takes the place of the one before
    plain: tuple[str, ...] = ()  # of training sets: keys that are declared, and are nobody's

    @property
    def fields(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.source is None)


def table_of(described: dict[str, Any]) -> CuratedTable:
    """A table as `tables.json` describes it."""
    return CuratedTable(
        name=described["name"], kind=described["kind"], of=described["of"], description=described["description"], owner=described.get("owner"), personal=tuple(described["personal"]),
        columns=tuple(Column(column["name"], column["type"], column["required"], column["comment"], column.get("from")) for column in described["columns"]),
        writers={folder: tuple(fields) for folder, fields in described["writers"].items()},
        expectations={folder: tuple(Expectation(**{**expectation, "shown": tuple(expectation["shown"])}) for expectation in expected) for folder, expected in described.get("expectations", {}).items()},
        merged_by=tuple(described.get("mergedBy", ())),
    )


def read_tables(path: Path, kind: str | None = None) -> dict[str, CuratedTable]:
    """The curated tables by their names; of one kind, by their event types or datasets."""
    tables = [table_of(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    if kind is None:
        return {table.name: table for table in tables}
    return {table.of: table for table in tables if table.kind == kind}
