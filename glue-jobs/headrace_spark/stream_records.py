"""Batches of a partition's records: what is judged at once, and becomes objects together.

Where a batch ends follows from the records alone. An epoch's records are known by their offsets before it begins, so that
one that is done again is cut alike, and its objects have the names that they had.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

# As the validator's function is given them: 5000 records, or the 6 MB that Lambda ends a batch at.
MOST_RECORDS = 5000
MOST_BYTES = 6_000_000


class Record(NamedTuple):
    """A record of a topic; key, value and the value of a header are None where the producer sent none."""

    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


COLUMNS = ("partition", "offset", "unix_millis(timestamp) AS timestamp", "timestampType AS timestamp_type", "key", "value", "headers")


def _bytes_of(record: Record) -> int:
    return len(record.key or b"") + len(record.value or b"") + sum(len(name) + len(value or b"") for name, value in record.headers)


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Cuts records, which are in the order of their partition; a batch is of one partition."""
    batch: list[Record] = []
    size = 0
    for record in records:
        added = _bytes_of(record)
        if batch and (len(batch) == MOST_RECORDS or size + added > MOST_BYTES or record.partition != batch[0].partition):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += added
    if batch:
        yield batch
