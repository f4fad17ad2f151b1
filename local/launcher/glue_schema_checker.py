"""Asks the project's own compatibility checker, a Node program that reads and writes lines of JSON (local/schema-registry).

There is one checker: what a compile and a deploy refuse, the local registry refuses for the same differences.
"""

import asyncio
import json
import os
import sys

_process = None
_lock = None
SECONDS = 20
LONGEST_LINE = 64 * 1024 * 1024


async def _started():
    global _process
    if _process is None or _process.returncode is not None:
        command = json.loads(os.environ["HEADRACE_SCHEMA_CHECKER"])
        _process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=sys.stderr, limit=LONGEST_LINE)
    return _process


async def differences_of(data_format, mode, proposed, former):
    """Why a definition must not follow the former ones, oldest first: lines of text; empty when it may."""
    global _lock, _process
    _lock = _lock or asyncio.Lock()
    async with _lock:
        process = await _started()
        try:
            process.stdin.write(json.dumps({"format": data_format, "mode": mode, "proposed": proposed, "previous": former}).encode() + b"\n")
            await process.stdin.drain()
            answer = await asyncio.wait_for(process.stdout.readline(), SECONDS)
        except (asyncio.TimeoutError, ConnectionError):
            process.kill()
            _process = None
            raise
    if not answer:
        _process = None
        raise RuntimeError("the compatibility checker ended")
    return json.loads(answer)["differences"]
