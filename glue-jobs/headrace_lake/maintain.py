"""Maintenance of a curated table: copies that are far apart, small files, old snapshots, files that nothing refers to."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysTrue, LessThan
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.refs import SnapshotRefType
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .commit import DAY_OF_TIME, days_in, of_days
from .survivors import IDENTITY, ORDER
from .stream import ROWS_OF_A_FILE, overwrite, read
from .table import PARTITION_COLUMN

# A day's files are written as one when there are several and they are smaller than this on average.
SMALL_FILE_BYTES = 64 * 1024 * 1024
# A table with more rows is not searched for copies that are far apart: it would take longer than a function may.
MOST_ROWS_SEARCHED = 300_000_000
# Files of commits under way are not referred to yet.
GRACE = datetime.timedelta(days=1)
# A table of the platform's own, whose commits are small, is written anew when it has more files.
MOST_FILES = 30
# Days that are written anew in one commit.
DAYS_AT_ONCE = 8

Load = Callable[[], Table]


@dataclass
class Maintained:
    """What maintenance did to a table, and what the table is now."""

    aged: int = 0  # rows of days before those that are kept
    copies: int = 0  # rows that were removed, as the same event stood on a far day
    rewritten: int = 0  # days whose files were written as one
    tags: int = 0  # tags that were older than they may get
    expired: int = 0  # snapshots
    removed: int = 0  # files that nothing referred to
    files: int = 0
    bytes: int = 0
    rows: int = 0


def _is_by_day(iceberg: Table) -> bool:
    """Whether a table holds events: one row for each identity, by day. A dataset's is written whole, and predictions are by request."""
    return PARTITION_COLUMN in iceberg.schema().column_names


def starting_over(work: Callable[[], Any]) -> Any:
    """Does work that ends in a commit, from its start again where somebody else was faster."""
    for attempt in Retrying(retry=retry_if_exception_type((CommitFailedException, ValidationException)), wait=wait_random_exponential(multiplier=0.5, max=15), stop=stop_after_attempt(10), reraise=True):
        with attempt:
            return work()


def _overwrite(connection: duckdb.DuckDBPyConnection, iceberg: Table, days: list[datetime.date], *, kept: str, why: str) -> None:
    """Writes days anew, from the handle that was loaded before what is left out was worked out."""
    overwrite(connection, iceberg, of_days(days), kept=kept, added=None, order=(PARTITION_COLUMN, *IDENTITY), summary={"headrace.maintenance": why})


