"""Context attributes of EventBridge Scheduler: the emulator hands a target's input on as it is written.

AWS puts the moment, the schedule's name and more in the place of keywords (EventBridge Scheduler user guide, "Adding context
attributes"); what is run for a moment relies on that.
"""

import datetime

from ministack.services import eventbridge

SCHEDULER = "aws.scheduler"


def with_attributes(text, event):
    """The input of a target, with what the keywords stand for. A cron schedule is due at the beginning of a minute."""
    moment = datetime.datetime.fromtimestamp(event["Time"] // 60 * 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {"scheduled-time": moment, "schedule-arn": (event.get("Resources") or [""])[0], "execution-id": event["EventId"], "attempt-number": "1"}
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def install():
    invoke = eventbridge._invoke_target

    def invoke_with_attributes(target, event, *rest):
        if event.get("Source") == SCHEDULER and isinstance(target.get("Input"), str):
            target = {**target, "Input": with_attributes(target["Input"], event)}
        return invoke(target, event, *rest)

    eventbridge._invoke_target = invoke_with_attributes
