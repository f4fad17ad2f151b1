"""Writes the lake's curated zone: Iceberg tables in the Glue catalog, from the definitions' own description of them.

The same module runs as a Lambda function and as a program. What a table is, it reads from `tables.json`, which
core/lake/curated-table.ts makes of the definitions.
"""
