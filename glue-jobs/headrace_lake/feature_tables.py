"""Iceberg tables of the features zone: training sets, and what else keeps rows of entities there. They say themselves what they are, as their columns are made from models and not from contracts."""

from collections.abc import Iterator, Mapping, Sequence

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from .table import Column, CuratedTable

# Properties of such a table: which columns say whose rows they are, and which of them are keys of entities.
IDENTIFYING = "headrace.identifying"
ENTITIES = "headrace.entities"
# Where in the features zone they stand: everything below is of one of them.
PLACE = "tables/"
KIND = "features"


def is_feature_table(iceberg: Table) -> bool:
    return IDENTIFYING in iceberg.properties


# What no definition says anything of.
NOTHING: Mapping[str, Sequence[str]] = {}


def described(iceberg: Table, plain: Mapping[str, Sequence[str]] = NOTHING) -> CuratedTable:
    """What there is to know of such a table for its maintenance and for erasing.

    :param plain: by table, columns that the definitions declare to be nobody's
    """
    identifying, entities = (tuple(name for name in iceberg.properties.get(each, "").split(",") if name) for each in (IDENTIFYING, ENTITIES))
    return CuratedTable(
        name=iceberg.name()[-1], kind=KIND, of=iceberg.properties.get("headrace.definition", ""), description="", owner=None, personal=entities,
        columns=tuple(Column(field.name, str(field.field_type), False, "", None) for field in iceberg.schema().fields), writers={}, expectations={}, merged_by=identifying,
        plain=tuple(plain.get(iceberg.name()[-1], ())),
    )


def feature_tables(catalog: GlueCatalog, database: str, plain: Mapping[str, Sequence[str]] = NOTHING) -> Iterator[CuratedTable]:
    """Every such table of a database."""
    for _, name in catalog.list_tables(database):
        try:
            iceberg = catalog.load_table((database, name))
        except NoSuchTableError:
            continue  # dropped meanwhile, or no Iceberg table
        if is_feature_table(iceberg):
            yield described(iceberg, plain)
