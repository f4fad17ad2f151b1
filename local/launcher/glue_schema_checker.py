"""Asks the project's own compatibility checker, a Node program that reads and writes lines of JSON (local/schema-registry).

There is one checker: what a compile and a deploy refuse, the local registry refuses for the same differences. The program is
started when it is first needed and again when it has ended; it ends by itself with its standard input, and so with the emulator.
"""

import asyncio
import json
import os
import sys

SECONDS = 20
LONGEST_LINE = 64 * 1024 * 1024
_process = None
_lock = None
_asked = 0


async def differences_of(data_format, mode, proposed, former):
    """Why a definition must not follow the former ones, oldest first: lines of text; empty when it may. Raises RuntimeError when that cannot be told."""
    global _asked, _lock
    _lock = _lock or asyncio.Lock()
    async with _lock:
        _asked += 1
        question = {"id": _asked, "format": data_format, "mode": mode, "proposed": proposed, "previous": former}
        # A second time for a program that had ended since it was last asked.
        answer = await _ask(question) or await _ask(question)
    if answer is None:
        raise RuntimeError("the compatibility checker ends instead of answering")
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["differences"]


async def _started():
    global _process
    if _process is None or _process.returncode is not None:
        command = json.loads(os.environ["HEADRACE_SCHEMA_CHECKER"])
        _process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=sys.stderr, limit=LONGEST_LINE)
    return _process


def _end(process):
    global _process
    _process = None
    try:
        process.kill()
    except ProcessLookupError:
        pass


async def _ask(question):
    """The answer, or None when the program ended before it gave one."""
    process = await _started()
    try:
        process.stdin.write(json.dumps(question).encode() + b"\n")
        answer = await asyncio.wait_for(_answer_to(question, process), SECONDS)
    except ConnectionError:
        answer = None
    except asyncio.TimeoutError:
        _end(process)
        raise RuntimeError(f"the compatibility checker gave no answer in {SECONDS} s") from None
    if answer is None:
        _end(process)
    return answer


async def _answer_to(question, process):
    await process.stdin.drain()
    # Answers to questions whose askers went away come first.
    while line := await process.stdout.readline():
        answer = json.loads(line)
        if answer["id"] == question["id"]:
            return answer
    return None
