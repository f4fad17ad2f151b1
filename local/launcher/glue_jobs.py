"""Glue jobs: a run is a local process of the job's script, with the arguments that Glue would give it.

The emulator says of a Spark job without Docker that it has succeeded, and runs nothing. Here it runs on a Spark of this
machine, which local/spark/set_up.py brings; `.sync` tasks of state machines wait for it, as on AWS ("Run AWS Glue jobs with
Step Functions"), and schedules start it by Scheduler's universal target. A streaming job runs until it is stopped. A job that names its Python packages and no table format has no need of Spark: it runs on the Python of this
process, which must have those packages at those versions.
"""

import atexit
import contextvars
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlparse

import boto3
from ministack.services import eventbridge, glue, stepfunctions

import principals
import spark_settings

# Of what a run has said, so much is its error.
ERROR_CHARACTERS = 2000
# Of what a run has said, so much is looked at when it has ended: one may run for days.
SAID_BYTES = 1_000_000
# Scheduler calls whatever API a target names (EventBridge Scheduler user guide, "Using universal targets").
SCHEDULED = "arn:aws:scheduler:::aws-sdk:glue:startJobRun"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")

_processes = {}
# Runs that this process has begun. Others that a snapshot shows as under way ended with the cloud that began them.
_begun = set()


def _bring(s3, uri, directory):
    place = urlparse(uri)
    target = directory / Path(place.path).name
    s3.download_file(place.netloc, place.path.lstrip("/"), str(target))
    return target


def _needs_spark(arguments):
    return "--additional-python-modules" not in arguments or "--datalake-formats" in arguments


def _check_packages(arguments):
    """Glue installs the packages that a job names; here they are those of this process, and must be the same."""
    for package in arguments["--additional-python-modules"].split(","):
        name, _, version = package.partition("==")
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        if found != version:
            raise RuntimeError(f"the job asks for {package}, and {sys.executable} has {found}; npm run setup brings the packages that are pinned")


def _environment(spark, directory, modules, endpoint, keys):
    # Nothing but this reaches the script: neither the emulator's own settings nor the shell's.
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "AWS_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED") if name in os.environ}
    common = {
        **kept, **keys, "PATH": os.environ["PATH"], "TZ": "UTC", "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": kept.get("AWS_REGION", "us-east-1"), "TMPDIR": str(directory),
        "PYTHONPATH": ":".join(map(str, modules)), "PYTHONDONTWRITEBYTECODE": "1",
    }
    if spark is None:
        return common
    return {
        **common, "PATH": f"{spark / 'venv' / 'bin'}:{os.environ['PATH']}", "JAVA_HOME": str(spark / "java"), "SPARK_CONF_DIR": str(directory), "SPARK_LOCAL_DIRS": str(directory), "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _log(logs, group, run, text):
    """Puts what a run has said where Glue does; a group that is not there gets nothing."""
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in text.splitlines()[-500:] if line]
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=run["Id"])
        if events:
            logs.put_log_events(logGroupName=group, logStreamName=run["Id"], logEvents=events)
    except logs.exceptions.ResourceNotFoundException:
        pass


def _is_streaming(job):
    return (job.get("Command") or {}).get("Name") == "gluestreaming"


def _end_of(file):
    with file.open("rb") as said:
        said.seek(max(0, file.stat().st_size - SAID_BYTES))
        return said.read().decode("utf-8", "replace")


