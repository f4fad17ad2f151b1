"""The processes behind SageMaker endpoints: for each a Python of this machine that serves the real archive of a version.

What is unpacked and run is what AWS would unpack and run; only the image is not there, so that the packages are those of
the local cloud's own Python. A process that ends is started again, as a container is.
"""

import atexit
import contextvars
import http.client
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlparse

import boto3
from botocore.config import Config

import principals

SERVER = Path(__file__).parent / "model_server.py"
# Of what a container has said when it failed, so much is the reason.
REASON_CHARACTERS = 600
RESTART_SECONDS = 1

_running = {}
_lock = threading.Lock()


class NotStarted(Exception):
    pass


class NotAnswering(Exception):
    pass


def _objects(role, gateway):
    """S3, as the role of an endpoint reads it."""
    keys = principals.session(role, "SageMaker")
    own = {"aws_access_key_id": keys["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": keys["AWS_SECRET_ACCESS_KEY"], "aws_session_token": keys["AWS_SESSION_TOKEN"]}
    # A cloud that starts again asks itself before it answers.
    return boto3.client("s3", endpoint_url=gateway, region_name=os.environ.get("AWS_REGION", "us-east-1"), config=Config(retries={"mode": "standard", "max_attempts": 10}), **own)


class Process:
    """One container: its directory, its process, its port while it answers."""

    def __init__(self, container, role, gateway):
        self.container, self.role, self.gateway = container, role, gateway
        self.directory = Path(tempfile.mkdtemp(prefix="endpoint-"))
        self.ended = False
        self.port = None
        self.process = None

    def bring(self):
        place = urlparse(self.container["ModelDataUrl"])
        archive = self.directory / "model.tar.gz"
        try:
            archive.write_bytes(_objects(self.role, self.gateway).get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read())
            with tarfile.open(archive) as packed:
                packed.extractall(self.directory / "model", filter="data")
        except Exception as fault:  # noqa: BLE001 - whatever it is, there is no model
            raise NotStarted(f"Failed to download model data for container from {self.container['ModelDataUrl']}: {type(fault).__name__}: {fault}") from fault
        archive.unlink()

    def start(self):
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "PATH") if name in os.environ}
        log = open(self.directory / "log", "w+")
        self.process = subprocess.Popen([sys.executable, str(SERVER), str(self.directory / "model")], stdout=subprocess.PIPE, stderr=log, text=True,
                                        env={**kept, "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1", **self.container.get("Environment", {})}, cwd=self.directory)
        said = self.process.stdout.readline()
        if not said:
            self.process.wait()
            log.seek(0)
            raise NotStarted(f"The container for production variant all did not pass the ping health check. {log.read().strip()[-REASON_CHARACTERS:]}")
        self.port = json.loads(said)["port"]
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        self.process.wait()
        self.port = None
        time.sleep(RESTART_SECONDS)
        while not self.ended:
            try:
                return self.start()
            except NotStarted:
                time.sleep(RESTART_SECONDS)

    def invoke(self, body, headers):
        port = self.port
        if port is None:
            raise NotAnswering
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/invocations", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type"), answer.read()
        except (OSError, http.client.HTTPException) as fault:
            raise NotAnswering from fault
        finally:
            connection.close()

    def end(self):
        self.ended = True
        if self.process is not None:
            self.process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def start(container, role, gateway):
    """A process that answers. Raises NotStarted."""
    made = Process(container, role, gateway)
    try:
        made.bring()
        made.start()
    except NotStarted:
        made.end()
        raise
    return made


def replace(key, process):
    """Lets a process answer for an endpoint, or none; what did before ends."""
    with _lock:
        before = _running.pop(key, None)
        if process is not None:
            _running[key] = process
    if before is not None:
        before.end()


def of(key):
    return _running.get(key)


def in_background(work, *arguments):
    # A thread does not inherit the account and region that the emulator keeps beside a request.
    threading.Thread(target=contextvars.copy_context().run, args=(work, *arguments), daemon=True).start()


atexit.register(lambda: [process.end() for process in list(_running.values())])
