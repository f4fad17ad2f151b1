"""Code of Lambda functions run by the emulator: unpacked once, not at each cold start.

AWS keeps a function's code unpacked where it starts execution environments. The emulator inflates the archive for each of
them, which for a native library of 45 MB takes longer than everything else in a cold start. Here the files of an archive
are inflated once and then linked into each environment's directory. They are read-only, as below /var/task.
"""

import hashlib
import os
import shutil
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace

import ministack.core.lambda_runtime as lambda_runtime

_lock = threading.Lock()


def _key(archive):
    """Names the content of an archive by what its directory says of each file; nothing is inflated for it."""
    digest = hashlib.sha256()
    for entry in archive.infolist():
        digest.update(f"{entry.filename}\0{entry.CRC}\0{entry.file_size}\0{entry.external_attr}\n".encode())
    return digest.hexdigest()


def _unpacked(archive, cache):
    directory = cache / _key(archive)
    with _lock:
        if directory.is_dir():
            return directory
        # Renamed when it is whole: a process that is killed leaves no half of it under this name.
        part = directory.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        zipfile.ZipFile.extractall(archive, part)
        for file in part.rglob("*"):
            if file.is_file():
                file.chmod(0o555 if os.access(file, os.X_OK) else 0o444)
        part.rename(directory)
        return directory


def install(cache: Path):
    """Lets execution environments start from code below a directory of our own, which is emptied at each start."""
    shutil.rmtree(cache, ignore_errors=True)

    class LinkingZipFile(zipfile.ZipFile):
        def extractall(self, path=None, members=None, pwd=None):
            shutil.copytree(_unpacked(self, cache), path, copy_function=os.link, dirs_exist_ok=True)

    lambda_runtime.zipfile = SimpleNamespace(ZipFile=LinkingZipFile, BadZipFile=zipfile.BadZipFile)