def _end(process):
    """Ends a run with all that it has started: a job's own child, such as a trainer, would go on working for nobody."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # Nobody is left; macOS says of processes that have just ended that they are not ours.


def _run(spark, job, run, arguments, endpoint):
    # Glue brings the script and writes the log with the job's role, as the script does its work.
    keys = principals.session(job["Role"], "GlueJobRunnerSession")
    own = {"aws_access_key_id": keys["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"], "aws_session_token": keys["AWS_SESSION_TOKEN"]}
    client = {name: boto3.client(name, endpoint_url=endpoint, region_name=os.environ.get("AWS_REGION", "us-east-1"), **own) for name in ("s3", "logs")}
    with tempfile.TemporaryDirectory(prefix="glue-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        if spark is not None:
            spark_settings.write(directory, spark, endpoint)
        python = sys.executable if spark is None else str(spark / "venv" / "bin" / "python")
        script = _bring(client["s3"], job["Command"]["ScriptLocation"], directory)
        modules = [_bring(client["s3"], uri, directory) for uri in arguments.get("--extra-py-files", "").split(",") if uri]
        words = [word for pair in arguments.items() for word in pair]
        saying = directory / "said"
        with saying.open("wb") as output:
            process = subprocess.Popen([python, str(script), *words], stdout=output, stderr=subprocess.STDOUT, env=_environment(spark, directory, modules, endpoint, keys), cwd=directory, start_new_session=True)
        _processes[run["Id"]] = process
        try:
            process.wait(timeout=None if _is_streaming(job) else int(job.get("Timeout") or 2880) * 60)
        except subprocess.TimeoutExpired:
            _end(process)
            process.wait()
            run["JobRunState"] = "TIMEOUT"
        finally:
            # With a run ends its machine on AWS, and so what the script has left.
            _end(process)
            del _processes[run["Id"]]
        said = _end_of(saying)
    group = arguments.get("--custom-logGroup-prefix", "/aws-glue/jobs")
    _log(client["logs"], f"{group}/{'output' if process.returncode == 0 else 'error'}", run, said)
    if run["JobRunState"] == "RUNNING":
        run["JobRunState"] = "SUCCEEDED" if process.returncode == 0 else "FAILED"
        run["ErrorMessage"] = "" if process.returncode == 0 else said[-ERROR_CHARACTERS:]


def _execute(spark, job, run, arguments, endpoint):
    run["JobRunState"] = "RUNNING"
    try:
        if not _needs_spark(arguments):
            _check_packages(arguments)
            _run(None, job, run, arguments, endpoint)
        elif (spark / "done").exists():
            _run(spark, job, run, arguments, endpoint)
        else:
            raise FileNotFoundError(f"there is no Spark on this machine: {spark} was looked for. Bring it by npx headrace local spark, and run the job again")
    except Exception as fault:  # noqa: BLE001 - whatever it is, the run has failed by it
        run["JobRunState"], run["ErrorMessage"] = "FAILED", f"{type(fault).__name__}: {fault}"[-ERROR_CHARACTERS:]
    run["CompletedOn"] = run["LastModifiedOn"] = int(time.time())
    run["ExecutionTime"] = run["CompletedOn"] - run["StartedOn"]


def _start_job_run(spark, endpoint):
    def start(data):
        name = data.get("JobName")
        job = glue._jobs.get(name)
        if job is None:
            return glue.error_response_json("EntityNotFoundException", f"Job {name} not found", 400)
        runs = glue._job_runs.setdefault(name, [])
        for left in runs:
            if left["JobRunState"] not in ENDED and left["Id"] not in _begun:
                left["JobRunState"] = "STOPPED"
        most = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 1)
        if sum(run["JobRunState"] not in ENDED for run in runs) >= most:
            return glue.error_response_json("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}", 400)
        now = int(time.time())
        arguments = {**(job.get("DefaultArguments") or {}), **(data.get("Arguments") or {})}
        run = {"Id": f"jr_{uuid.uuid4().hex}", "JobName": name, "JobRunState": "STARTING", "StartedOn": now, "LastModifiedOn": now, "Arguments": data.get("Arguments") or {}, "ErrorMessage": "", "Attempt": 0, "ExecutionTime": 0,
               "WorkerType": job.get("WorkerType"), "NumberOfWorkers": job.get("NumberOfWorkers"), "GlueVersion": job.get("GlueVersion"), "Timeout": job.get("Timeout")}
        _begun.add(run["Id"])
        runs.append(run)
        given = {**arguments, "--JOB_NAME": name, "--JOB_RUN_ID": run["Id"]}
        # A thread does not inherit the account and region that the emulator keeps beside a request.
        threading.Thread(target=contextvars.copy_context().run, args=(_execute, spark, job, run, given, endpoint), daemon=True).start()
        return glue.json_response({"JobRunId": run["Id"]})

    return start


def _stop(stop):
    def stop_and_end(data):
        answer = stop(data)
        for run in data.get("JobRunIds", []):
            process = _processes.get(run)
            if process is not None:
                _end(process)
        return answer

    return stop_and_end


def _from_state_machine(resource, data):
    status, _, body = glue._start_job_run(data)
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(f"Glue.{answer.get('__type', 'GlueException')}", answer.get("message", ""))
    if not resource.endswith(".sync"):
        return answer
    run = next(each for each in glue._job_runs[data["JobName"]] if each["Id"] == answer["JobRunId"])
    while run["JobRunState"] not in ENDED:
        time.sleep(0.2)
    if run["JobRunState"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(run))
    return dict(run)


def _by_schedule(invoke):
    """A target of a schedule that starts a run; a job that runs already is refused it, as on AWS."""
    def invoke_or_start(target, event, *rest):
        if target.get("Arn") != SCHEDULED:
            return invoke(target, event, *rest)
        glue._start_job_run(json.loads(target.get("Input") or "{}"))

    return invoke_or_start


def install(spark, port):
    """:param spark: directory that local/spark/set_up.py has filled, or will have when a job runs"""
    glue._start_job_run = _start_job_run(Path(spark), f"http://127.0.0.1:{port}")
    glue._batch_stop_job_run = _stop(glue._batch_stop_job_run)
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = _from_state_machine
    eventbridge._invoke_target = _by_schedule(eventbridge._invoke_target)
    # Runs of a cloud that is ended are over.
    atexit.register(lambda: [_end(process) for process in list(_processes.values())])
