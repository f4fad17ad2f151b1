"""Executions of the pipeline that lands a batch: starting one, joining one that runs, and how one ended."""

import json
from dataclasses import dataclass
from typing import Any

# A batch that was tried so often is for a person to look at.
ATTEMPTS_AT_MOST = 100


@dataclass(frozen=True)
class Execution:
    """An execution of the pipeline. Its name is `<batch>.<attempt>`, as a name cannot be used again for 90 days."""

    arn: str
    batch: str
    attempt: int
    status: str
    output: str | None = None
    cause: str | None = None

    @property
    def is_superseded(self) -> bool:
        """Whether it left the batch to a later attempt."""
        return self.status == "SUCCEEDED" and json.loads(self.output or "{}").get("outcome") == "superseded"

    @property
    def is_committed(self) -> bool:
        return self.status == "SUCCEEDED" and not self.is_superseded


@dataclass(frozen=True)
class Pipeline:
    """The state machine of an environment.

    :param client: boto3's client of Step Functions
    :param machine: ARN of the state machine
    """

    client: Any
    machine: str

    def execution_arn(self, batch: str, attempt: int) -> str:
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{batch}.{attempt}"

    def find(self, batch: str, attempt: int) -> Execution | None:
        """The execution of an attempt; None where there was none in the last 90 days."""
        arn = self.execution_arn(batch, attempt)
        try:
            found = self.client.describe_execution(executionArn=arn)
        except self.client.exceptions.ExecutionDoesNotExist:
            return None
        return Execution(arn, batch, attempt, found["status"], found.get("output"), found.get("cause"))

    def start_or_join(self, dataset: str, batch: str) -> Execution:
        """The execution that has committed a batch, the one that is about to, or else a new one: the first attempt whose name is free.

        Whoever started the batch, Airflow, EventBridge Scheduler or the command line, it is run once.
        """
        for attempt in range(1, ATTEMPTS_AT_MOST + 1):
            found = self.find(batch, attempt) or self._start(dataset, batch, attempt)
            if found is not None and (found.status == "RUNNING" or found.is_committed):
                return found
        raise RuntimeError(f"{batch}.1 and the {ATTEMPTS_AT_MOST - 1} attempts after it have ended without a commit; docs/runbook.md says how to find out why they failed.")

    def _start(self, dataset: str, batch: str, attempt: int) -> Execution | None:
        reference = {"dataset": dataset, "batch": batch, "key": "", "checksum": "", "attempt": attempt}
        try:
            started = self.client.start_execution(stateMachineArn=self.machine, name=f"{batch}.{attempt}", input=json.dumps(reference))
        except self.client.exceptions.ExecutionAlreadyExists:
            # Another has started it since it was looked for.
            return self.find(batch, attempt)
        return Execution(started["executionArn"], batch, attempt, "RUNNING")

    def newest(self, batch: str) -> Execution | None:
        """The newest attempt at a batch that somebody else has started. The first ones may be gone, after 90 days."""
        newest = None
        for attempt in range(1, ATTEMPTS_AT_MOST + 1):
            found = self.find(batch, attempt)
            if found is not None:
                newest = found
            elif newest is not None:
                break
        return newest


def refusal_of(execution: Execution) -> str | None:
    """Why a batch was refused, which trying again does not mend; None for a fault."""
    return _cause_of(execution).get("refusal")


def fault_of(execution: Execution) -> str:
    """What a failed execution says of itself: its cause is the state's last input, and the fault that a step threw is in it."""
    cause = _cause_of(execution)
    thrown = cause.get("failure", {}).get("Cause")
    try:
        return json.loads(thrown or "{}").get("errorMessage") or thrown or execution.cause or f"it is {execution.status}; its history says why"
    except ValueError:
        return str(thrown)


def _cause_of(execution: Execution) -> dict[str, Any]:
    try:
        cause = json.loads(execution.cause or "{}")
    except ValueError:
        return {}
    return cause if isinstance(cause, dict) else {}
