"""Erases a subject from what has landed: files of datasets as they came, and what was taken out of databases.

A file is not written anew: it would be another batch. Once its rows are in raw it is a copy, and goes whole; before, somebody has to decide.
"""

import gzip
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .erase import Subject
from .object_versions import held_by, versions_below

PIECE = 1 << 20
EXTRACTS = "extracts/"
NOT_TAKEN = "its batch is not committed: land it with npx headrace dataset run, or take it away, and erase again"


def _holds_in_parquet(file: IO[bytes], identifiers: tuple[str, ...]) -> bool:
    """Whether a cell says an identifier; a number says it as it is written."""
    values, parquet = pa.array(identifiers, pa.string()), pq.ParquetFile(file)
    names = [field.name for field in parquet.schema_arrow if pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or pa.types.is_integer(field.type)]
    for batch in parquet.iter_batches(columns=names, batch_size=50_000) if names else ():
        if any(pc.any(pc.is_in(pc.cast(column, pa.string()), value_set=values)).as_py() for column in batch.columns):
            return True
    return False


def _holds_in_bytes(pieces: Iterator[bytes], identifiers: tuple[str, ...]) -> bool:
    """Whether an identifier stands somewhere, also where one piece ends and the next begins."""
    looked_for = [identifier.encode() for identifier in identifiers]
    overlap, before = max(map(len, looked_for)) - 1, b""
    for piece in pieces:
        text = before + piece
        if any(each in text for each in looked_for):
            return True
        before = text[-overlap:] if overlap else b""
    return False


def holds(file: IO[bytes], subject: Subject) -> bool:
    """Whether a file holds an identifier of the subject. Which field it is in is not asked: the file is a copy."""
    start = file.read(4)
    file.seek(0)
    if start == b"PAR1":
        return _holds_in_parquet(file, subject.identifiers)
    content: Any = gzip.GzipFile(fileobj=file) if start[:2] == b"\x1f\x8b" else file
    try:
        return _holds_in_bytes(iter(lambda: content.read(PIECE), b""), subject.identifiers)
    except (gzip.BadGzipFile, EOFError):
        # It is not what its first bytes say: what can be read of it is bytes.
        file.seek(0)
        return _holds_in_bytes(iter(lambda: file.read(PIECE), b""), subject.identifiers)


def _fetched(s3: Any, bucket: str, version: dict[str, Any], into: IO[bytes]) -> str:
    """Brings a version here; gives its checksum."""
    body, checksum = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"], hashlib.sha256()
    for piece in body.iter_chunks(PIECE):
        checksum.update(piece)
        into.write(piece)
    into.seek(0)
    return checksum.hexdigest()


def look(s3: Any, bucket: str, subject: Subject, *, is_committed: Callable[[str, str], bool], erases: bool) -> dict[str, Any]:
    """Looks for a subject in every version of every file, and deletes those that hold it.

    :param is_committed: whether the rows of a file are in raw, by its key and its checksum
    """
    found: dict[str, Any] = {"records": 0, "outstanding": 0, "held": [], "blocked": []}
    for version, is_current, _ in versions_below(s3, bucket, ""):
        with tempfile.TemporaryFile() as file:
            checksum = _fetched(s3, bucket, version, file)
            if not holds(file, subject):
                continue
        key, why = version["Key"], held_by(s3, bucket, version)
        found["records"] += 1
        if is_current and not is_committed(key, checksum):
            found["blocked"].append({"place": key, "why": NOT_TAKEN})
        elif why is not None:
            found["held"].append({"place": key, "why": why})
        else:
            found["outstanding"] += 1
        if not erases or found["blocked"] and found["blocked"][-1]["place"] == key:
            continue
        if is_current:
            # Else the version before would be read again.
            s3.delete_object(Bucket=bucket, Key=key)
        if why is None:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    return found


def committed_in(table: Any) -> Callable[[str, str], bool]:
    """Which files' rows are in raw, by the batch table."""
    checksums, batches, start = set(), set(), {}
    while True:
        page = table.scan(ProjectionExpression="#batch, #status, checksum", ExpressionAttributeNames={"#batch": "batch", "#status": "status"}, ConsistentRead=True, **start)
        for item in page["Items"]:
            if item.get("status") == "committed":
                checksums.add(item.get("checksum"))
                batches.add(item["batch"])
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def is_committed(key: str, checksum: str) -> bool:
        return checksum in checksums or (key.startswith(EXTRACTS) and key.removeprefix(EXTRACTS).split("/")[1] in batches)

    return is_committed
