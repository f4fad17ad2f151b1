"""Erases a subject from a curated table: from what it holds, from every state in which it can still be read, and from the files of states that nobody can read any more.

It may be broken off anywhere and run again: what is left is found by reading every file that there is.
"""

import datetime
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.refs import SnapshotRefType

from .batch import ARRIVAL, BATCH
from .commit import of_days
from .maintain import DAYS_AT_ONCE, Load, referred_files, starting_over
from .object_versions import held_by, versions_below
from .stream import overwrite, read
from .subject import Subject, condition_found, finding_columns, rows_in, where_found
from .survivors import IDENTITY
from .table import PARTITION_COLUMN, CuratedTable

ERASURE = "headrace.erasure"
# A file that nothing refers to may be one of a commit under way; none takes longer.
GRACE = datetime.timedelta(minutes=20)
# How a manifest says a smallest and a largest number (Iceberg specification, "Binary single-value serialization").
PACKED = {pa.int64(): "<q", pa.float32(): "<f", pa.float64(): "<d"}
# The empty commits after which no state refers to what a former one has taken away.
MOST_EMPTY_COMMITS = 3


@dataclass
class Erased:
    """What was found of a subject, and what became of it."""

    rows: int = 0  # rows that the table held
    files: int = 0  # data files that held rows of the subject, of any state of the table, or of none
    snapshots: int = 0  # states of the table that can be read no more, as they held the subject
    tags: list[str] = field(default_factory=list)  # names of those states
    removed: int = 0  # objects, with their former versions
    waiting: int = 0  # files that may belong to a commit under way: to be looked at again
    held: dict[str, str] = field(default_factory=dict)  # objects that may not be deleted, and why


def _entries(iceberg: Table) -> Iterator[tuple[int, DataFile]]:
    """What each snapshot says of each data file, those included that it says it has taken away."""
    known: dict[str, list[DataFile]] = {}
    for snapshot in iceberg.metadata.snapshots:
        for manifest in snapshot.manifests(iceberg.io):
            if manifest.manifest_path not in known:
                known[manifest.manifest_path] = [entry.data_file for entry in manifest.fetch_manifest_entry(iceberg.io, discard_deleted=False)]
            for file in known[manifest.manifest_path]:
                yield snapshot.snapshot_id, file


def _tells(file: DataFile, bounds: dict[int, list[bytes]]) -> bool:
    """Whether what a manifest says of a data file, its smallest and largest values, holds an identifier, or the start of one."""
    told = [(column, value) for told in (file.lower_bounds, file.upper_bounds) for column, value in (told or {}).items() if value]
    return any(identifier.startswith(value) for column, value in told for identifier in bounds.get(column, []))


class _Files:
    """Which data files hold the subject: each is read once, as none ever changes."""

    def __init__(self, iceberg: Table, columns: dict[str, pa.Array]) -> None:
        self._io, self._columns, self.holding, self._known, self._gone = iceberg.io, columns, set[str](), set[str](), set[str]()
        ids = {field.name: field.field_id for field in iceberg.schema().fields}
        self._bounds = {ids[name]: [value.encode() if isinstance(value, str) else struct.pack(PACKED[values.type], value) for value in values.to_pylist()] for name, values in columns.items() if name in ids}

    def hold(self, path: str) -> bool:
        """Whether a file holds rows of the subject; one that is no longer there holds none."""
        if path not in self._known:
            self._known.add(path)
            try:
                with self._io.new_input(path).open() as source:
                    if rows_in(source, self._columns) > 0:
                        self.holding.add(path)
            except FileNotFoundError:
                self._gone.add(path)
        return path in self.holding

    def tell(self, file: DataFile) -> bool:
        """Whether a file holds the subject, or, of one that is gone, what is said of it may."""
        return self.hold(file.file_path) or (file.file_path in self._gone and _tells(file, self._bounds))


def _kept_names(iceberg: Table) -> dict[str, str]:
    """What later commits ask of the newest state: which batch it is."""
    current = iceberg.current_snapshot()
    properties = {} if current is None or current.summary is None else current.summary.additional_properties
    return {name: properties[name] for name in (BATCH, ARRIVAL) if name in properties}


