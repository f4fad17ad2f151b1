"""Reads raw objects into rows of a curated table, as headrace_lake.raw does with DuckDB."""

from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sql
from pyspark.sql.types import BooleanType, DataType, DoubleType, StringType, StructField, StructType

from headrace_lake import table as description
from headrace_lake.table import CuratedTable

# Numbers are read as doubles, as 12.0 is a whole number in JSON.
JSON_TYPES: dict[str, DataType] = {"string": StringType(), "long": DoubleType(), "double": DoubleType(), "boolean": BooleanType(), "timestamptz": StringType()}
SQL_TYPES = {"string": "string", "long": "bigint", "double": "double", "boolean": "boolean", "timestamptz": "timestamp"}


def _struct(members: dict[str, DataType]) -> StructType:
    return StructType([StructField(name, type_) for name, type_ in members.items()])


def _line_schema(table: CuratedTable, fields: tuple[str, ...]) -> StructType:
    place = "event" if table.kind == "event" else "row"
    parts: dict[str, dict[str, DataType]] = {place: {}, "lineage": {}}
    for column in table.columns:
        if column.source is not None:
            part, member = column.source.split(".")
            parts[part][member] = StringType()
    types = {column.name: JSON_TYPES[column.type] for column in table.fields}
    if table.kind == "dataset":
        parts["row"] = {name: types[name] for name in fields}
    elif fields:
        parts["event"]["data"] = _struct({name: types[name] for name in fields})
    return _struct({part: _struct(members) for part, members in parts.items()})


def _value(table: CuratedTable, column: description.Column, fields: tuple[str, ...]) -> Column:
    place = "row" if table.kind == "dataset" else "event.data"
    if column.source is not None:
        value = sql.col(column.source)
    elif column.name in fields:
        value = sql.col(f"{place}.`{column.name}`")
    else:
        # What this version does not declare is absent, whatever stands there: nothing has judged it.
        value = sql.lit(None)
    return value.cast(SQL_TYPES[column.type]).alias(column.name)


def read_raw(spark: SparkSession, table: CuratedTable, objects: dict[str, list[str]]) -> DataFrame:
    """Rows that raw objects hold.

    :param objects: URIs of gzip NDJSON by the folder of the version that wrote them
    :raises KeyError: for a version that the definitions do not know
    """
    def rows_of(folder: str, uris: list[str]) -> DataFrame:
        fields = table.writers[folder]
        lines = spark.read.schema(_line_schema(table, fields)).option("mode", "FAILFAST").json(uris)
        return lines.select([_value(table, column, fields) for column in table.columns])

    return reduce(DataFrame.unionByName, (rows_of(folder, uris) for folder, uris in sorted(objects.items())))
