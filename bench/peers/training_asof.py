"""As-of joins of pandas and of polars: the newest amount of an account before each moment. Usage: training_asof.py pandas|polars RECORDS POINTS

Both files are Parquet and read before anything is measured; what is measured is sorting by time, as both joins want it, and the join.
"""

import sys
import time

from side import serve

engine, records_file, points_file = sys.argv[1:]

if engine == "pandas":
    import pandas

    records, points = pandas.read_parquet(records_file), pandas.read_parquet(points_file)

    def join():
        found = pandas.merge_asof(points.sort_values("time"), records.sort_values("time"), on="time", by="account", allow_exact_matches=False)
        return len(found), found["amount"]
else:
    import polars

    records, points = polars.read_parquet(records_file), polars.read_parquet(points_file)

    def join():
        found = points.sort("time").join_asof(records.sort("time"), on="time", by="account", strategy="backward", allow_exact_matches=False, check_sortedness=False)
        return len(found), found["amount"]


def answer(_command):
    began = time.perf_counter()
    points_found, amounts = join()
    return {"seconds": time.perf_counter() - began, "points": points_found, "amount": float(amounts.sum())}


serve(answer)