def _order_of(iceberg: Table) -> tuple[str, ...]:
    """The order of rows that come from one place each; of predictions that of the request and its row."""
    names = iceberg.schema().column_names
    return ("_position",) if "_position" in names else tuple(names[:2])


def _remove_rows(connection: duckdb.DuckDBPyConnection, load: Load, table: CuratedTable, columns: dict[str, pa.Array]) -> int:
    """Takes the rows out of what the table holds now; gives how many."""
    removed = 0
    while True:
        iceberg = load()
        where = where_found(columns)
        found = read(iceberg, where, (iceberg.schema().fields[0].name, *((PARTITION_COLUMN,) if table.kind == "event" else ()))).read_all()
        if found.num_rows == 0:
            return removed
        kept, summary = f"WHERE NOT ({condition_found(columns)})", {**_kept_names(iceberg), ERASURE: "rows"}
        if table.kind != "event":
            overwrite(connection, iceberg, AlwaysTrue(), kept=kept, added=None, order=table.merged_by or _order_of(iceberg), summary=summary)
            return removed + found.num_rows
        days = sorted({moment.date() for moment in pc.cast(found[PARTITION_COLUMN], pa.timestamp("us", "UTC")).to_pylist()})[:DAYS_AT_ONCE]
        overwrite(connection, iceberg, of_days(days), kept=kept, added=None, order=(PARTITION_COLUMN, *IDENTITY), summary=summary)
        removed += sum(moment.date() in days for moment in found[PARTITION_COLUMN].to_pylist())


def _forget_in_current(load: Load, files: _Files) -> None:
    """A state says what it has taken away, with its smallest and largest values; the one after it does not."""
    for _ in range(MOST_EMPTY_COMMITS):
        iceberg = load()
        current = iceberg.metadata.current_snapshot_id
        if not any(snapshot == current and files.tell(file) for snapshot, file in _entries(iceberg)):
            return
        iceberg.append(iceberg.schema().as_arrow().empty_table(), snapshot_properties={**_kept_names(iceberg), ERASURE: "forgotten"})
    raise RuntimeError("the newest state of the table still tells of files that held the subject; another writer is at work: run it again")


def _keep_name_of_batch(iceberg: Table) -> None:
    """The newest batch stays readable by its tag, without the subject."""
    batch, current = _kept_names(iceberg).get(BATCH), iceberg.current_snapshot()
    named = iceberg.metadata.refs.get(batch) if batch else None
    if batch is None or named is None or current is None or named.snapshot_id == current.snapshot_id:
        return
    iceberg.manage_snapshots().remove_tag(batch).create_tag(current.snapshot_id, batch, max_ref_age_ms=named.max_ref_age_ms).commit()


def _expire(load: Load, files: _Files) -> tuple[int, list[str]]:
    """Forgets every state in which the subject stands; gives how many, and the names that they had."""
    _keep_name_of_batch(load())
    iceberg = load()
    current = iceberg.metadata.current_snapshot_id
    doomed = sorted({snapshot for snapshot, file in _entries(iceberg) if snapshot != current and files.tell(file)})
    tags = sorted(name for name, ref in iceberg.metadata.refs.items() if ref.snapshot_id in doomed and ref.snapshot_ref_type == SnapshotRefType.TAG)
    for name in tags:
        iceberg.manage_snapshots().remove_tag(name).commit()
    if doomed:
        load().maintenance.expire_snapshots().by_ids(doomed).commit()
    return len(doomed), tags


def _delete(s3: Any, bucket: str, versions: list[dict[str, Any]], done: Erased) -> None:
    """Deletes versions for good. What is held stays, where nobody reads it, and it is told why."""
    current = {each["VersionId"] for each in versions if each["IsLatest"]}
    for start in range(0, len(versions), 1000):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions[start:start + 1000]]})
        for error in answer.get("Errors", []):
            done.held[error["Key"]] = held_by(s3, bucket, error) or error.get("Message") or error.get("Code", "it may not be deleted")
            done.removed -= 1
            if error.get("VersionId") in current:
                s3.delete_object(Bucket=bucket, Key=error["Key"])
    done.removed += len(versions)


