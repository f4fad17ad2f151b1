"""Reads raw objects of one event type, or of one dataset, into rows of its curated table."""

import re
from pathlib import Path

import duckdb

from .table import JSON_TYPES, SQL_TYPES, Column, CuratedTable

# raw/<type>/v<n>/dt=YYYY-MM-DD/hr=HH/<name>.ndjson.gz
RAW_KEY = re.compile(r"^raw/(?P<type>[^/=]+)/v(?P<version>\d+)/dt=\d{4}-\d{2}-\d{2}/hr=\d{2}/[^/]+\.ndjson\.gz$")


def type_of(key: str) -> str | None:
    """The event type of a raw object, or None for an object of another kind."""
    match = RAW_KEY.match(key)
    return match["type"] if match else None


def folder_of(key: str) -> str:
    return "/".join(key.split("/")[1:3])


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _struct(members: dict[str, str]) -> str:
    return "STRUCT(" + ", ".join(f"{quoted(name)} {type_}" for name, type_ in members.items()) + ")"


def _line_columns(table: CuratedTable, fields: tuple[str, ...], columns: tuple[Column, ...]) -> str:
    parts: dict[str, dict[str, str]] = {"event": {}, "lineage": {}} if table.kind == "event" else {"row": {}, "lineage": {}}
    for column in columns:
        if column.source is not None:
            part, member = column.source.split(".")
            parts[part][member] = "VARCHAR"
    types = {column.name: JSON_TYPES[column.type] for column in table.fields}
    if table.kind == "dataset":
        parts["row"] = {name: types[name] for name in fields}
    elif fields:
        parts["event"]["data"] = _struct({name: types[name] for name in fields})
    return "{" + ", ".join(f"{part}: {text(_struct(members))}" for part, members in parts.items()) + "}"


def _select(table: CuratedTable, folder: str, files: list[Path], columns: tuple[Column, ...]) -> str:
    fields = table.writers[folder]
    place = "row" if table.kind == "dataset" else "event.data"
    values = []
    for column in columns:
        if column.source is not None:
            value = f"CAST(line.{column.source} AS {SQL_TYPES[column.type]})"
        elif column.name in fields:
            value = f"CAST(line.{place}.{quoted(column.name)} AS {SQL_TYPES[column.type]})"
        else:
            # What this version does not declare is absent, whatever stands there: nothing has judged it.
            value = f"CAST(NULL AS {SQL_TYPES[column.type]})"
        values.append(f"{value} AS {quoted(column.name)}")
    names = ", ".join(text(str(file)) for file in files)
    return f"""SELECT {", ".join(values)} FROM read_json([{names}], format = 'newline_delimited', compression = 'gzip',
      maximum_object_size = 67108864, columns = {_line_columns(table, fields, columns)}) AS line"""


def raw_rows(table: CuratedTable, files: dict[str, list[Path]], columns: tuple[Column, ...] | None = None) -> str:
    """The query of the rows that raw files hold.

    :param files: gzip NDJSON by the folder of the version that wrote it, `<type>/v<n>`
    :param columns: some of the table's; all unless given
    :raises KeyError: for a version that the definitions do not know
    """
    return " UNION ALL BY NAME ".join(_select(table, folder, paths, table.columns if columns is None else columns) for folder, paths in sorted(files.items()))


def read_raw(connection: duckdb.DuckDBPyConnection, table: CuratedTable, files: dict[str, list[Path]], into: str, columns: tuple[Column, ...] | None = None) -> None:
    """Makes a table of the rows that {@link raw_rows} asks for.

    :raises duckdb.Error: for a file that does not hold lines of raw
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {raw_rows(table, files, columns)}")
