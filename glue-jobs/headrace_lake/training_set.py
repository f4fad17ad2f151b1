"""Commits training sets to Iceberg tables of the features zone: a table for each version of a model, a snapshot for each set, tagged with the set's hash."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import BooleanType, DoubleType, FloatType, IcebergType, LongType, NestedField, StringType, TimestampType

from .feature_tables import ENTITIES, IDENTIFYING, PLACE, is_feature_table
from .maintain import starting_over
from .raw import quoted, text
from .stream import overwrite

SET = "headrace.training-set"
ROWS = "headrace.rows"
HASH = re.compile(r"[0-9a-f]{64}")
PIECE = 1 << 20

# What is around an input in a Parquet file, and its column: names without points, which Athena refuses. Inputs do not begin with _.
OWN = {"example.source": "_source", "example.id": "_id", "example.moment": "_moment", "example.known": "_known_at", "example.label": "_label", "example.weight": "_weight"}
ENTITY = "entity."
ORDER = ("_moment", "_source", "_id")

TYPES: tuple[tuple[Any, IcebergType], ...] = (
    (pa.types.is_float32, FloatType()), (pa.types.is_floating, DoubleType()), (pa.types.is_integer, LongType()), (pa.types.is_boolean, BooleanType()),
    (pa.types.is_timestamp, TimestampType()), (pa.types.is_string, StringType()), (pa.types.is_large_string, StringType()),
)


@dataclass(frozen=True)
class Kept:
    """A set as it stands in its table."""

    table: str
    tag: str
    snapshot: int
    rows: int
    already: bool  # whether it stood there before


def column_name(name: str) -> str:
    """A column's name in the table."""
    return f"_entity_{name.removeprefix(ENTITY).replace('.', '_')}" if name.startswith(ENTITY) else OWN.get(name, name)


def _type_of(field: pa.Field) -> IcebergType:
    for fits, kind in TYPES:
        if fits(field.type):
            return kind
    raise ValueError(f"the column {field.name} is a {field.type}, which no training set has")


def columns_of(file: Path) -> list[tuple[str, str, IcebergType]]:
    """Columns of a set's file: name there, name in the table, type."""
    columns = [(field.name, column_name(field.name), _type_of(field)) for field in pq.read_schema(file)]
    doubled = {name for _, name, _ in columns if sum(other == name for _, other, _ in columns) > 1}
    if doubled:
        raise ValueError(f"two columns of the set would be called {', '.join(sorted(doubled))} in its table; give an input or a slot another name")
    return columns


def _identifying(names: list[str]) -> dict[str, str]:
    entities = [name for name in names if name.startswith("_entity_")]
    return {IDENTIFYING: ",".join(["_source", "_id", *entities]), ENTITIES: ",".join(entities)}


def _properties(names: list[str], model: str) -> dict[str, str]:
    return {
        "Description": f"Training sets of the model {model}: each snapshot is one, and its tag is the set's hash", "classification": "iceberg", "headrace.definition": model, **_identifying(names),
        "write.parquet.compression-codec": "zstd", "write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "20",
    }


def _load(catalog: GlueCatalog, identifier: tuple[str, str], location: str, columns: list[tuple[str, str, IcebergType]], model: str) -> Table:
    try:
        iceberg = catalog.load_table(identifier)
    except NoSuchTableError:
        schema = Schema(*(NestedField(field_id=index, name=name, field_type=kind, required=False) for index, (_, name, kind) in enumerate(columns, start=1)))
        try:
            iceberg = catalog.create_table(identifier, schema=schema, location=location, properties=_properties([name for _, name, _ in columns], model))
        except TableAlreadyExistsError:
            iceberg = catalog.load_table(identifier)
    if not is_feature_table(iceberg):
        raise ValueError(f"the table {identifier[1]} is there, and is none of training sets; give the model another name")
    return iceberg


