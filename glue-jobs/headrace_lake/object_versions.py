"""Objects of a bucket with all that was replaced or deleted in it."""

import datetime
from collections.abc import Iterator
from typing import Any


def versions_below(s3: Any, bucket: str, prefix: str, *, markers: bool = False) -> Iterator[tuple[dict[str, Any], bool, bool]]:
    """Every version below a prefix, whether it is the one that is read, and whether it only says that the object is deleted."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Versions", []):
            yield each, each["IsLatest"], False
        for each in page.get("DeleteMarkers", []) if markers else ():
            yield each, False, True


def held_by(s3: Any, bucket: str, version: dict[str, Any]) -> str | None:
    """Why a version may not be deleted, and until when; None when it may."""
    head = s3.head_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    if head.get("ObjectLockLegalHoldStatus") == "ON":
        return "a legal hold, until it is lifted"
    until = head.get("ObjectLockRetainUntilDate")
    if until is None or until <= datetime.datetime.now(datetime.timezone.utc):
        return None
    return f"an object lock ({head.get('ObjectLockMode', 'of no mode')}), until {until.isoformat()}"