def remove_far_copies(connection: duckdb.DuckDBPyConnection, load: Load) -> int:
    """Removes all but the first copy of each identity, however far their days are apart; gives how many rows that were."""
    iceberg = load()
    if iceberg.current_snapshot() is None or iceberg.scan().count() > MOST_ROWS_SEARCHED:
        return 0
    identity = ", ".join(IDENTITY)
    connection.register("keys", read(iceberg, columns=(*IDENTITY, *ORDER, PARTITION_COLUMN)))
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE losers AS
      SELECT {identity}, _position, {DAY_OF_TIME} AS day FROM keys
      QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY {", ".join(ORDER)}) > 1""")
    days = days_in(connection, "SELECT DISTINCT day FROM losers ORDER BY day")
    if days:
        _overwrite(connection, iceberg, days, kept=f"ANTI JOIN losers USING ({identity}, _position)", why="copies")
    (copies,) = connection.execute("SELECT count(*) FROM losers").fetchone() or (0,)
    return int(copies)


def _has_small_files(files: list[DataFile]) -> bool:
    """Whether a day has more files than its rows need, and they are small."""
    rows = sum(each.record_count for each in files)
    return len(files) > rows // ROWS_OF_A_FILE + 1 and sum(each.file_size_in_bytes for each in files) / len(files) < SMALL_FILE_BYTES


def _files_by_day(iceberg: Table) -> dict[datetime.date, list[DataFile]]:
    found: dict[datetime.date, list[DataFile]] = {}
    for task in iceberg.scan().plan_files():
        found.setdefault(datetime.date(1970, 1, 1) + datetime.timedelta(days=task.file.partition[0]), []).append(task.file)
    return found


def rewrite_small_files(connection: duckdb.DuckDBPyConnection, load: Load) -> int:
    """Writes the files of a day as one where there are several small ones; gives how many days that were."""
    if load().current_snapshot() is None:
        return 0
    small = sorted(day for day, files in _files_by_day(load()).items() if _has_small_files(files))
    for start in range(0, len(small), DAYS_AT_ONCE):
        starting_over(lambda days=small[start:start + DAYS_AT_ONCE]: _overwrite(connection, load(), days, kept="", why="small files"))
    return len(small)


def rewrite_whole(connection: duckdb.DuckDBPyConnection, load: Load) -> int:
    """Writes a small table that is not by day anew, when it has many files; gives whether it was, as 1 or 0."""
    iceberg = load()
    if len(list(iceberg.scan().plan_files())) <= MOST_FILES:
        return 0
    order = tuple(field.name for field in iceberg.schema().fields[:3])
    overwrite(connection, iceberg, AlwaysTrue(), kept="", added=None, order=order, summary={"headrace.maintenance": "small files"})
    return 1


def forget_old_days(load: Load, before: datetime.date) -> int:
    """Takes away the rows of days before one, by event time; gives how many. Whole partitions: no file is read."""
    iceberg = load()
    where = LessThan(PARTITION_COLUMN, f"{before.isoformat()}T00:00:00+00:00")
    rows = iceberg.scan(row_filter=where).count()
    if rows > 0:
        iceberg.delete(where, snapshot_properties={"headrace.maintenance": "retention"})
    return int(rows)


def forget_old_tags(load: Load, now: datetime.datetime) -> int:
    """Takes away tags that are older than they say they may get; gives how many. Their snapshots expire then."""
    iceberg = load()
    times = {snapshot.snapshot_id: snapshot.timestamp_ms for snapshot in iceberg.metadata.snapshots}
    old = [name for name, ref in iceberg.metadata.refs.items() if ref.snapshot_ref_type == SnapshotRefType.TAG and ref.max_ref_age_ms is not None and times[ref.snapshot_id] + ref.max_ref_age_ms < now.timestamp() * 1000]
    for name in old:
        iceberg.manage_snapshots().remove_tag(name).commit()
    return len(old)


def expire_snapshots(load: Load, before: datetime.datetime) -> int:
    """Forgets snapshots that are older; the current one and those that a tag or a branch names stay. Gives how many it forgot."""
    iceberg = load()
    earlier = len(iceberg.metadata.snapshots)
    iceberg.maintenance.expire_snapshots().older_than(before).commit()
    return earlier - len(load().metadata.snapshots)


def referred_files(iceberg: Table) -> set[str]:
    """Every file that a snapshot of the table refers to, and its metadata."""
    files = {iceberg.metadata_location, *(entry.metadata_file for entry in iceberg.metadata.metadata_log), *(each.statistics_path for each in iceberg.metadata.statistics)}
    manifests = {}
    for snapshot in iceberg.metadata.snapshots:
        files.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(iceberg.io):
            manifests[manifest.manifest_path] = manifest
    for path, manifest in manifests.items():
        files.add(path)
        files.update(entry.data_file.file_path for entry in manifest.fetch_manifest_entry(iceberg.io, discard_deleted=True))
    return files


def _listed(s3: Any, bucket: str, prefix: str) -> Iterator[tuple[str, datetime.datetime]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            yield each["Key"], each["LastModified"]


def remove_orphans(s3: Any, load: Load, now: datetime.datetime, grace: datetime.timedelta = GRACE) -> int:
    """Deletes files below the table's place that nothing refers to and that are older than commits take; gives how many."""
    # The handle comes first: a file of a commit that ends after it is younger than the grace.
    iceberg = load()
    place = urlparse(iceberg.location())
    referred = {urlparse(file).path.lstrip("/") for file in referred_files(iceberg)}
    orphans = [key for key, modified in _listed(s3, place.netloc, f"{place.path.strip('/')}/") if key not in referred and modified < now - grace]
    for start in range(0, len(orphans), 1000):
        s3.delete_objects(Bucket=place.netloc, Delete={"Quiet": True, "Objects": [{"Key": key} for key in orphans[start:start + 1000]]})
    return len(orphans)


def maintain(connection: duckdb.DuckDBPyConnection, s3: Any, load: Load, *, now: datetime.datetime, keep: datetime.timedelta, keep_rows: datetime.timedelta | None = None, is_platform: bool = False) -> Maintained:
    """Does all of it to one table. Safe to break off anywhere, to run again, and beside commits.

    :param keep: for how long snapshots stay readable
    :param keep_rows: for how long rows of events are kept, by the day on which they happened; None: for ever
    :param is_platform: whether it is one of the platform's own tables, which grow by a few rows a commit
    """
    done = Maintained()
    if _is_by_day(load()):
        if keep_rows is not None:
            done.aged = starting_over(lambda: forget_old_days(load, (now - keep_rows).date()))
        done.copies = starting_over(lambda: remove_far_copies(connection, load))
        done.rewritten = rewrite_small_files(connection, load)
    elif is_platform:
        done.rewritten = starting_over(lambda: rewrite_whole(connection, load))
    done.tags = starting_over(lambda: forget_old_tags(load, now))
    done.expired = starting_over(lambda: expire_snapshots(load, now - keep))
    done.removed = remove_orphans(s3, load, now)
    iceberg = load()
    if iceberg.current_snapshot() is not None:
        sizes = [task.file.file_size_in_bytes for task in iceberg.scan().plan_files()]
        done.files, done.bytes, done.rows = len(sizes), sum(sizes), iceberg.scan().count()
    return done