def _bring_up_to_date(iceberg: Table, columns: list[tuple[str, str, IcebergType]], model: str) -> Table:
    """Gives the table the columns of a set. Sets of before keep those that they have: a snapshot is read by the schema that it was written by."""
    known = {field.name: field.field_type for field in iceberg.schema().fields}
    wanted = {name: kind for _, name, kind in columns}
    changed = [name for name, kind in known.items() if name.startswith("_entity_") and wanted.get(name, kind) != kind]
    if changed:
        raise ValueError(f"{', '.join(changed)} had another type in sets of before; give the model a new version")
    # A column that identified somebody in a set of before stays: that is how they are found in it.
    gone = [name for name, kind in known.items() if wanted.get(name) != kind and not name.startswith("_entity_")]
    new = {name: kind for name, kind in wanted.items() if known.get(name) != kind}
    names = [*wanted, *(name for name in known if name not in wanted and name not in gone)]
    properties = {name: value for name, value in _properties(names, model).items() if iceberg.properties.get(name) != value}
    if gone or new or properties:
        with iceberg.transaction() as change:
            if gone or new:
                with change.update_schema(allow_incompatible_changes=True) as schema:
                    for name in gone:
                        schema.delete_column(name)
                if new:
                    with change.update_schema(allow_incompatible_changes=True) as schema:
                        for name, kind in new.items():
                            schema.add_column(name, kind)
            if properties:
                change.set_properties(**properties)
    return iceberg


def _snapshots(iceberg: Table, tag: str, rows: int) -> Iterator[Snapshot]:
    """Snapshots that hold all of a set: a commit of many rows has others on its way."""
    for snapshot in reversed(iceberg.metadata.snapshots):
        said = {} if snapshot.summary is None else snapshot.summary.additional_properties
        if said.get(SET) == tag and said.get("total-records") == str(rows):
            yield snapshot


def _write(connection: duckdb.DuckDBPyConnection, iceberg: Table, file: Path, columns: list[tuple[str, str, IcebergType]], summary: dict[str, str]) -> None:
    there = {as_: name for name, as_, _ in columns}
    selected = ", ".join(f"{quoted(there[field.name]) if field.name in there else 'NULL'} AS {quoted(field.name)}" for field in iceberg.schema().fields)
    overwrite(connection, iceberg, AlwaysTrue(), kept=None, added=f"SELECT {selected} FROM read_parquet({text(str(file))})", order=ORDER, summary=summary)


def keep(connection: duckdb.DuckDBPyConnection, catalog: GlueCatalog, database: str, bucket: str, *, table: str, model: str, file: Path, told: dict[str, Any]) -> Kept:
    """Commits a set to its model's table. Safe to run twice, to break off anywhere, and beside others: a set that stands there is not written again.

    :param file: its rows
    :param told: its metadata.json
    """
    tag, columns = told["trainingSetHash"], columns_of(file)
    rows = pq.ParquetFile(file).metadata.num_rows
    summary = {SET: tag, ROWS: str(rows), "headrace.model": model, "headrace.manifest": told["manifestHash"], "headrace.raw": told["rawHash"], "headrace.from": told["from"], "headrace.to": told["to"]}

    def commit() -> Kept:
        iceberg = _load(catalog, (database, table), f"s3://{bucket}/{PLACE}{table}", columns, model)
        named = iceberg.metadata.refs.get(tag)
        if named is not None:
            return Kept(table, tag, named.snapshot_id, rows, True)
        found = next(_snapshots(iceberg, tag, rows), None)
        if found is None:
            iceberg = _bring_up_to_date(iceberg, columns, model)
            _write(connection, iceberg, file, columns, summary)
            iceberg = catalog.load_table((database, table))
            found = next(_snapshots(iceberg, tag, rows))
        iceberg.manage_snapshots().create_tag(found.snapshot_id, tag).commit()
        return Kept(table, tag, found.snapshot_id, rows, False)

    return starting_over(commit)


def fetch(s3: Any, bucket: str, folder: str, tag: str, into: Path) -> tuple[Path, dict[str, Any]]:
    """Brings a set here, and makes sure that it is the one that its hash says."""
    if HASH.fullmatch(tag) is None:
        raise ValueError(f"{tag!r} is no hash of a training set; it has 64 hexadecimal digits")
    told = json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}{tag}/metadata.json")["Body"].read())
    file, checksum = into / "examples.parquet", hashlib.sha256()
    with file.open("wb") as target:
        for piece in s3.get_object(Bucket=bucket, Key=f"{folder}{tag}/examples.parquet")["Body"].iter_chunks(PIECE):
            checksum.update(piece)
            target.write(piece)
    if checksum.hexdigest() != tag:
        raise ValueError(f"the rows of {folder}{tag} have the hash {checksum.hexdigest()}: they are not those of the set; build it again")
    return file, told
