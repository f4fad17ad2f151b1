"""A curated table in the terms of Iceberg."""

from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import BooleanType, DoubleType, IcebergType, LongType, NestedField, StringType, TimestamptzType

from .table import BATCH_COLUMN, PARTITION_COLUMN, CuratedTable

ICEBERG_TYPES: dict[str, IcebergType] = {
    "string": StringType(), "long": LongType(), "double": DoubleType(), "boolean": BooleanType(), "timestamptz": TimestamptzType(),
}


def iceberg_schema(table: CuratedTable) -> Schema:
    return Schema(*(
        NestedField(field_id=index, name=column.name, field_type=ICEBERG_TYPES[column.type], required=column.required, doc=column.comment or None)
        for index, column in enumerate(table.columns, start=1)
    ))


def partition_spec(table: CuratedTable, schema: Schema) -> PartitionSpec:
    """By day for events, by request for predictions; the table of a dataset is written whole, and the platform's own are small."""
    if table.kind == "predictions":
        return PartitionSpec(PartitionField(source_id=schema.find_field(BATCH_COLUMN).field_id, field_id=1000, transform=IdentityTransform(), name="batch"))
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
