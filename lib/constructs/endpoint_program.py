"""Makes the archive of the program behind a SageMaker endpoint: `endpoint_program.py PROGRAM TARGET.tar.gz [REQUIREMENTS]`.

In it are `code/`, which AWS's image installs and runs, and `packages/`, what it needs beside what that image has: wheels for
the image's machine, by their hashes, whatever machine this is. Without requirements there are no packages: then they are
those of the Python that runs the program. The same content gives the same bytes.
"""

import gzip
import re
import sys
import tarfile
import tempfile
from pathlib import Path

from made_once import made_once
from python_layer import install

# SageMaker's Scikit-learn image 1.4-2-py312 (its Dockerfile): Ubuntu 24.04, x86_64 alone.
PYTHON, ARCHITECTURE = "3.12", "x86_64"
# Parts of ONNX Runtime that no prediction calls.
UNNEEDED_FILES = re.compile(r"(^|/)(__pycache__|bin|sboms)/|^onnxruntime/(backend|datasets|quantization|tools|transformers)/|\.(pyi|h)$")


def files_of(directory, below):
    for path in sorted(each for each in directory.rglob("*") if each.is_file()):
        name = path.relative_to(directory).as_posix()
        if not UNNEEDED_FILES.search(name):
            yield f"{below}/{name}", path


def archive(files, target):
    with open(target, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0, filename="") as zipped, tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as written:
        for name, path in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o644
            with open(path, "rb") as content:
                written.addfile(entry, content)


def make(program, requirements, target):
    with tempfile.TemporaryDirectory(prefix="headrace-endpoint-") as directory:
        packages = Path(directory) / "packages"
        packages.mkdir()
        for each in requirements:
            install(Path(each), ARCHITECTURE, PYTHON, packages)
        archive([*files_of(program, "code"), *files_of(packages, "packages")], target)


def main():
    program, target = Path(sys.argv[1]), Path(sys.argv[2])
    with made_once(target) as part:
        if part is not None:
            make(program, sys.argv[3:], part)


if __name__ == "__main__":
    main()
