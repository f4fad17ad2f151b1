"""DAGs from the description of an environment, which `headrace airflow generate` makes from the manifest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset
from airflow.timetables.trigger import CronTriggerTimetable

from headrace_airflow.dependencies import DependenciesSensor
from headrace_airflow.operators import LandBatchOperator, LandFilesOperator


def dags_of(settings: dict[str, Any]) -> Iterator[DAG]:
    """A DAG a dataset.

    :param settings: the description, see core/orchestration/airflow.ts
    """
    assets = {dataset["dataset"]: Asset(name=dataset["asset"], uri=dataset["uri"], group="headrace") for dataset in settings["datasets"]}
    for dataset in settings["datasets"]:
        yield _dag_of(settings, dataset, assets)


def _schedule_of(dataset: dict[str, Any], assets: dict[str, Asset]) -> Any:
    """A dataset's own schedule; without one it is run when everything that it depends on has a new batch, or by hand."""
    schedule = dataset["schedule"]
    if schedule is not None:
        return CronTriggerTimetable(schedule["cron"], timezone=schedule["time_zone"])
    return [assets[each["dataset"]] for each in dataset["dependencies"]] or None


def _dag_of(settings: dict[str, Any], dataset: dict[str, Any], assets: dict[str, Asset]) -> DAG:
    from_database = dataset["source"] == "database"
    dag = DAG(
        dag_id=dataset["dag_id"],
        description=dataset["description"],
        schedule=_schedule_of(dataset, assets),
        start_date=datetime.fromisoformat(settings["start_date"]).replace(tzinfo=UTC),
        # A file is landed once, whenever it came: there is nothing to catch up with.
        catchup=from_database,
        max_active_runs=settings["concurrency"] if from_database else 1,
        tags=["headrace", settings["environment"]],
        default_args={"owner": dataset["owner"], "retries": settings["retries"], "retry_delay": timedelta(minutes=settings["retry_minutes"]), "retry_exponential_backoff": True, "max_retry_delay": timedelta(hours=1)},
    )
    land = (LandBatchOperator if from_database else LandFilesOperator)(dag=dag, task_id="land", settings=settings, dataset=dataset["dataset"], asset=assets[dataset["dataset"]])
    timed = [(assets[each["dataset"]], each["schedule"]["cron"], each["schedule"]["time_zone"]) for each in dataset["dependencies"] if each["schedule"] is not None]
    if dataset["schedule"] is not None and timed:
        DependenciesSensor(dag=dag, task_id="wait_for_dependencies", dependencies=timed, poke_interval=settings["dependency_poll_seconds"], timeout=timedelta(days=1).total_seconds()) >> land
    return dag
