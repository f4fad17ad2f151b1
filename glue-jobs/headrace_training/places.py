"""Files by URI: of S3 or, where a model is trained on one's own machine, of its disk."""

import hashlib
import json
import shutil
from pathlib import Path
from urllib.parse import urlparse

import boto3


def bring(uri, directory):
    """A file by its URI on this machine.

    :param directory: where a file of S3 is put
    """
    place = urlparse(uri)
    if place.scheme != "s3":
        return Path(uri)
    target = Path(directory) / f"{hashlib.sha256(uri.encode()).hexdigest()[:8]}-{Path(place.path).name}"
    boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), str(target))
    return target


def put(file, uri):
    """Puts a file where its URI says; one that is there already is replaced."""
    place = urlparse(uri)
    if place.scheme == "s3":
        boto3.client("s3").upload_file(str(file), place.netloc, place.path.lstrip("/"))
        return
    Path(uri).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, uri)


def read_request(uri, directory):
    return json.loads(bring(uri, directory).read_text(encoding="utf-8"))


def checksum_of(file):
    """SHA-256 (hex) of a file."""
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
