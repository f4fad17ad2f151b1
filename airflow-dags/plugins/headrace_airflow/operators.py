"""Tasks that land batches of datasets."""

import json
import time
from datetime import UTC, datetime
from typing import Any, NoReturn

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.providers.amazon.aws.hooks.lambda_function import LambdaHook
from airflow.providers.amazon.aws.hooks.step_function import StepFunctionHook
from airflow.providers.amazon.aws.links.step_function import StateMachineExecutionsDetailsLink
from airflow.sdk import Asset, BaseOperator

from headrace_airflow.moments import batch_of_moment, moment_of_run
from headrace_airflow.pipeline import Execution, Pipeline, fault_of, refusal_of
from headrace_airflow.triggers import ExecutionsEndTrigger


class LandOperator(BaseOperator):
    """Lands batches of a dataset by the pipeline of an environment, and waits for it.

    Run again, by a retry or by a person who clears the task, it joins the execution that runs, is content with one that has
    committed the batch, and starts the next attempt where all have failed.

    :param settings: the description of the environment, see core/orchestration/airflow.ts
    :param dataset: `name@vN`
    :param asset: gets an event when a batch is committed
    """

    operator_extra_links = (StateMachineExecutionsDetailsLink(),)
    after_refusal = "Clear this task when the rows are right: it starts the next attempt."

    def __init__(self, *, settings: dict[str, Any], dataset: str, asset: Asset, aws_conn_id: str = "aws_default", **kwargs: Any) -> None:
        super().__init__(outlets=[asset], **kwargs)
        self.settings = settings
        self.dataset = dataset
        self.asset = asset
        self.aws_conn_id = aws_conn_id

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(StepFunctionHook(aws_conn_id=self.aws_conn_id, region_name=self.settings["region"]).conn, self.settings["state_machine"])

    def begin(self, context: Any) -> list[Execution]:
        """The executions that land what the run of the DAG is for."""
        raise NotImplementedError

    def event_moment(self, context: Any) -> datetime:
        """Up to when what was landed says what the dataset was."""
        raise NotImplementedError

    def execute(self, context: Any) -> list[str]:
        executions = self.begin(context)
        for execution in executions:
            self.log.info("Batch %s, attempt %s: %s", execution.batch, execution.attempt, execution.arn)
            StateMachineExecutionsDetailsLink.persist(context=context, operator=self, region_name=self.settings["region"], aws_partition=execution.arn.split(":")[1], execution_arn=execution.arn)
        return self._follow(context, executions)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> list[str]:
        """Goes on when the executions have ended."""
        pipeline = self.pipeline
        found = [pipeline.find(*_batch_and_attempt(arn)) for arn in event["executions"]]
        return self._follow(context, [each for each in found if each is not None])

    def _follow(self, context: Any, executions: list[Execution]) -> list[str]:
        while True:
            executions = [self.pipeline.start_or_join(self.dataset, each.batch) if each.is_superseded else each for each in executions]
            running = [each.arn for each in executions if each.status == "RUNNING"]
            if not running:
                break
            if self.settings["deferrable"]:
                self.defer(trigger=ExecutionsEndTrigger([each.arn for each in executions], self.settings["poll_seconds"], self.settings["region"], self.aws_conn_id), method_name="execute_complete")
            time.sleep(self.settings["poll_seconds"])
            executions = [self.pipeline.find(each.batch, each.attempt) or each for each in executions]
        failed = [each for each in executions if not each.is_committed]
        if failed:
            self._fail(failed)
        batches = [each.batch for each in executions]
        context["outlet_events"][self.asset].extra = {"batches": batches, "moment": self.event_moment(context).astimezone(UTC).isoformat()}
        return batches

    def _fail(self, failed: list[Execution]) -> NoReturn:
        refusals = [(each, refusal) for each in failed if (refusal := refusal_of(each)) is not None]
        if len(refusals) < len(failed):
            raise AirflowException("\n".join(f"Batch {each.batch} of {self.dataset} was not landed: {refusal_of(each) or fault_of(each)}\nExecution: {self._link(each)}" for each in failed))
        # What is wrong with the rows is not mended by trying again.
        raise AirflowFailException("\n".join(f"Batch {each.batch} of {self.dataset} was refused: {refusal}\nReport: {self._report(each)}\nExecution: {self._link(each)}\n{self.after_refusal}" for each, refusal in refusals))

    def _report(self, execution: Execution) -> str:
        return f"npx headrace sql \"SELECT * FROM quality_results WHERE batch = '{execution.batch}'\" --env {self.settings['environment']}"

    def _link(self, execution: Execution) -> str:
        region = self.settings["region"]
        return f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution.arn}"


class LandBatchOperator(LandOperator):
    """Lands the batch of the moment that the run is for: of a dataset that comes from a database."""

    def begin(self, context: Any) -> list[Execution]:
        return [self.pipeline.start_or_join(self.dataset, batch_of_moment(self.dataset, moment_of_run(context)))]

    def event_moment(self, context: Any) -> datetime:
        return moment_of_run(context)


class LandFilesOperator(LandOperator):
    """Lands the files that came since the last time; skipped when none did. Which are new says the function that says so to EventBridge Scheduler.

    Of several files one may fail. The next try of the run starts that one again, and takes with it what was committed since the run's
    moment: the asset hears of all of it, and not only of what the last try did.
    """

    after_refusal = "Put a corrected file: it is another batch, which the next run lands."

    def begin(self, context: Any) -> list[Execution]:
        hook = LambdaHook(aws_conn_id=self.aws_conn_id, region_name=self.settings["region"])
        tick = {"dataset": self.dataset, "moment": moment_of_run(context).astimezone(UTC).isoformat()}
        answer = hook.invoke_lambda(function_name=self.settings["scheduler_function"], payload=json.dumps(tick))
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise AirflowException(f"The files of {self.dataset} could not be looked for: {said.get('errorMessage', said)}")
        of_run = dict.fromkeys([*said.get("committed", []), *said["started"]])
        executions = [execution for batch in of_run if (execution := self.pipeline.newest(batch)) is not None]
        if not executions:
            raise AirflowSkipException(f"No new file of {self.dataset} came.")
        return executions

    def event_moment(self, context: Any) -> datetime:
        # A file says what its dataset was when it arrived.
        return datetime.now(UTC)


def _batch_and_attempt(execution_arn: str) -> tuple[str, int]:
    batch, _, attempt = execution_arn.rpartition(":")[2].rpartition(".")
    return batch, int(attempt)
