"""Reads a curated table as others do; a JSON object of the answers on stdout.

`read_table.py DATABASE TABLE TAG COLUMN`: rows and the sum of a column, now and at a tag, by PyIceberg, by pandas and by DuckDB.
"""

import json
import sys

import duckdb
from pyiceberg.expressions import NotNull

from headrace_lake.catalog import open_catalog

database, name, tag, column = sys.argv[1:5]
table = open_catalog().load_table((database, name))
snapshots = {"now": table.current_snapshot().snapshot_id, "then": table.refs()[tag].snapshot_id}


def answers(snapshot):
    scan = table.scan(snapshot_id=snapshot)
    arrow = scan.to_arrow()
    frame = scan.to_pandas()
    connection = duckdb.connect()
    connection.register("rows", arrow)
    return {
        "pyiceberg": [arrow.num_rows, table.scan(row_filter=NotNull(column), snapshot_id=snapshot).count()],
        "pandas": [len(frame), int(frame[column].notna().sum())],
        "duckdb over arrow": list(connection.execute(f'SELECT count(*), count("{column}") FROM rows').fetchone()),
        "columns": arrow.column_names,
    }


print(json.dumps({"metadata": table.metadata_location, "snapshots": {when: str(snapshot) for when, snapshot in snapshots.items()}, **{when: answers(snapshot) for when, snapshot in snapshots.items()}}))
