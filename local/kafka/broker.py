"""The Kafka broker of the local cloud: one node in KRaft mode, on loopback, with its data in a directory.

    python broker.py KAFKA DATA PORT FILE

KAFKA is what set_up.py has made, DATA where the broker keeps everything, FILE takes this process's id and the port once
the broker answers. A broker that ends is started again, as MSK does it. It ends with this process, however that ends, and
when DATA is gone, so that none is left behind by a test that was broken off.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
CLUSTER = "aGVhZHJhY2UtbG9jYWwxMA"
MEMORY = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
SIGNAL_OF_PARENT_DEATH = 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _properties(data: Path, port: int) -> str:
    controller = _free_port()
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data / "log",
        # As MSK Serverless: topics are made on purpose, and a message has up to 8 MiB.
        "auto.create.topics.enable": "false",
        "message.max.bytes": 8 * 1024 * 1024,
        # One node has every copy.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # What there is to do for a laptop's groups and transactions needs no fifty partitions.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 2,
        "num.io.threads": 4,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _dies_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_OF_PARENT_DEATH, signal.SIGKILL)


def _java(kafka: Path, program: str, words: list[str], data: Path) -> subprocess.Popen:
    command = [str(kafka / "java" / "bin" / "java"), *MEMORY, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", str(kafka / "jars" / "*"), program, *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=data, preexec_fn=_dies_with_parent)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def _format(kafka: Path, data: Path, properties: Path) -> None:
    if (data / "log" / "meta.properties").exists():
        return
    done = _java(kafka, "kafka.tools.StorageTool", ["format", "--cluster-id", CLUSTER, "--config", str(properties)], data)
    if done.wait() != 0:
        sys.exit(f"The directory {data / 'log'} could not be made ready for Kafka.")


def main(kafka: Path, data: Path, port: int, file: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    properties = data / "server.properties"
    stopping = []
    broker = None
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(True))
    while not stopping and data.exists():
        if broker is None or broker.poll() is not None:
            if broker is not None:
                print(f"the broker has ended (exit code {broker.returncode}) and is started again", flush=True)
                time.sleep(0.5)
            properties.write_text(_properties(data, port), encoding="utf-8")
            _format(kafka, data, properties)
            broker = _java(kafka, "kafka.Kafka", [str(properties)], data)
        elif not file.exists() and _answers(port):
            file.write_text(json.dumps({"pid": os.getpid(), "port": port}), encoding="utf-8")
        time.sleep(0.1)
    if broker is not None:
        broker.terminate()
        try:
            broker.wait(15)
        except subprocess.TimeoutExpired:
            broker.kill()
            broker.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
