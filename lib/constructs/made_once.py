"""Files that are made once for a machine and kept, though two commands may want one at the same moment."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def made_once(target: Path) -> Iterator[Path | None]:
    """Where to write what becomes `target` when it is whole, or None where another has made it: who comes second waits for the first."""
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            yield None
            return
        part = target.with_suffix(".part")
        yield part
        # Renamed when it is whole: a file that is there is complete.
        part.replace(target)
