"""Batches on Spark: what headrace_lake does with DuckDB and PyIceberg, for what does not fit into a function.

Runs as a Glue job, and locally as a process with the job's arguments. It needs nothing but what Glue 5.1 brings: PySpark,
Iceberg and boto3.
"""
