"""Answers under /_headrace/ on the emulator's port: which local cloud this is, what Flink it runs, and a snapshot on request."""

import json
import os
import uuid

import flink_applications
import snapshot

INSTANCE = uuid.uuid4().hex


def install(app, facts):
    emulator = app.app

    async def with_status(scope, receive, send):
        if scope["type"] == "http":
            path = scope["path"]
            headers = dict(scope["headers"])
            # A caller that decided something about one emulator must not write it into its successor.
            expected = headers.get(b"x-headrace-instance", b"").decode("latin-1")
            if expected and expected != INSTANCE:
                return await _answer(send, {"instance": INSTANCE}, 412)
            if path == "/_headrace/status":
                return await _answer(send, {**facts, "pid": os.getpid(), "instance": INSTANCE, **snapshot.status})
            if path == "/_headrace/flink":
                return await _answer(send, {"applications": flink_applications.applications()})
            if path == "/_headrace/save" and scope["method"] == "POST":
                return await _answer(send, {"saved": await app.headrace_save()})
            snapshot.note(scope["method"], headers.get(b"x-amz-target", b"").decode("latin-1").rsplit(".", 1)[-1])
        return await emulator(scope, receive, send)

    app.app = with_status


async def _answer(send, body, status=200):
    headers = [(b"content-type", b"application/json"), (b"x-headrace-instance", INSTANCE.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
