"""The quality gate: whether a batch keeps what its dataset's definition expects of it."""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .table import Expectation

# Rows that break an expectation, of which the results show so many.
SAMPLE_ROWS = 5


@dataclass(frozen=True)
class Before:
    """A batch that was taken into the table before this one: its rows, and mean and standard deviation of its numbers."""

    batch: str
    rows: int
    means: dict[str, tuple[float, float]]


class Rows(Protocol):
    """The rows of a batch, as an engine holds them: the view `batch_rows`, which its SQL reads."""

    def refer(self, dataset: str, column: str) -> bool:
        """Makes the view `referred` with the one column `value`, the values of a dataset's column; False where the dataset has no rows yet."""

    def failing(self, measure: dict[str, Any]) -> int:
        """How many rows break what the measure of an expectation says."""

    def sample(self, measure: dict[str, Any], columns: tuple[str, ...], most: int) -> list[dict[str, Any]]:
        """Some of those rows, by their position: `_position` and the columns."""

    def over_all(self, *sql: str) -> tuple[Any, ...]:
        """Values of SQL expressions over all rows."""


@dataclass(frozen=True)
class Checked:
    """What the gate looks at beside the rows."""

    rows: int
    rejected: int
    arrival: datetime.datetime
    before: tuple[Before, ...]  # the newest first


@dataclass(frozen=True)
class Finding:
    passed: bool
    measured: float | None
    allowed: str
    explanation: str
    failing_rows: int | None = None
    sample: tuple[dict[str, Any], ...] = ()


def _share(value: float) -> str:
    return f"{value * 100:.4g}%"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Where a row stands in its file, and what may be shown of it."""
    position = int(row["_position"].rsplit("/", 1)[-1].split(".")[0])
    return {"row_of_the_source": position, **{name: value.isoformat() if isinstance(value, datetime.datetime) else value for name, value in row.items() if name != "_position"}}


def _rows(rows: Rows, expectation: Expectation, checked: Checked) -> Finding:
    measure = expectation.measure
    referred = measure.get("referred")
    if referred is not None and not rows.refer(referred["dataset"], referred["column"]):
        return Finding(False, None, "a committed batch of it", f"the dataset {referred['dataset']} has no rows that it could refer to: run that one first")
    failing = rows.failing(measure)
    share = failing / checked.rows
    allowed = f"at most {_share(measure['atMost'])} of the rows otherwise"
    if share <= measure["atMost"]:
        return Finding(True, share, allowed, f"{failing} of {checked.rows} rows otherwise", failing)
    sample = tuple(_shown(row) for row in rows.sample(measure, expectation.shown, SAMPLE_ROWS))
    return Finding(False, share, allowed, f"{failing} of {checked.rows} rows ({_share(share)}) are otherwise", failing, sample)


def _row_count(_unread: Rows, expectation: Expectation, checked: Checked) -> Finding:
    low, high, usual = (expectation.measure.get(name) for name in ("atLeast", "atMost", "ofUsual"))
    counts = sorted(each.rows for each in checked.before)
    said = f"it has {checked.rows} rows"
    if usual is not None and counts:
        middle = (counts[(len(counts) - 1) // 2] + counts[len(counts) // 2]) / 2
        low, high = max(low or 0, middle * usual[0]), min(middle * usual[1], middle * usual[1] if high is None else high)
        said += f", and {middle:g} are usual, by the {'batch' if len(counts) == 1 else f'{len(counts)} batches'} before it"
    if low is None and high is None:
        return Finding(True, checked.rows, "nothing to compare with", f"{said}, and no batch was there before")
    passed = (low is None or checked.rows >= low) and (high is None or checked.rows <= high)
    return Finding(passed, checked.rows, _bounds(low, high), said)


def _rejected(_unread: Rows, expectation: Expectation, checked: Checked) -> Finding:
    whole = checked.rows + checked.rejected
    share = checked.rejected / whole
    at_most = expectation.measure["atMost"]
    return Finding(share <= at_most, share, f"at most {_share(at_most)}", f"{checked.rejected} of {whole} rows ({_share(share)}) were rejected; quarantine has each with its reason", checked.rejected)


def _fresh(rows: Rows, expectation: Expectation, checked: Checked) -> Finding:
    at_most = expectation.measure["atMostSeconds"]
    (newest,) = rows.over_all(f"max({expectation.measure['newest']})")
    if newest is None:
        return Finding(False, None, f"at most {datetime.timedelta(seconds=at_most)}", "no row has a moment")
    moment = datetime.datetime.fromtimestamp(newest / 1000, datetime.timezone.utc)
    age = (checked.arrival - moment).total_seconds()
    return Finding(age <= at_most, age, f"at most {datetime.timedelta(seconds=at_most)}", f"the newest is of {moment.isoformat()}, {datetime.timedelta(seconds=round(age))} before the batch arrived")


def _steady(rows: Rows, expectation: Expectation, checked: Checked) -> Finding:
    column, within = expectation.measure["column"], expectation.measure["within"]
    allowed = f"at most {within:g} standard deviations"
    before = next((each for each in checked.before if column in each.means), None)
    (mean,) = rows.over_all(expectation.measure["mean"])
    if before is None:
        return Finding(True, None, allowed, "no batch was there before")
    if mean is None:
        return Finding(False, None, allowed, "no row has a value")
    was, deviation = before.means[column]
    # A column that was the same in each row has no deviation that it could be measured by.
    difference = abs(mean - was) / deviation if deviation > 0 else (0.0 if mean == was else float("inf"))
    return Finding(difference <= within, difference, allowed, f"the mean is {mean:.6g} and was {was:.6g} in {before.batch}: {difference:.3g} standard deviations apart")


_MEASURES: dict[str, Callable[[Rows, Expectation, Checked], Finding]] = {
    "rows": _rows, "rowCount": _row_count, "rejected": _rejected, "fresh": _fresh, "steady": _steady,
}


def check(rows: Rows, expectations: tuple[Expectation, ...], checked: Checked) -> list[tuple[Expectation, Finding]]:
    """Measures each expectation on rows, of which there is at least one."""
    return [(expectation, _MEASURES[expectation.measure["kind"]](rows, expectation, checked)) for expectation in expectations]


def refusal(batch: str, dataset: str, findings: list[tuple[Expectation, Finding]]) -> str | None:
    """Why a batch is not taken, in words that say what to do; None where nothing stops it."""
    stops = [f"expected: {expectation.name} ({finding.allowed}); found: {finding.explanation}{_for_instance(finding)}" for expectation, finding in findings if not finding.passed and not expectation.warns]
    if not stops:
        return None
    return f"batch {batch} does not keep what the dataset {dataset} expects. {'. '.join(stops)}. Its rows stay in raw, and the table has those of the batch before. Correct the source and run it again, or change what the dataset expects, deploy, and run it again."


def _for_instance(finding: Finding) -> str:
    return f", for instance {json.dumps(finding.sample[0], ensure_ascii=False)}" if finding.sample else ""
