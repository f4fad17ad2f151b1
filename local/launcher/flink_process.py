"""One Flink on this machine that runs the program of one application: a process with a small cluster in it, asked over Flink's REST API.

It is what Managed Flink is to its users: when the process ends before it is told to, it is started again from the last
checkpoint that it has completed. Checkpoints and savepoints lie in the application's directory.
"""

import atexit
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor

START_SECONDS = 600
SAVEPOINT_SECONDS = 300
RESTART_SECONDS = 1
SIGNAL_OF_PARENT_DEATH = 1
# Of what a program has said when it ended, so much is the reason.
REASON_CHARACTERS = 1500
MEMORY = ["-Xms128m", "-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxMetaspaceSize=256m"]
# As Flink's own scripts open the JDK to itself on Java 17.
OPENED = ["java.lang", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.text", "java.time", "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch"]


class NotStarted(Exception):
    pass


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _dies_with_parent():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_OF_PARENT_DEATH, signal.SIGKILL)


class Flink:
    """The program of an application at work, until it is stopped."""

    def __init__(self, flink, directory, jar, properties, settings):
        """
        :param flink: directory that local/flink/set_up.py has filled
        :param directory: of the application; its checkpoints stay there when it is stopped
        :param properties: groups of properties, as the application has them
        :param settings: of Flink itself
        """
        self.flink, self.directory, self.properties, self.settings = flink, directory, properties, settings
        self.process, self.port, self.stopping = None, None, False
        directory.mkdir(parents=True, exist_ok=True)
        self.jar = directory / "program.jar"
        self.jar.write_bytes(jar)
        _running.add(self)

    def latest_checkpoint(self):
        """The newest checkpoint that was completed; None when there is none."""
        found = sorted(self.directory.glob("checkpoints/*/chk-*/_metadata"), key=lambda file: file.stat().st_mtime)
        return found[-1].parent.as_uri() if found else None

    def _command(self, restore):
        settings = {
            **self.settings,
            "rest.bind-address": "127.0.0.1", "rest.address": "127.0.0.1", "rest.bind-port": str(self.port), "rest.port": str(self.port),
            "execution.checkpointing.dir": (self.directory / "checkpoints").as_uri(),
            "execution.checkpointing.savepoint-dir": (self.directory / "savepoints").as_uri(),
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.num-retained": "2",
            "io.tmp.dirs": str(self.directory / "tmp"),
            **({"execution.state-recovery.path": restore} if restore else {}),
        }
        file = self.directory / "application_properties.json"
        groups = [*self.properties, {"PropertyGroupId": "flink", "PropertyMap": settings}]
        file.write_text(json.dumps(groups), encoding="utf-8")
        opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED]
        return [str(self.flink / "java" / "bin" / "java"), *MEMORY, *opened, "-cp", f"{self.jar}:{self.flink / 'jars' / '*'}", main_class(self.jar), str(file)]

    def start(self, restore):
        """Starts the program, from a checkpoint or savepoint when one is named. Raises NotStarted."""
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)
        (self.directory / "tmp").mkdir()
        self.port = _free_port()
        log = self.directory / "log"
        if log.exists() and log.stat().st_size > 20_000_000:
            log.unlink()
        begins = log.stat().st_size if log.exists() else 0
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "PATH") if name in os.environ}
        with log.open("a") as output:
            self.process = _starter.submit(subprocess.Popen, self._command(restore), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.directory, env={**kept, "TZ": "UTC"}, preexec_fn=_dies_with_parent).result()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None and not self.stopping:
            if self._is_running():
                threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()
                return
            time.sleep(0.2)
        self._kill()
        with log.open(encoding="utf-8", errors="replace") as said:
            said.seek(begins)
            raise NotStarted(said.read().strip()[-REASON_CHARACTERS:] or "it did not run in time")

    def _rest(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or b"{}")

    def job(self):
        """Id of the job that runs; None when there is none."""
        try:
            jobs = self._rest("GET", "/jobs")["jobs"]
        except (OSError, ValueError):
            return None
        return next((each["id"] for each in jobs if each["status"] == "RUNNING"), None)

    def _is_running(self):
        job = self.job()
        if job is None:
            return False
        try:
            return all(vertex["status"] in ("RUNNING", "FINISHED") for vertex in self._rest("GET", f"/jobs/{job}")["vertices"])
        except (OSError, ValueError):
            return False

    def _watch(self, process):
        process.wait()
        if self.stopping or self.process is not process:
            return
        print(f"Flink in {self.directory} has ended (exit code {process.returncode}) and is started again from its last checkpoint", flush=True)
        while not self.stopping:
            time.sleep(RESTART_SECONDS)
            try:
                return self.start(self.latest_checkpoint())
            except NotStarted as reason:
                # The broker may be away for a while.
                print(f"Flink in {self.directory} did not start again: {reason}", flush=True)

    def savepoint(self, stops):
        """Writes a savepoint, and ends the job when it `stops`; gives its place, None when there is none."""
        job = self.job()
        if job is None:
            return None
        target = (self.directory / "savepoints").as_uri()
        try:
            trigger = self._rest("POST", f"/jobs/{job}/{'stop' if stops else 'savepoints'}", {"targetDirectory": target, "drain": False} if stops else {"target-directory": target})["request-id"]
            deadline = time.monotonic() + SAVEPOINT_SECONDS
            while time.monotonic() < deadline:
                answer = self._rest("GET", f"/jobs/{job}/savepoints/{trigger}")
                if answer["status"]["id"] == "COMPLETED":
                    return answer["operation"].get("location")
                time.sleep(0.1)
        except (OSError, ValueError, KeyError) as fault:
            print(f"Flink in {self.directory} gave no savepoint: {fault}", flush=True)
        return None

    def stop(self, takes_savepoint):
        """Ends the program; gives the place of its savepoint, when it takes one."""
        # Its process ends with its job: that is no reason to start it again.
        self.stopping = True
        location = self.savepoint(True) if takes_savepoint else None
        self._kill()
        _running.discard(self)
        return location

    def _kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def main_class(jar):
    """The class that a program's archive says is its main one."""
    with zipfile.ZipFile(jar) as archive:
        lines = archive.read("META-INF/MANIFEST.MF").decode("utf-8").replace("\r\n", "\n").replace("\n ", "").split("\n")
    found = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("Main-Class:")), None)
    if found is None:
        raise NotStarted("The archive names no main class in its manifest.")
    return found


_running = set()
# A process is ended with the thread that started it, not with that thread's process alone: one that lives as long as this does.
_starter = ThreadPoolExecutor(1)
atexit.register(lambda: [flink._kill() for flink in list(_running)])
