"""Snapshots of the emulator's memory, taken while it runs.

The emulator itself saves only when it is stopped, service by service. Here a forked child writes what the process held
at one moment: requests go on in the parent, all services belong to the same moment, and the file is replaced whole or
not at all. So a kill -9 loses what came after the last snapshot and nothing else. Bodies of S3 objects are not in it:
they are on disk from the moment they were put.
"""

import asyncio
import copy
import gc
import os
import pickle
import signal
import sys
import time
import traceback
from pathlib import Path

from ministack.services import lambda_svc

FORMAT = 1
# A save may take a tenth of the time at most, and a child that hangs (a lock held by another thread when it was forked) is ended.
SHARE_OF_TIME = 10
CHILD_SECONDS = 120
# Work that no request announces (schedules, state machines) is saved at least this often.
IDLE_SECONDS = 60
READING = ("Get", "List", "Describe", "BatchGet", "Query", "Scan", "Lookup")

status = {"saved_at": None, "save_seconds": None, "restored": False, "save_failures": 0}
_changes = 0
_saving = None


def install(app, path, emulator_version, seconds):
    def save_all(services):
        # The last word at a clean stop; the server no longer answers, so waiting is right.
        _finish(_fork(services, path, emulator_version), time.monotonic())

    def restore():
        _restore(app, path, emulator_version)
        asyncio.get_running_loop().create_task(_save_regularly(app, path, emulator_version, seconds))

    app.headrace_save = lambda: save_now(app, path, emulator_version)
    app.save_all = save_all
    app._load_persisted_state = restore


def note(method, action):
    """Counts a request that may have changed something."""
    global _changes
    if method not in ("GET", "HEAD", "OPTIONS") and not action.startswith(READING):
        _changes += 1


async def save_now(app, path, emulator_version):
    """Takes a snapshot of this moment; true when it is on disk."""
    global _saving
    while _saving:
        await asyncio.wait([_saving])
    started = time.monotonic()
    # Forked between two steps of the event loop: no request is half done.
    child = _fork(app._build_persistence_save_dict(), path, emulator_version)
    _saving = asyncio.get_running_loop().run_in_executor(None, _finish, child, started)
    try:
        return await asyncio.shield(_saving)
    finally:
        _saving = None


async def _save_regularly(app, path, emulator_version, seconds):
    saved, pause, last = -1, seconds, time.monotonic()
    while True:
        await asyncio.sleep(pause)
        changes = _changes
        if changes == saved and time.monotonic() - last < IDLE_SECONDS:
            continue
        last = time.monotonic()
        try:
            if await save_now(app, path, emulator_version):
                saved = changes
        except OSError:
            traceback.print_exc()
        pause = max(seconds, SHARE_OF_TIME * (time.monotonic() - last))


def _fork(services, path, emulator_version):
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        # Connections and pipes belong to the parent; a copy held here would delay their end.
        os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
        signal.alarm(CHILD_SECONDS)
        gc.disable()
        # The child's memory is its own copy already.
        copy.deepcopy = lambda value, memo=None: value
        _write(services, path, emulator_version, parent)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _write(services, path, emulator_version, parent):
    referenced = []
    prune = lambda_svc._prune_orphan_code_blobs
    lambda_svc._prune_orphan_code_blobs = referenced.append
    states = {}
    for name, get_state in services.items():
        state = get_state()
        if state is not None:
            states[name] = pickle.dumps(state, protocol=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".tmp")
    with open(written, "wb") as file:
        pickle.dump({"format": FORMAT, "emulator": emulator_version, "saved_at": time.time(), "states": states}, file, protocol=5)
        file.flush()
        os.fsync(file.fileno())
    if os.getppid() != parent:
        raise RuntimeError("the emulator was killed meanwhile; its successor's snapshots must not be replaced")
    os.replace(written, path)
    # Only now: the snapshot before this one may have needed the code that is pruned.
    for each in referenced:
        prune(each)


def _finish(child, started):
    _, result = os.waitpid(child, 0)
    if result == 0:
        status.update(saved_at=time.time(), save_seconds=round(time.monotonic() - started, 3))
    else:
        status["save_failures"] += 1
        print(f"headrace: a snapshot failed (status {result}); the one before it stands", file=sys.stderr, flush=True)
    return result == 0


def _restore(app, path, emulator_version):
    if not Path(path).exists():
        return
    with open(path, "rb") as file:
        saved = pickle.load(file)
    if saved["format"] != FORMAT or saved["emulator"] != emulator_version:
        # Exits at once: starting empty beside S3 objects of another time would be worse.
        print(f"headrace: {path} was written by MiniStack {saved['emulator']} (format {saved['format']}); this is {emulator_version} (format {FORMAT}). "
              "Start afresh: npx headrace local start --fresh", file=sys.stderr, flush=True)
        os._exit(3)
    for name, state in saved["states"].items():
        app._get_module(app._state_map[name]).load_persisted_state(pickle.loads(state))
    status.update(restored=True, saved_at=saved["saved_at"])
