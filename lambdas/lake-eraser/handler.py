"""Looks for a subject in one store of the lake that Python reads: a curated table, what has landed, training sets and their tables."""

import datetime
import json
import os
from pathlib import Path

import boto3
import duckdb
from aws_lambda_powertools import Logger
from pyiceberg.exceptions import NoSuchTableError

from headrace_lake import landing
from headrace_lake.catalog import PLACES, open_catalog
from headrace_lake.compact import memory_bounded
from headrace_lake.erase import Erased, erase, search
from headrace_lake.feature_tables import PLACE, feature_tables
from headrace_lake.former import former_tables
from headrace_lake.subject import Subject
from headrace_lake.table import read_tables

logger = Logger()

TABLES = Path(__file__).parent / "tables.json"
PLAIN = json.loads((Path(__file__).parent / "plain-columns.json").read_text(encoding="utf-8"))
TABLE = "table:"
NOTHING = {"records": 0, "mentions": 0, "outstanding": 0, "held": [], "blocked": [], "expired": [], "types": {}}


def _subject(s3, erasure):
    """Whose data it is stands in an object that goes with the erasure."""
    request = json.loads(s3.get_object(Bucket=os.environ["CURATED_BUCKET"], Key=f"work/erasures/{erasure}.json")["Body"].read())
    return Subject((*request["identifiers"], *request.get("pseudonyms", ())), None if request.get("fields") is None else tuple(request["fields"]))


def _told(found: Erased) -> dict:
    # Rows stand in files, and a state that tells of a file that is gone has none of them.
    outstanding = found.rows or found.files or found.snapshots
    return {**NOTHING, "records": found.rows or found.files, "outstanding": outstanding + found.waiting, "held": [{"place": place, "why": why} for place, why in sorted(found.held.items())][:50], "expired": found.tags[:50]}


def _together(one, other):
    return {**NOTHING, **{name: one[name] + other[name] for name in ("records", "mentions", "outstanding", "held", "blocked", "expired")}}


def _in_tables(s3, tables, subject, order, memory_megabytes):
    found = NOTHING
    for table in tables:
        found = _together(found, _in_table(s3, table, subject, order, memory_megabytes))
    return {**found, **{name: found[name][:50] for name in ("held", "expired")}}


def _in_table(s3, table, subject, order, memory_megabytes):
    catalog, identifier = open_catalog(), (os.environ["DATABASE"], table.name)
    grace = datetime.timedelta(seconds=int(os.environ["SETTLE_SECONDS"]))
    now, began = datetime.datetime.now(datetime.timezone.utc), datetime.datetime.fromisoformat(order["startedAt"])
    load = lambda: catalog.load_table(identifier)  # noqa: E731
    try:
        if not order["erases"]:
            return _told(search(s3, load, table, subject, began=began, before=now - grace))
        with duckdb.connect() as connection:
            memory_bounded(connection, memory_megabytes, Path("/tmp/duckdb"))
            return _told(erase(connection, s3, load, table, subject, now=now, grace=grace))
    except NoSuchTableError:
        return NOTHING  # no event has come yet


def handler(event, context):
    """Takes what a store is asked for, and gives it back with what was found. It may be called again for the same."""
    s3, store = boto3.client("s3"), event["store"]
    try:
        subject = _subject(s3, event["erasure"])
        if store.startswith(TABLE):
            found = _in_table(s3, read_tables(TABLES)[store.removeprefix(TABLE)], subject, event, int(context.memory_limit_in_mb))
        elif store == "former tables":
            found = _in_tables(s3, former_tables(open_catalog(), os.environ["DATABASE"], read_tables(TABLES)), subject, event, int(context.memory_limit_in_mb))
        elif store == "feature tables":
            found = _in_tables(s3, feature_tables(open_catalog(), os.environ["DATABASE"], PLAIN), subject, event, int(context.memory_limit_in_mb))
        elif store == "features":
            # A training set, or a file of predictions, tells the keys of its entities: one that is personal takes it along. It is made of raw, and is made anew without the subject.
            # Tables are stores of their own.
            tables = (f"{PLACES['predictions']}/", *(f"{PLACE}{table.name}/" for table in feature_tables(open_catalog(), os.environ["DATABASE"])))
            found = {**NOTHING, **landing.look(s3, os.environ["FEATURES_BUCKET"], subject, is_committed=lambda key, checksum: True, erases=event["erases"], passes=tables, plain=PLAIN)}
        else:
            batches = boto3.resource("dynamodb").Table(os.environ["BATCH_TABLE"])
            found = {**NOTHING, **landing.look(s3, os.environ["LANDING_BUCKET"], subject, is_committed=landing.committed_in(batches), erases=event["erases"])}
    except duckdb.Error as fault:
        # What DuckDB says of a condition holds what is looked for.
        raise RuntimeError(f"{store} could not be looked into: {type(fault).__name__}") from None
    logger.info("looked", erasure=event["erasure"], store=store, records=found["records"])
    return {**event, "found": found, "isDone": True}
