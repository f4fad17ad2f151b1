"""Rows of a training set: which a model may learn from, and which it is judged on."""

from datetime import datetime

import pyarrow
import pyarrow.compute
import pyarrow.parquet

MOMENT, KNOWN, LABEL, WEIGHT = "example.moment", "example.known", "example.label", "example.weight"


def instant(text, type_of):
    """A moment in ISO 8601 as a scalar of a column's type."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return pyarrow.scalar(moment if type_of.tz else moment.replace(tzinfo=None), type_of)


def between(column, start, end):
    return pyarrow.compute.and_(pyarrow.compute.greater_equal(column, instant(start, column.type)), pyarrow.compute.less(column, instant(end, column.type)))


def columns_of(file, inputs):
    """The columns that a trainer and a judge see: nobody learns from an example's identity."""
    there = file.schema_arrow.names
    return [*inputs, MOMENT, KNOWN, LABEL, *([WEIGHT] if WEIGHT in there else [])]


def batches(path, inputs, wanted):
    """Rows of a training set a part at a time, those for which `wanted` gives true."""
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=262_144, columns=columns_of(file, inputs)):
            rows = batch.filter(wanted(batch))
            if rows.num_rows > 0:
                yield rows


def write_learned(path, inputs, learn, target):
    """Writes the rows to learn from: those of its moments whose label was known before their end, as on that day no other could have been.

    :returns: how many rows that are
    """
    def learned(batch):
        known = batch[KNOWN]
        return pyarrow.compute.and_(between(batch[MOMENT], learn["from"], learn["to"]), pyarrow.compute.less(known, instant(learn["to"], known.type)))

    count = 0
    with pyarrow.parquet.ParquetFile(path) as file:
        schema = pyarrow.schema([file.schema_arrow.field(name) for name in columns_of(file, inputs)])
    with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches(path, inputs, learned):
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def judged(path, inputs, judge):
    """The rows of the moments to judge on, a part at a time."""
    return batches(path, inputs, lambda batch: between(batch[MOMENT], judge["from"], judge["to"]))
