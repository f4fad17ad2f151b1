"""Settings of Spark on this machine: what on AWS is the job's, and Glue's own."""

MEMORY = "3g"


def write(directory, spark, endpoint):
    """Writes spark-defaults.conf into a directory, which SPARK_CONF_DIR is to name.

    :param spark: what local/spark/set_up.py has filled
    :param endpoint: of the local cloud
    """
    settings = {
        "spark.master": "local[*]", "spark.driver.memory": MEMORY, "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.jars": ",".join(str(jar) for jar in sorted((spark / "jars").glob("*.jar"))),
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "8",
        # Objects of S3 are files of Spark's, as they are on Glue.
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem", "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true", "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    }
    (directory / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()), encoding="utf-8")
