"""Erases a subject from what has landed: files of datasets as they came, and what was taken out of databases.

A file is not written anew: it would be another batch. Once its rows are in raw it is a copy, and goes whole; before, somebody has to decide.
"""

import hashlib
import json
import re
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .feature_tables import NOTHING
from .object_versions import held_by, versions_below
from .subject import Subject, as_long

PIECE = 1 << 20
# What zlib calls a stream with the header of gzip.
GZIP = 31
# A state machine passes 256 KB from state to state; core/erasure/finding.ts lists as many.
MOST_LISTED = 50
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
EXTRACTS = "extracts/"
# Rows that are to be scored: a copy of somebody's own, which no batch is made of.
SCORING_ROWS = "scoring-rows/"
NOT_TAKEN = "its batch is not committed: land it with npx headrace dataset run, or take it away, and erase again"


def _says(column: Any, identifiers: tuple[str, ...]) -> bool:
    """Whether a value of a column, or of what is nested in it, is an identifier; a number says it as a whole number is written."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _says(column.dictionary, identifiers)
    if pa.types.is_struct(kind):
        return any(_says(each, identifiers) for each in column.flatten())
    if pa.types.is_map(kind):
        return _says(column.keys, identifiers) or _says(column.items, identifiers)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _says(column.flatten(), identifiers)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = pa.array([float(whole) for whole in map(as_long, identifiers) if whole is not None], kind if pa.types.is_float32(kind) else pa.float64()).cast(pa.float64())
        return pc.any(pc.is_in(column.cast(pa.float64(), safe=False), value_set=values)).as_py() or False
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pc.any(pc.is_in(column.cast(pa.large_binary()), value_set=pa.array([each.encode() for each in identifiers], pa.large_binary()))).as_py() or False
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return pc.any(pc.is_in(column.cast(pa.large_string()), value_set=pa.array(identifiers, pa.large_string()))).as_py() or False
    return False


def _holds_in_parquet(file: IO[bytes], identifiers: tuple[str, ...], plain: Collection[str]) -> bool:
    parquet = pq.ParquetFile(file)
    looked = [index for index, name in enumerate(parquet.schema_arrow.names) if name not in plain]
    # Whole batches are read: a name with a point in it would be taken for the way to a member.
    return any(_says(batch.column(index), identifiers) for batch in parquet.iter_batches(batch_size=50_000) for index in looked)


def _forms(identifier: str) -> set[bytes]:
    """An identifier as files of text say it: plain, quoted in CSV, escaped in JSON, and in the encodings that a spreadsheet saves."""
    escaped = {json.dumps(identifier, ensure_ascii=False)[1:-1], json.dumps(identifier)[1:-1]}
    escaped |= {re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), each) for each in escaped}
    escaped |= {each.replace("/", "\\/") for each in escaped}
    return {form for text in {identifier, identifier.replace('"', '""'), *escaped} for form in _encoded(text)}


def _encoded(text: str) -> Iterator[bytes]:
    for encoding in ENCODINGS:
        try:
            yield text.encode(encoding)
        except UnicodeEncodeError:
            continue


def _holds_in_bytes(pieces: Iterator[bytes], identifiers: tuple[str, ...]) -> bool:
    """Whether an identifier stands somewhere, also where one piece ends and the next begins."""
    looked_for = [form for identifier in identifiers for form in _forms(identifier)]
    overlap, before = max(map(len, looked_for), default=1) - 1, b""
    for piece in pieces:
        text = before + piece
        if any(each in text for each in looked_for):
            return True
        before = text[-overlap:] if overlap else b""
    return False


def _inflated(file: IO[bytes]) -> Iterator[bytes]:
    """What can be inflated of a file of gzip members: of one that is cut off or damaged, what stands before."""
    inflater = zlib.decompressobj(wbits=GZIP)
    # So little at once holds no more than some megabytes, whatever it was made of.
    while piece := file.read(4096):
        while piece:
            try:
                yield inflater.decompress(piece)
            except zlib.error:
                return
            piece = inflater.unused_data
            if inflater.eof:
                inflater = zlib.decompressobj(wbits=GZIP)


def holds(file: IO[bytes], subject: Subject, plain: Collection[str] = ()) -> bool:
    """Whether a file holds an identifier of the subject. Which field it is in is not asked: the file is a copy.

    :param plain: columns that the definitions declare to be nobody's
    """
    start = file.read(4)
    file.seek(0)
    if start == b"PAR1":
        try:
            return _holds_in_parquet(file, subject.identifiers, plain)
        except (pa.ArrowException, OSError):
            # It is not what its first bytes say: what can be read of it is bytes. One such file must not keep all others.
            pass
    elif start[:2] == b"\x1f\x8b" and _holds_in_bytes(_inflated(file), subject.identifiers):
        return True
    file.seek(0)
    return _holds_in_bytes(iter(lambda: file.read(PIECE), b""), subject.identifiers)


def _named(key: str, subject: Subject) -> bool:
    """Whether a file is called by an identifier: it is a folder of its key, or its name with or without what stands after a point."""
    *folders, name = key.split("/")
    names = {*folders, name, *(name[:at] for at, letter in enumerate(name) if letter == ".")}
    return subject.fields is None and any(identifier in names for identifier in subject.identifiers)


def _place(key: str, subject: Subject) -> str:
    """Where a file is, for a receipt that is kept: it does not say who was looked for. The digits of a number, which fields are named for, stand in many a name."""
    for identifier in sorted(subject.identifiers if subject.fields is None else (), key=len, reverse=True):
        key = key.replace(identifier, "…")
    return key


def _fetched(s3: Any, bucket: str, version: dict[str, Any], into: IO[bytes]) -> str:
    """Brings a version here; gives its checksum."""
    body, checksum = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"], hashlib.sha256()
    for piece in body.iter_chunks(PIECE):
        checksum.update(piece)
        into.write(piece)
    into.seek(0)
    return checksum.hexdigest()


def look(s3: Any, bucket: str, subject: Subject, *, is_committed: Callable[[str, str], bool], erases: bool, passes: tuple[str, ...] = (), plain: Mapping[str, Sequence[str]] = NOTHING) -> dict[str, Any]:
    """Looks for a subject in every version of every file, and deletes those that hold it.

    :param is_committed: whether the rows of a file are in raw, by its key and its checksum
    :param passes: below where nothing is looked at: tables, which are looked into as such
    :param plain: by folder, columns that the definitions declare to be nobody's
    """
    found: dict[str, Any] = {"records": 0, "outstanding": 0, "held": [], "blocked": []}
    blocked = set[str]()
    for version, is_current, _ in versions_below(s3, bucket, ""):
        if version["Key"].startswith(passes):
            continue
        with tempfile.TemporaryFile() as file:
            checksum = _fetched(s3, bucket, version, file)
            declared = next((columns for folder, columns in plain.items() if version["Key"].startswith(folder)), ())
            if not _named(version["Key"], subject) and not holds(file, subject, frozenset(declared)):
                continue
        key, why = version["Key"], held_by(s3, bucket, version)
        found["records"] += 1
        if is_current and not is_committed(key, checksum):
            blocked.add(key)
            found["blocked"].append({"place": _place(key, subject), "why": NOT_TAKEN})
        elif why is not None:
            found["held"].append({"place": _place(key, subject), "why": why})
        else:
            found["outstanding"] += 1
        if not erases or key in blocked:
            continue
        if is_current:
            # Else the version before would be read again.
            s3.delete_object(Bucket=bucket, Key=key)
        if why is None:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    return {**found, "held": found["held"][:MOST_LISTED], "blocked": found["blocked"][:MOST_LISTED]}


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
        return checksum in checksums or key.startswith(SCORING_ROWS) or (key.startswith(EXTRACTS) and any(batch in batches for batch in key.split("/")[2:3]))

    return is_committed
