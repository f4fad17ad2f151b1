"""What a curated table is, as `tables.json` describes it, in the terms of Iceberg."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import BooleanType, DoubleType, IcebergType, LongType, NestedField, StringType, TimestamptzType

ICEBERG_TYPES: dict[str, IcebergType] = {
    "string": StringType(), "long": LongType(), "double": DoubleType(), "boolean": BooleanType(), "timestamptz": TimestamptzType(),
}

# Where raw lines hold a field's value; numbers are read as doubles, as 12.0 is a whole number in JSON.
JSON_TYPES = {"string": "VARCHAR", "long": "DOUBLE", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamptz": "VARCHAR"}
SQL_TYPES = {"string": "VARCHAR", "long": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamptz": "TIMESTAMPTZ"}

PARTITION_COLUMN = "_time"


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
    kind: str  # `event`, `dataset`, or `platform` for a table that the platform keeps for itself
    of: str
    description: str
    owner: str | None
    personal: tuple[str, ...]
    columns: tuple[Column, ...]
    writers: dict[str, tuple[str, ...]]  # `<type>/v<n>` to the names of its fields
    expectations: dict[str, tuple[Expectation, ...]]  # by the same folders
    merged_by: tuple[str, ...]  # the key by which batches are merged; none where each takes the place of the one before

    @property
    def fields(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.source is None)


def read_tables(path: Path, kind: str | None = None) -> dict[str, CuratedTable]:
    """The curated tables by their names; of one kind, by their event types or datasets."""
    described = json.loads(path.read_text(encoding="utf-8"))
    tables = [CuratedTable(
        name=each["name"], kind=each["kind"], of=each["of"], description=each["description"], owner=each.get("owner"), personal=tuple(each["personal"]),
        columns=tuple(Column(column["name"], column["type"], column["required"], column["comment"], column.get("from")) for column in each["columns"]),
        writers={folder: tuple(fields) for folder, fields in each["writers"].items()},
        expectations={folder: tuple(Expectation(**{**expectation, "shown": tuple(expectation["shown"])}) for expectation in expected) for folder, expected in each.get("expectations", {}).items()},
        merged_by=tuple(each.get("mergedBy", ())),
    ) for each in described]
    if kind is None:
        return {table.name: table for table in tables}
    return {table.of: table for table in tables if table.kind == kind}


def iceberg_schema(table: CuratedTable) -> Schema:
    return Schema(*(
        NestedField(field_id=index, name=column.name, field_type=ICEBERG_TYPES[column.type], required=column.required, doc=column.comment or None)
        for index, column in enumerate(table.columns, start=1)
    ))


def partition_spec(table: CuratedTable, schema: Schema) -> PartitionSpec:
    """By day for events; the table of a dataset is written whole, and the platform's own are small."""
    if table.kind != "event":
        return UNPARTITIONED_PARTITION_SPEC
    return PartitionSpec(PartitionField(source_id=schema.find_field(PARTITION_COLUMN).field_id, field_id=1000, transform=DayTransform(), name="day"))


def table_properties(table: CuratedTable) -> dict[str, str]:
    """Properties of the table, which the catalog shows as the parameters of its entry."""
    return {
        "Description": table.description,
        "classification": "iceberg",
        "headrace.definition": table.of,
        **({"headrace.owner": table.owner} if table.owner else {}),
        **({"headrace.personal": ",".join(table.personal)} if table.personal else {}),
        "write.parquet.compression-codec": "zstd",
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "20",
    }
