"""PySpark over the same raw: read the lines, keep the first copy of each identity, write an Iceberg table by day.

Usage: lake_pyspark.py RAW CURATED. The session is started before anything is measured.
"""

import sys
import time

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as sql
from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType

from side import serve

import os

raw, curated = sys.argv[1:3]
endpoint = os.environ["AWS_ENDPOINT_URL"]
builder = SparkSession.builder.appName("bench")
for name, value in {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.lake.type": "glue", "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.lake.warehouse": f"s3://{curated}/spark", "spark.sql.catalog.lake.s3.endpoint": endpoint, "spark.sql.catalog.lake.s3.path-style-access": "true",
    "spark.sql.catalog.lake.glue.endpoint": endpoint, "spark.sql.session.timeZone": "UTC",
}.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def texts(*names):
    return [StructField(name, StringType()) for name in names]


data = StructType([*texts("origin", "destination", "scheduledDeparture"), *[StructField(name, DoubleType()) for name in ("distance", "departureHour", "departureWeekday", "delayMinutes")]])
line = StructType([
    StructField("event", StructType([*texts("id", "source"), StructField("data", data)])),
    StructField("lineage", StructType(texts("event_time", "effective_time", "known_at", "arrival", "position", "contract", "contract_hash", "schema_version_id", "manifest_hash", "batch_id"))),
])
MOMENTS = ("event_time", "effective_time", "known_at", "arrival")


def answer(command):
    uris = [f"s3://{raw}/{key}" for key, _size in command["objects"]]
    began = time.perf_counter()
    rows = spark.read.schema(line).json(uris).select(
        sql.col("event.id").alias("_id"), sql.col("event.source").alias("_source"),
        *[sql.col(f"lineage.{name}").cast("timestamp").alias(f"_{name}") for name in MOMENTS],
        *[sql.col(f"lineage.{name}").alias(f"_{name}") for name in ("position", "contract", "contract_hash", "schema_version_id", "manifest_hash", "batch_id")],
        sql.col("event.data.origin"), sql.col("event.data.destination"), sql.col("event.data.scheduledDeparture").cast("timestamp"),
        *[sql.col(f"event.data.{name}").cast(LongType()) for name in ("distance", "departureHour", "departureWeekday", "delayMinutes")],
    )
    first = Window.partitionBy("_source", "_id").orderBy("_known_at", "_arrival", "_position")
    kept = rows.withColumn("place", sql.row_number().over(first)).where("place = 1").drop("place")
    name = f"lake.{command['database']}.flights"
    kept.repartition(sql.to_date("_event_time")).sortWithinPartitions("_event_time", "_source", "_id").writeTo(name).using("iceberg").tableProperty("write.parquet.compression-codec", "zstd") \
        .tableProperty("write.distribution-mode", "none").tableProperty("location", f"s3://{curated}/{command['database']}/flights").partitionedBy(sql.days("_event_time")).create()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": spark.table(name).count(), "peakMegabytes": None}


serve(answer)
