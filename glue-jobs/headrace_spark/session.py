"""The Spark session, with the account's Glue catalog."""

import os

from pyspark.sql import SparkSession

CATALOG = "lake"


def open_session(name: str) -> SparkSession:
    """A session whose catalog `lake` is the account's. On Glue, master and sizes are the job's; endpoints are found as the AWS SDKs find them."""
    builder = SparkSession.builder.appName(name)
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
        f"spark.sql.catalog.{CATALOG}.type": "glue",
        f"spark.sql.catalog.{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"spark.sql.catalog.{CATALOG}.glue.skip-archive": "true",
        # Tables say where they are; this is for none.
        f"spark.sql.catalog.{CATALOG}.warehouse": "s3://none/",
        # Moments are read and written as UTC, whatever the machine's zone is; and an error is an error, not a null.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
    }
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint is not None:
        settings |= {
            f"spark.sql.catalog.{CATALOG}.s3.endpoint": endpoint,
            f"spark.sql.catalog.{CATALOG}.s3.path-style-access": "true",
            f"spark.sql.catalog.{CATALOG}.glue.endpoint": endpoint,
        }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session
