"""Moments for which datasets are run, and the batches that they name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter


def batch_of_moment(dataset: str, moment: datetime) -> str:
    """The batch of a moment, as core/dataset/postgres.ts names it: the same moment is the same batch, whoever runs it.

    :param dataset: `name@vN`
    """
    return f"{dataset.replace('@', '-')}-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def last_moment(cron: str, time_zone: str, at: datetime) -> datetime:
    """The last moment of a schedule at or before another."""
    zone = ZoneInfo(time_zone)
    # By the clock on the wall, without a zone: croniter is an hour off where clocks change between two moments. From three hours later on, as an hour that clocks are set back by comes twice.
    # A datetime of the standard library, as pendulum's, which Airflow gives, has another arithmetic.
    # Of a time that is skipped the later reading, of one that is there twice the second, as Airflow's own timetables have it.
    wall = croniter(cron, datetime.fromtimestamp(at.timestamp(), zone).replace(tzinfo=None) + timedelta(hours=3))
    while True:
        time = wall.get_prev(datetime).replace(tzinfo=zone)
        moment = max(time.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if moment <= at:
            return moment


def moment_of_event(extra: Mapping[str, Any] | None) -> datetime | None:
    """Up to when the batch of an asset's event says what its dataset was; None for an event that is not one of ours."""
    said = (extra or {}).get("moment")
    return None if said is None else datetime.fromisoformat(said)


def moment_of_run(context: Mapping[str, Any]) -> datetime:
    """The moment that a run of a DAG is for: the end of its data interval. A run that assets started is for the newest of their batches, one that a person started for when that was."""
    triggering = context.get("triggering_asset_events") or {}
    moments = [moment for events in triggering.values() for event in events if (moment := moment_of_event(event.extra)) is not None]
    return max(moments, default=None) or context.get("data_interval_end") or context["dag_run"].run_after
