"""Makes the archive of the program behind a SageMaker endpoint: `endpoint_program.py PROGRAM TARGET.tar.gz [REQUIREMENTS]`.

In it are `code/`, which AWS's image installs and runs, and `packages/`, what it needs beside what that image has: wheels for
the image's machine, by their hashes, whatever machine this is. Without requirements there are no packages: then they are
those of the Python that runs the program. The same content gives the same bytes.
"""

import gzip
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

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


def main():
    program, target = Path(sys.argv[1]), Path(sys.argv[2])
    work = Path(tempfile.mkdtemp(prefix="headrace-endpoint-"))
    try:
        packages = work / "packages"
        packages.mkdir()
        if len(sys.argv) > 3:
            install(Path(sys.argv[3]), ARCHITECTURE, PYTHON, packages)
        part = target.with_suffix(".part")
        archive([*files_of(program, "code"), *files_of(packages, "packages")], part)
        # Renamed when it is whole: an archive that is there is complete.
        part.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
