"""Streaming compaction: takes new objects of raw into the curated tables."""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog

from .catalog import load
from .commit import Committed, merge_raw
from .lineage import RUN, Run, own_facet
from .raw import folder_of, type_of
from .table import CuratedTable

# Compressed bytes of raw that are merged at once; a line takes some fifteen times as much in memory.
BYTES_AT_ONCE = 12 * 1024 * 1024


@dataclass(frozen=True)
class NewObject:
    """An object of raw that is to be merged."""

    key: str
    size: int  # bytes, compressed


@dataclass
class Lake:
    """Where the lake is, and what its tables are."""

    s3: Any
    catalog: GlueCatalog
    database: str
    raw_bucket: str
    curated_bucket: str
    connection: duckdb.DuckDBPyConnection
    tables: dict[str, CuratedTable]
    environment: str = "local"
    summary: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of some objects of one event type."""

    event_type: str
    keys: tuple[str, ...]
    committed: Committed | None
    fault: Exception | None = None
    run: Run | None = None  # for the lineage; the snapshots that it made name it


def memory_bounded(connection: duckdb.DuckDBPyConnection, megabytes: int, directory: Path) -> duckdb.DuckDBPyConnection:
    """Keeps DuckDB to a third of the memory there is; PyArrow and the files that are being written take the rest."""
    connection.execute(f"SET memory_limit = '{megabytes // 3}MB'; SET temp_directory = '{directory}'; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    # The right side of a join is the one that is kept in memory. Left to choose, it keeps a whole scan, of which it knows no size.
    connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    return connection


def _portions(objects: list[NewObject]) -> Iterator[list[NewObject]]:
    portion: list[NewObject] = []
    size = 0
    # By their keys, which begin with type and day: what is merged at once touches few days.
    for each in sorted(objects, key=lambda each: each.key):
        if portion and size + each.size > BYTES_AT_ONCE:
            yield portion
            portion, size = [], 0
        portion.append(each)
        size += each.size
    if portion:
        yield portion


def _fetched(lake: Lake, key: str, path: Path) -> bool:
    """Brings an object of raw here; False for one that is gone: what an erasure or its retention has left of it has another name, and comes by itself."""
    try:
        lake.s3.download_file(lake.raw_bucket, key, str(path))
    except ClientError as fault:
        if fault.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _bring(lake: Lake, keys: list[str], directory: Path) -> dict[str, list[Path]]:
    """Objects of raw as files, by the folder of the version that wrote them."""
    files: dict[str, list[Path]] = {}
    targets = {key: directory / f"{index}.ndjson.gz" for index, key in enumerate(keys)}
    with ThreadPoolExecutor(8) as pool:
        # A list, so that an error of any of them is raised here.
        there = list(pool.map(lambda item: _fetched(lake, *item), targets.items()))
    for (key, path), is_there in zip(targets.items(), there, strict=True):
        if is_there:
            files.setdefault(folder_of(key), []).append(path)
    return files


def _run_of(lake: Lake, event_type: str, keys: tuple[str, ...]) -> Run:
    """The run that merges some objects: the same objects are the same run, however often they are merged."""
    facets = {"headrace_objects": own_facet("objects", objects=sorted(keys))}
    return Run(lake.environment, f"compact.{event_type}", hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest(), "STREAMING", facets)


def _merge(lake: Lake, event_type: str, keys: tuple[str, ...]) -> Outcome:
    run = _run_of(lake, event_type, keys)
    try:
        table = lake.tables[event_type]
        with tempfile.TemporaryDirectory(prefix="raw-") as directory:
            files = _bring(lake, list(keys), Path(directory))
            committed = Committed() if not files else merge_raw(lake.connection, lambda: load(lake.catalog, lake.database, lake.curated_bucket, table), table, files, summary={**lake.summary, RUN: run.run_id})
        return Outcome(event_type, keys, committed, run=run)
    except Exception as fault:  # noqa: BLE001 - a fault of some objects must not hold up the others
        return Outcome(event_type, keys, None, fault)


def is_event_object(key: str) -> bool:
    """Whether an object of raw holds events; datasets have their own pipeline."""
    return type_of(key) is not None


def compact(lake: Lake, objects: list[NewObject], *, ends_at: float) -> Iterator[Outcome]:
    """Merges objects of raw into the curated tables, a portion at a time.

    Safe to run twice, and to break off anywhere and run again. Objects that hold no events are passed over.

    :param ends_at: on the monotonic clock; no portion is begun after it
    """
    by_type: dict[str, dict[str, NewObject]] = {}
    for each in objects:
        event_type = type_of(each.key)
        if event_type is not None:
            by_type.setdefault(event_type, {})[each.key] = each
    for event_type, found in sorted(by_type.items()):
        for portion in _portions(list(found.values())):
            if time.monotonic() >= ends_at:
                return
            yield _merge(lake, event_type, tuple(each.key for each in portion))
