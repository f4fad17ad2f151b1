"""What a dataset waits for, told by the events of assets."""

from typing import Any

from airflow.sdk import Asset, BaseSensorOperator

from headrace_airflow.moments import last_moment, moment_of_event, moment_of_run


class DependenciesSensor(BaseSensorOperator):
    """Waits until each dataset that another depends on has committed a batch for the last of its moments before that of the run.

    The rule is that of core/dataset/dependencies.ts, by which the pipeline itself judges too: it also knows of batches that
    came another way. A dependency without a schedule is left to it. Between two looks the sensor takes no worker.

    :param dependencies: assets of the dependencies, with the cron expression and the time zone of their schedules
    """

    def __init__(self, *, dependencies: list[tuple[Asset, str, str]], **kwargs: Any) -> None:
        super().__init__(mode="reschedule", inlets=[asset for asset, _, _ in dependencies], **kwargs)
        self.dependencies = dependencies

    def poke(self, context: Any) -> bool:
        moment = moment_of_run(context)
        waits = []
        for asset, cron, time_zone in self.dependencies:
            since = last_moment(cron, time_zone, moment)
            committed = [committed for event in context["inlet_events"][asset] if (committed := moment_of_event(event.extra)) is not None]
            if not any(each >= since for each in committed):
                waits.append(f"{asset.name}, of which no batch since {since.isoformat()} is committed")
        if waits:
            self.log.info("Waits for %s", ", and for ".join(waits))
        return not waits
