"""Looks at a batch: whether it keeps what is expected of it, and what its columns hold. Whatever engine holds its rows."""

import datetime
from dataclasses import asdict, dataclass
from typing import Any

from .profile import Profiled, profiles
from .quality import Before, Checked, Finding, check, refusal
from .table import CuratedTable, Expectation


@dataclass(frozen=True)
class Found:
    """What was found in a batch."""

    rows: int
    findings: list[tuple[Expectation, Finding]]
    profiles: list[dict[str, Any]]

    def refusal(self, batch: str, contract: str) -> str | None:
        """Why the batch is not taken, or None."""
        return refusal(batch, contract, self.findings)


def look(rows: Profiled, table: CuratedTable, folder: str, *, arrival: str, rejected: int, before: tuple[Before, ...]) -> Found:
    """Checks what is expected of the rows of a batch, and describes them.

    :param folder: of the version that the batch was landed as
    :param rejected: rows of the source that stand in quarantine
    :param before: batches that were taken before it, the newest first
    """
    (count,) = rows.over_all("count(*)")
    findings = check(rows, table.expectations.get(folder, ()), Checked(count, rejected, datetime.datetime.fromisoformat(arrival), before))
    return Found(count, findings, profiles(rows, table))


def as_document(found: Found) -> dict[str, Any]:
    """What was found, for JSON."""
    return {"rows": found.rows, "findings": [[asdict(expectation), asdict(finding)] for expectation, finding in found.findings], "profiles": found.profiles}


def from_document(document: dict[str, Any]) -> Found:
    """The inverse of {@link as_document}."""
    findings = [(Expectation(**{**expectation, "shown": tuple(expectation["shown"])}), Finding(**{**finding, "sample": tuple(finding["sample"])})) for expectation, finding in document["findings"]]
    return Found(document["rows"], findings, document["profiles"])
