"""The Spark session of a stream: it reads a topic and writes objects, and needs no table format."""

from pyspark.sql import SparkSession


def open_stream_session(name: str) -> SparkSession:
    """A session for one query that always runs. On Glue, master and sizes are the job's."""
    settings = {
        "spark.sql.session.timeZone": "UTC",
        # A worker's Python, and the program that judges beside it, stay for the next epoch.
        "spark.python.worker.reuse": "true",
        # An epoch is given to one task for each partition; none is begun twice at once.
        "spark.speculation": "false",
    }
    builder = SparkSession.builder.appName(name)
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session
