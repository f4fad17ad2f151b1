"""Makes the layer with the packages of Lambda functions in Python: `python_layer.py REQUIREMENTS ARCHITECTURE TARGET.zip [PYTHON]`.

Packages are brought as wheels for Lambda's machine, by their hashes, whatever machine this is. Runs on any Python with
pip, and needs nothing else. The same requirements give the same bytes.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from made_once import made_once

PYTHON = "3.13"  # of the functions, unless another is asked for
# Newest first; Amazon Linux 2023, which the runtime is made of, has glibc 2.34. With an old one alone, pip silently takes old versions.
PLATFORMS = ("manylinux_2_28", "manylinux_2_26", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}

# What Lambda's runtime brings itself, and what only commands for people need.
UNNEEDED_PACKAGES = {"boto3", "botocore", "s3transfer", "jmespath", "rich", "pygments", "markdown-it-py", "mdurl", "click"}
# Parts of packages that nothing here calls: servers, headers, tests, other catalogs.
UNNEEDED_FILES = re.compile(
    r"(^|/)(tests?|include|__pycache__|hive_metastore|sboms|bin|swagger_ui|experimental)/"
    r"|^pyarrow/(libarrow_flight|libarrow_python_flight|_flight|_pyarrow_cpp_tests|_hdfs|_gcsfs|_azurefs|src/|libarrow_python\.so$)"
    # The same library once more under each form of its version.
    r"|^pyarrow/lib\w+\.so\.\d+\.\d+\.\d+$"
    r"|^zstandard/_cffi"
    r"|\.(pyx|pxi|pxd|pyi|h|hpp|cc|cpp|lib)$"
)
LIMIT = 250 * 1024 * 1024  # unzipped, layers and function together (Lambda quotas)
ROOM_FOR_CODE = 1024 * 1024


def name_of(requirement: str) -> str:
    return re.split(r"[=\[; ]", requirement, maxsplit=1)[0].strip().lower().replace("_", "-")


def needed_requirements(text: str) -> str:
    """The requirements without packages that are not needed; each stands with its hashes up to the next."""
    parts = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return "".join(part for part in parts if part.startswith("#") or not part.strip() or name_of(part) not in UNNEEDED_PACKAGES)


def install(requirements: Path, architecture: str, python: str, target: Path) -> None:
    platforms = [word for platform in PLATFORMS for word in ("--platform", f"{platform}_{MACHINES[architecture]}")]
    subprocess.run([
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps", "--require-hashes", "--only-binary=:all:",
        *platforms, "--python-version", python, "--implementation", "cp", "--target", str(target), "-r", str(requirements),
    ], check=True, stdout=sys.stderr)


def archive(directory: Path, target: Path) -> int:
    """Writes the files of a directory into a zip below `python/`; gives their size."""
    files = sorted(path for path in directory.rglob("*") if path.is_file() and not UNNEEDED_FILES.search(path.relative_to(directory).as_posix()))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for path in files:
            entry = zipfile.ZipInfo(f"python/{path.relative_to(directory).as_posix()}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())
    return sum(path.stat().st_size for path in files)


def make(requirements: Path, architecture: str, python: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="headrace-layer-") as directory:
        work = Path(directory)
        (work / "requirements.txt").write_text(needed_requirements(requirements.read_text(encoding="utf-8")), encoding="utf-8")
        install(work / "requirements.txt", architecture, python, work / "packages")
        size = archive(work / "packages", target)
        if size + ROOM_FOR_CODE > LIMIT:
            sys.exit(f"The packages of {requirements} take {size} bytes unzipped; Lambda allows {LIMIT} with the code. Take packages out, or name more of what is not needed in {Path(__file__).name}.")
        print(size)


def main() -> None:
    requirements, architecture, target, python = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), (sys.argv[4:] or [PYTHON])[0]
    with made_once(target) as part:
        if part is not None:
            make(requirements, architecture, python, part)


if __name__ == "__main__":
    main()
