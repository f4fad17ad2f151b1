"""Brings a schema registry that speaks as Confluent's does (Apicurio) to this machine, for the tests: a Java for it, and Confluent's client for Python.

    python set_up.py DIRECTORY

Everything is at the versions and hashes of requirements.txt and archives.txt. What was broken off is done again; what is
done is found done in a moment. About 220 MB to download, 360 MB on disk.
"""

import shutil
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "local"))

import pinned  # noqa: E402 - it stands in another directory


def set_up(directory: Path) -> None:
    def bring() -> None:
        packages, archives, program = directory / "packages", directory / "archives", directory / "apicurio"
        for former in (packages, program):
            shutil.rmtree(former, ignore_errors=True)
        pinned.install("Apicurio", Path(sys.executable), HERE / "requirements.txt", ["--only-binary=:all:", "--target", str(packages)])
        pinned.bring_jars(pinned.repository(lambda: pinned.downloader_repository(packages)), HERE / "archives.txt", archives)
        for archive in archives.iterdir():
            with tarfile.open(archive) as content:
                content.extractall(program)
        shutil.rmtree(archives)

    pinned.once("Apicurio", directory, [HERE / "requirements.txt", HERE / "archives.txt"], "about 220 MB to download, 360 MB on disk", bring)


if __name__ == "__main__":
    set_up(Path(sys.argv[1]).absolute())
