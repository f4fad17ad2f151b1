"""What waits for executions in the triggerer, where a wait takes no worker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.providers.amazon.aws.hooks.step_function import StepFunctionHook
from airflow.triggers.base import BaseTrigger, TriggerEvent


class ExecutionsEndTrigger(BaseTrigger):
    """Fires when none of some executions runs any more, however they ended: the operator judges that.

    :param executions: their ARNs
    :param poll_seconds: between two looks
    """

    def __init__(self, executions: list[str], poll_seconds: float, region: str, aws_conn_id: str) -> None:
        super().__init__()
        self.executions = executions
        self.poll_seconds = poll_seconds
        self.region = region
        self.aws_conn_id = aws_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (f"{type(self).__module__}.{type(self).__qualname__}", {"executions": self.executions, "poll_seconds": self.poll_seconds, "region": self.region, "aws_conn_id": self.aws_conn_id})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        running = list(self.executions)
        async with await StepFunctionHook(aws_conn_id=self.aws_conn_id, region_name=self.region).get_async_conn() as client:
            while True:
                statuses = [(arn, (await client.describe_execution(executionArn=arn))["status"]) for arn in running]
                running = [arn for arn, status in statuses if status == "RUNNING"]
                if not running:
                    break
                await asyncio.sleep(self.poll_seconds)
        yield TriggerEvent({"executions": self.executions})
