"""What an epoch counts, as metrics: the names and dimensions are those of the validator's function."""

import datetime
from collections.abc import Iterable
from typing import Any

NAMESPACE = "Headrace"
# CloudWatch takes so many in a call (API reference, PutMetricData).
AT_ONCE = 500

# A name, and the dimension beside the environment if there is one.
Key = tuple[str, tuple[tuple[str, str], ...]]


def added_up(reports: Iterable[tuple[dict[str, float], dict[str, str] | None]]) -> dict[Key, float]:
    """One value for each metric of an epoch: what is counted is added up, and of what is waited for the longest stands."""
    totals: dict[Key, float] = {}
    for values, dimension in reports:
        for name, value in values.items():
            key = (name, tuple(sorted((dimension or {}).items())))
            totals[key] = max(totals.get(key, 0), value) if name.endswith("Lag") else totals.get(key, 0) + value
    return totals


def put(client: Any, environment: str, totals: dict[Key, float], at: datetime.datetime) -> None:
    """Gives metrics to CloudWatch."""
    data = [
        {
            "MetricName": name, "Timestamp": at, "Value": value, "Unit": "Milliseconds" if name.endswith("Lag") else "Count",
            "Dimensions": [{"Name": "environment", "Value": environment}, *({"Name": key, "Value": text} for key, text in dimension)],
        }
        for (name, dimension), value in totals.items()
    ]
    for start in range(0, len(data), AT_ONCE):
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + AT_ONCE])
