"""What a checkpoint of Spark's says, and what the group says beside it."""

import json

Offsets = dict[int, int]


def offsets_of(text: str, topic: str) -> Offsets:
    """Where the partitions of an epoch end, by the file in which Spark writes it down: a line for its form, one for the query, one a source."""
    of_source = json.loads(text.strip().splitlines()[-1])
    return {int(partition): int(offset) for partition, offset in of_source.get(topic, {}).items()}


def is_passed(ends: Offsets, group: Offsets) -> bool:
    """Whether somebody else has read: the stream commits to the group no more than the ends of an epoch that is done."""
    return any(offset > ends.get(partition, 0) for partition, offset in group.items())


def place_of(root: str, number: int) -> str:
    """The first is the root itself."""
    return root.rstrip("/") if number == 1 else f"{root.rstrip('/')}-{number}"
