"""Brings programs to this machine at pinned versions and hashes: for Spark, for Kafka and for a schema registry, which only who asks for them needs."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def once(name: str, directory: Path, pins: list[Path], size: str, bring) -> None:
    """Calls `bring` unless a directory holds what these pins say. What was broken off is done again; a second caller waits for the first."""
    directory.mkdir(parents=True, exist_ok=True)
    done = directory / "done"
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in pins)).hexdigest()
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text(encoding="utf-8") == stamp:
            return
        _say(name, f"{size} …")
        done.unlink(missing_ok=True)
        bring()
        done.write_text(stamp, encoding="utf-8")
        _say(name, "done")


def _say(name: str, text: str) -> None:
    print(f"{name}: {text}", file=sys.stderr, flush=True)


def install(name: str, python: Path, requirements: Path, words: list[str]) -> None:
    """Installs the packages of a file of pins, each of which has its hash."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", *words, "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name} could not be installed: pip failed.\n{done.stderr.strip()[-2000:]}\nSee that pip reaches its index, then give the same command again.")


def repository(default) -> str:
    """The Maven repository: that of HEADRACE_MAVEN, or else what `default` gives."""
    return (os.environ.get("HEADRACE_MAVEN") or default()).rstrip("/")


def downloader_repository(packages: Path) -> str:
    """The Maven repository that the package maven-artifact takes when nobody says another."""
    found = re.search(r"https://[\w./-]+", (packages / "maven_artifact" / "downloader.py").read_text(encoding="utf-8"))
    if found is None:
        sys.exit("The package maven-artifact names no Maven repository. Name one in HEADRACE_MAVEN, such as that of your company.")
    return found[0]


def bring_jars(maven: str, pins: Path, jars: Path) -> None:
    """Brings the files of a list of lines `group:artifact:version[:classifier][@ending] sha256`, jars unless it says another ending, into a directory, which is emptied first."""
    shutil.rmtree(jars, ignore_errors=True)
    jars.mkdir()
    lines = [line for line in pins.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda line: _bring(maven, line, pins, jars), lines))


def _bring(maven: str, line: str, pins: Path, jars: Path) -> None:
    coordinates, wanted = line.split()
    place, _, ending = coordinates.partition("@")
    group, artifact, version, *classifier = place.split(":")
    file = "-".join([artifact, version, *classifier]) + f".{ending or 'jar'}"
    address = f"{maven}/{group.replace('.', '/')}/{artifact}/{version}/{file}"
    try:
        with urllib.request.urlopen(address, timeout=120) as response:
            content = response.read()
    except OSError as fault:
        sys.exit(f"{coordinates} could not be brought from {maven}: {fault}. See that it is reached, or name another Maven repository in HEADRACE_MAVEN, then give the same command again.")
    if hashlib.sha256(content).hexdigest() != wanted:
        sys.exit(f"{coordinates} from {maven} is not the file that {pins.parent.parent.name}/{pins.parent.name}/{pins.name} pins: its SHA-256 differs. Name another Maven repository in HEADRACE_MAVEN.")
    (jars / file).write_bytes(content)
