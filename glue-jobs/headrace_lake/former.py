"""Tables of event types, datasets and models that the definitions have no more: they are kept, and nobody says any more which of their columns are personal."""

from collections.abc import Container, Iterator

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError

from .feature_tables import is_feature_table
from .table import BATCH_COLUMN, PARTITION_COLUMN, CuratedTable

# Property of a table that was made from the definitions; somebody else's beside it has none.
DEFINITION = "headrace.definition"


def former_tables(catalog: GlueCatalog, database: str, known: Container[str]) -> Iterator[CuratedTable]:
    """Tables that were made from definitions that there are no more.

    :param known: names of those that the definitions have
    """
    for _, name in catalog.list_tables(database):
        if name in known:
            continue
        try:
            iceberg = catalog.load_table((database, name))
        except NoSuchTableError:
            continue  # dropped meanwhile
        if DEFINITION in iceberg.properties and not is_feature_table(iceberg):
            columns = iceberg.schema().column_names
            kind = "event" if PARTITION_COLUMN in columns else "predictions" if columns[0] == BATCH_COLUMN else "dataset"
            yield CuratedTable(name=name, kind=kind, of=iceberg.properties[DEFINITION], description="", owner=None, personal=(), columns=(), writers={}, expectations={}, merged_by=())
