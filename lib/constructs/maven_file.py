"""Brings one file from a Maven repository: `maven_file.py GROUP:ARTIFACT:VERSION[:CLASSIFIER] SHA256 TARGET`. Needs nothing but Python."""

import hashlib
import os
import sys
import urllib.request
from pathlib import Path

from made_once import made_once


def bring(coordinates: str, wanted: str, target: Path) -> None:
    group, artifact, version, *classifier = coordinates.split(":")
    maven = (os.environ.get("HEADRACE_MAVEN") or "https://repo1.maven.org/maven2").rstrip("/")
    address = f"{maven}/{group.replace('.', '/')}/{artifact}/{version}/{'-'.join([artifact, version, *classifier])}.jar"
    try:
        with urllib.request.urlopen(address, timeout=120) as response:
            content = response.read()
    except OSError as fault:
        sys.exit(f"{address} could not be read: {fault}. See that it is reached, or name another Maven repository in HEADRACE_MAVEN.")
    if hashlib.sha256(content).hexdigest() != wanted:
        sys.exit(f"{address} is not the file that is pinned: its SHA-256 differs. Name another Maven repository in HEADRACE_MAVEN.")
    target.write_bytes(content)


if __name__ == "__main__":
    with made_once(Path(sys.argv[3])) as part:
        if part is not None:
            bring(sys.argv[1], sys.argv[2], part)
