"""Whose data is looked for in tables, and by which of their columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.expressions import BooleanExpression, In, Or
from pyiceberg.schema import Schema

from .feature_tables import KIND
from .raw import quoted, text
from .survivors import IDENTITY
from .table import CuratedTable

ARROW_TYPES = {"string": pa.string(), "long": pa.int64()}
# What a model is told: a customer number that it was given stands there as a number with a point.
MODEL_TYPES = {**ARROW_TYPES, "float": pa.float32(), "double": pa.float64()}
# The id of a row of predictions.
ROW = "_row"
LARGEST_LONG = 2**63
# As JSON writes one: 007 is the text of somebody else than 7.
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Subject:
    """Whose data is looked for; core/erasure/subject.ts says what the members mean."""

    identifiers: tuple[str, ...]
    fields: tuple[str, ...] | None = None


def as_long(identifier: str) -> int | None:
    """The whole number that an identifier is the text of."""
    return int(identifier) if WHOLE.fullmatch(identifier) and abs(int(identifier)) < LARGEST_LONG else None


def finding_columns(table: CuratedTable, subject: Subject, schema: Schema) -> dict[str, pa.Array]:
    """The values of each column by which the subject is found: personal fields, what identifies an event, and what the definitions have no more.

    :param schema: of the table as it stands: it keeps the columns of fields that the definitions had once, and nobody says any more that they are not personal
    """
    declared = {column.name for column in table.columns}
    types = {field.name: str(field.field_type) for field in schema.fields}
    if table.kind == KIND:
        # A key of an entity, or what a model is told, is called otherwise than the field that it comes from: which field is meant is not asked.
        event = () if subject.fields is None else ("_source", "_id")
        return _values(subject, types, (name for name in types if name not in table.plain and name not in event), MODEL_TYPES)
    names = [*table.personal, *(name for name in types if name not in declared)]
    if subject.fields is not None:
        names = [name for name in names if name in subject.fields]
    elif table.kind == "event":
        names.extend(IDENTITY)
    elif table.kind == "predictions":
        names.append(ROW)  # an id that somebody gave may be that of a person
    return _values(subject, types, names)


def _values(subject: Subject, types: dict[str, str], names: Iterable[str], arrow_types: dict[str, pa.DataType] = ARROW_TYPES) -> dict[str, pa.Array]:
    longs = [value for value in map(as_long, subject.identifiers) if value is not None]
    kinds = {name: types[name] for name in names if types.get(name) in arrow_types}
    values = {name: list(subject.identifiers) if kind == "string" else longs if kind == "long" else [float(value) for value in longs] for name, kind in kinds.items()}
    return {name: pa.array(each, arrow_types[kinds[name]]) for name, each in values.items() if each}


def where_found(columns: dict[str, pa.Array]) -> BooleanExpression:
    """The rows of the subject, for Iceberg."""
    parts = [In(name, set(values.to_pylist())) for name, values in columns.items()]
    return Or(*parts) if len(parts) > 1 else parts[0]


def condition_found(columns: dict[str, pa.Array]) -> str:
    """Whether a row is of the subject, for DuckDB."""
    literals = {name: ", ".join(text(value) if isinstance(value, str) else str(value) for value in values.to_pylist()) for name, values in columns.items()}
    return " OR ".join(f"coalesce({quoted(name)} IN ({each}), false)" for name, each in literals.items())


def rows_in(source: Any, columns: dict[str, pa.Array]) -> int:
    """Rows of the subject in a Parquet file; a column that it does not have holds none."""
    parquet = pq.ParquetFile(source)
    there = [name for name in columns if name in parquet.schema_arrow.names]
    rows = 0
    for batch in parquet.iter_batches(columns=there, batch_size=50_000) if there else ():
        found = pa.array([False] * batch.num_rows)
        for name in there:
            found = pc.or_(found, pc.is_in(batch.column(name).cast(columns[name].type), value_set=columns[name]))
        rows += pc.sum(found).as_py() or 0
    return rows
