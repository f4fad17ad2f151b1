"""Faults in words that hold no row."""

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

# What these say is about places, permissions and commits, never about rows.
SAYS_NO_ROW = ("software.amazon.", "com.amazonaws.", "org.apache.iceberg.exceptions.", "java.nio.file.", "java.net.", "org.apache.hadoop.fs.")


def _java_causes(fault):
    cause = fault.java_exception
    while cause is not None:
        name = cause.getClass().getName()
        yield f"{name}: {cause.getMessage()}" if name.startswith(SAYS_NO_ROW) else name
        cause = cause.getCause()


def described(fault: Exception) -> str:
    """The kinds of a fault and of its causes, and what those say that speak of no row."""
    if isinstance(fault, Py4JJavaError):
        return " by ".join(_java_causes(fault))
    if isinstance(fault, PySparkException):
        return f"{type(fault).__name__} {fault.getErrorClass() or ''}".strip()
    return f"{type(fault).__name__}: {fault}"