def _remove_files(s3: Any, load: Load, files: _Files, committed: set[str], before: datetime.datetime, done: Erased) -> None:
    """Deletes, for good, what nothing refers to and holds the subject or may tell of it, and all that was replaced or deleted before.

    :param committed: what the table has referred to: no file of a commit under way
    :param before: what is older is of no commit under way either
    """
    place = urlparse(load().location())
    # The list comes first: what is committed after it is not in it, and what was before is referred to.
    listed = list(versions_below(s3, place.netloc, f"{place.path.strip('/')}/", markers=True))
    referred = referred_files(load())
    doomed = []
    for version, is_current, _ in listed:
        path = f"s3://{place.netloc}/{version['Key']}"
        if not is_current:
            doomed.append(version)
        elif path not in referred and not path.endswith(".json") and (not path.endswith(".parquet") or files.hold(path)):
            if path in committed or version["LastModified"] < before:
                doomed.append(version)
            else:
                done.waiting += 1
    _delete(s3, place.netloc, doomed, done)


def erase(connection: duckdb.DuckDBPyConnection, s3: Any, load: Load, table: CuratedTable, subject: Subject, *, now: datetime.datetime, grace: datetime.timedelta = GRACE) -> Erased:
    """Erases a subject from one table. What else the table holds stays, row by row; states in which the subject stands can be read no more.

    :param grace: how long a commit may take; what may be of one is told as waiting, and goes when this is done again later
    """
    done, iceberg = Erased(), load()
    columns = finding_columns(table, subject, iceberg.schema())
    if not columns or iceberg.current_snapshot() is None:
        return done
    committed = referred_files(iceberg)
    done.rows = starting_over(lambda: _remove_rows(connection, load, table, columns))
    files = _Files(iceberg, columns)
    starting_over(lambda: _forget_in_current(load, files))
    committed |= referred_files(load())
    done.snapshots, done.tags = starting_over(lambda: _expire(load, files))
    _remove_files(s3, load, files, committed, now - grace, done)
    done.files = len(files.holding)
    return done


def search(s3: Any, load: Load, table: CuratedTable, subject: Subject, *, began: datetime.datetime | None = None, before: datetime.datetime | None = None) -> Erased:
    """Looks for a subject in one table, changes nothing, and gives what there is: rows, files, snapshots and their tags.

    :param began: when erasing began: what was replaced or deleted before has to be gone, and is told as waiting where it is not
    :param before: what is older is of no commit under way: a manifest that nothing refers to, of a commit that was killed, may tell of the subject, and is told as waiting
    """
    found, iceberg = Erased(), load()
    columns = finding_columns(table, subject, iceberg.schema())
    if not columns or iceberg.current_snapshot() is None:
        return found
    found.rows = iceberg.scan(row_filter=where_found(columns)).count()
    files = _Files(iceberg, columns)
    snapshots = {snapshot for snapshot, file in _entries(iceberg) if files.tell(file)}
    place = urlparse(iceberg.location())
    listed = list(versions_below(s3, place.netloc, f"{place.path.strip('/')}/", markers=True))
    referred = referred_files(load())
    for version, is_current, is_marker in listed:
        path, is_data = f"s3://{place.netloc}/{version['Key']}", version["Key"].endswith(".parquet")
        if is_current:
            if is_data:
                files.hold(path)
            elif before is not None and path not in referred and not path.endswith(".json") and version["LastModified"] < before:
                found.waiting += 1
            continue
        if began is not None and version["LastModified"] >= began:
            # Of another commit since; only a row can be of the subject.
            if is_marker or not is_data or rows_in(io.BytesIO(s3.get_object(Bucket=place.netloc, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()), columns) == 0:
                continue
        why = None if is_marker else held_by(s3, place.netloc, version)
        if why is None:
            found.waiting += 1
        else:
            found.held[version["Key"]] = why
    found.files, found.snapshots = len(files.holding), len(snapshots)
    # The newest batch keeps its name, as another state of the table.
    batch = _kept_names(iceberg).get(BATCH)
    found.tags = sorted(name for name, ref in iceberg.metadata.refs.items() if ref.snapshot_id in snapshots and ref.snapshot_ref_type == SnapshotRefType.TAG and name != batch)
    return found
