"""The curated tables in the Glue catalog, made and kept as the definitions say."""

import os

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table

from .iceberg_table import ICEBERG_TYPES, iceberg_schema, partition_spec, table_properties
from .table import CuratedTable


# Where in their zone tables stand, by their kind: predictions in the features zone, all others in the curated one.
PLACES = {"event": "events", "dataset": "datasets", "platform": "platform", "predictions": "predictions"}


def open_catalog() -> GlueCatalog:
    """The catalog of the account. Endpoints and credentials are found as the AWS SDKs find them."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    # The file system under PyArrow does not look for them where the SDK does.
    places = {} if endpoint is None else {"glue.endpoint": endpoint, "s3.endpoint": endpoint}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return GlueCatalog("headrace", **{"client.region": region, "s3.region": region, "glue.skip-archive": "true", **places})


def _create(catalog: GlueCatalog, identifier: tuple[str, str], location: str, table: CuratedTable) -> Table:
    schema = iceberg_schema(table)
    try:
        return catalog.create_table(identifier, schema=schema, location=location, partition_spec=partition_spec(table, schema), properties=table_properties(table))
    except TableAlreadyExistsError:
        # Another one has made it meanwhile.
        return catalog.load_table(identifier)


def _bring_up_to_date(iceberg: Table, table: CuratedTable) -> Table:
    """Adds fields that a new version of the contract has, and says what the definitions say of the table now."""
    known = {field.name: field for field in iceberg.schema().fields}
    new = [column for column in table.columns if column.name not in known]
    commented = [column for column in table.columns if column.name in known and (known[column.name].doc or "") != column.comment]
    properties = {name: value for name, value in table_properties(table).items() if iceberg.properties.get(name) != value}
    gone = [name for name in iceberg.properties if name.startswith("headrace.") and name not in table_properties(table)]
    if not (new or commented or properties or gone):
        return iceberg
    with iceberg.transaction() as change:
        if new or commented:
            with change.update_schema() as schema:
                for column in new:
                    schema.add_column(column.name, ICEBERG_TYPES[column.type], doc=column.comment or None)
                for column in commented:
                    schema.update_column(column.name, doc=column.comment)
        if properties:
            change.set_properties(**properties)
        if gone:
            change.remove_properties(*gone)
    return iceberg


def load(catalog: GlueCatalog, database: str, bucket: str, table: CuratedTable) -> Table:
    """The table as it stands now, made when it is not there, with every field of the definitions."""
    identifier = (database, table.name)
    try:
        iceberg = catalog.load_table(identifier)
    except NoSuchTableError:
        iceberg = _create(catalog, identifier, f"s3://{bucket}/{PLACES[table.kind]}/{table.name}", table)
    return _bring_up_to_date(iceberg, table)
