"""Buckets as on-failure destinations of asynchronous invocations: the emulator has queues, topics and functions alone, and drops the event.

Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
"""

import datetime
import json
import uuid

from ministack.services import lambda_svc, s3


def _routing(route):
    def route_async_failure(target_arn, func_name, event, result):
        if ":s3:::" not in target_arn:
            return route(target_arn, func_name, event, result)
        now = datetime.datetime.now(datetime.timezone.utc)
        record = {
            "version": "1.0",
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": lambda_svc._func_arn(func_name) + ":$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": result.get("function_error") or "Unhandled"},
            "responsePayload": result.get("body") if isinstance(result.get("body"), dict) else {},
        }
        key = f"aws/lambda/async/{func_name}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        return s3._put_object(target_arn.split(":::", 1)[1], key, json.dumps(record).encode(), {"content-type": "application/json"})
    return route_async_failure


def install():
    lambda_svc._route_async_failure = _routing(lambda_svc._route_async_failure)
