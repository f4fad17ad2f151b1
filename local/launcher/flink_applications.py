"""Managed Service for Apache Flink: an application that is started runs its real program on a Flink of this machine.

The emulator has the control plane: applications, their states, snapshots, CloudFormation. It would run programs in Docker,
and runs nothing where there is none. Here a process takes that place, which ends with the cloud. Applications that ran when
a cloud ended run again when it starts, from their last checkpoint.
"""

import shutil
import threading
from pathlib import Path

from ministack.core import responses
from ministack.services import kinesisanalyticsv2 as service
from ministack.services import s3

import flink_process

_running = {}
_resumed = []


def _key(app):
    return app["AccountId"], app["Region"], app["ApplicationName"]


def _configuration(app):
    return app.get("ApplicationConfigurationDescription") or {}


def _properties(app):
    return (_configuration(app).get("EnvironmentPropertyDescriptions") or {}).get("PropertyGroupDescriptions") or []


def _program(app):
    place = _configuration(app)["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]["S3ApplicationCodeLocationDescription"]
    with responses.request_scope(app["AccountId"], app["Region"]):
        content = s3._get_object_data(place["BucketARN"].split(":::", 1)[-1], place["FileKey"], place.get("ObjectVersion"))
    if content is None:
        raise flink_process.NotStarted(f"There is no object {place['FileKey']}.")
    return content


def _settings(app):
    """What Managed Flink sets in Flink by the application's configuration."""
    flink = _configuration(app)["FlinkApplicationConfigurationDescription"]
    checkpoints, parallelism = flink["CheckpointConfigurationDescription"], flink["ParallelismConfigurationDescription"]
    run = (_configuration(app).get("RunConfigurationDescription") or {}).get("FlinkRunConfigurationDescription") or {}
    return {
        "parallelism.default": str(parallelism.get("Parallelism", 1)),
        "execution.state-recovery.ignore-unclaimed-state": str(bool(run.get("AllowNonRestoredState"))).lower(),
        **({"execution.checkpointing.interval": f"{checkpoints['CheckpointInterval']} ms", "execution.checkpointing.min-pause": f"{checkpoints.get('MinPauseBetweenCheckpoints', 0)} ms"} if checkpoints.get("CheckpointingEnabled") else {}),
    }


class Data:
    """What runs programs, in place of the emulator's containers."""

    def __init__(self, flink, data):
        self.flink, self.data = flink, data

    def available(self):
        return True

    def supports(self, runtime):
        return runtime == "FLINK-1_20"

    def directory(self, app):
        return self.data / "-".join(_key(app))

    def start(self, app, savepoint, on_status):
        threading.Thread(target=self._start, args=(app, savepoint, on_status), daemon=True).start()

    def _start(self, app, savepoint, on_status):
        try:
            if not (self.flink / "done").exists():
                raise flink_process.NotStarted(f"There is no Flink on this machine: {self.flink} was looked for. Bring it by npx headrace local flink, and start the application again.")
            if savepoint is None:
                # Without any state: what an earlier run left is no part of this one.
                shutil.rmtree(self.directory(app) / "checkpoints", ignore_errors=True)
            process = flink_process.Flink(self.flink, self.directory(app), _program(app), _properties(app), _settings(app))
            _running[_key(app)] = process
            process.start(savepoint)
        except Exception as reason:  # noqa: BLE001 - whatever it is, the application does not run by it
            _running.pop(_key(app), None)
            print(f"The Flink application {app['ApplicationName']} was not started: {reason}", flush=True)
            on_status("FAILED", str(reason))
            return
        on_status("RUNNING")

    def snapshot(self, app, name):
        process = _running.get(_key(app))
        return process.savepoint(False) if process else None

    def stop(self, app, force, take_snapshot):
        process = _running.pop(_key(app), None)
        return process.stop(take_snapshot and not force) if process else None

    def delete(self, app):
        self.stop(app, True, False)
        shutil.rmtree(self.directory(app), ignore_errors=True)

    def reset(self):
        for process in list(_running.values()):
            process.stop(False)
        _running.clear()


def applications():
    """What runs here, for who waits for it: names, states and properties."""
    return [{"name": name, "status": record["ApplicationStatus"], "properties": {group["PropertyGroupId"]: group.get("PropertyMap", {}) for group in ((record.get("_Configuration") or {}).get("EnvironmentProperties") or {}).get("PropertyGroups") or []}}
            for (_account, _region, name), record in list(service._applications._data.items()) if record["ApplicationStatus"] != "READY"]


def _load(load):
    def load_and_note(kept):
        left = [(key, record["ApplicationStatus"]) for key, record in (kept or {}).get("applications", {})._data.items()] if kept else []
        load(kept)
        _resumed.extend(key for key, status in left if status in ("RUNNING", "STARTING", "UPDATING"))

    return load_and_note


def _resume(data):
    """Starts again what ran when the snapshot was taken, from its last checkpoint, whatever the snapshot knows of that."""
    for account, region, name in _resumed:
        with responses.request_scope(account, region):
            record = service._applications[name]
            view = service._dataplane_view(record)
            found = sorted(data.directory(view).glob("checkpoints/*/chk-*/_metadata"), key=lambda file: file.stat().st_mtime)
            record["ApplicationStatus"], record["_driven"] = "STARTING", True
            data.start(view, found[-1].parent.as_uri() if found else None, service._status_callback(record))
    _resumed.clear()


def _deleting(data, delete):
    """The emulator tells its data plane of the end of an application that runs alone: of one that was stopped, savepoints would stay."""
    def delete_and_forget(request, *words, **named):
        record = service._applications.get(request.get("ApplicationName"))
        stopped = service._dataplane_view(record) if record is not None and not record.get("_driven") else None
        answer = delete(request, *words, **named)
        if stopped is not None and service._applications.get(stopped["ApplicationName"]) is None:
            shutil.rmtree(data.directory(stopped), ignore_errors=True)
        return answer

    return delete_and_forget


def _logging(add):
    """A stack that is rolled back to the former application gives it its log anew, which it still has: in the service nothing is given then."""
    def add_unless_there(request):
        record = service._applications.get(request.get("ApplicationName"))
        stream = (request.get("CloudWatchLoggingOption") or {}).get("LogStreamARN")
        if record is not None and any(option["LogStreamARN"] == stream for option in record["_LoggingOptions"]):
            return responses.json_response(service._logging_response(record, with_options=True))
        return add(request)

    return add_unless_there


def install(app, flink, kept):
    """
    :param flink: directory that local/flink/set_up.py has filled, or will have when an application runs
    :param kept: directory of checkpoints and savepoints
    """
    data = Data(Path(flink), Path(kept))
    service._dataplane = data
    # CloudFormation looks it up by its name, requests by their table.
    service.delete_application = service._HANDLERS["DeleteApplication"] = _deleting(data, service.delete_application)
    # CloudFormation alone takes this one: a request of that kind is refused, as the service does.
    service.add_logging_option = _logging(service.add_logging_option)
    service.load_persisted_state = _load(service.load_persisted_state)
    restore = app._load_persisted_state

    def restore_and_resume():
        restore()
        _resume(data)

    app._load_persisted_state = restore_and_resume
