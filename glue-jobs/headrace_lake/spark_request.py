"""What is asked of the Spark job for a batch of a dataset, and what is done with its answer.

The job takes and gives documents in the lake: it needs neither PyIceberg nor the definitions, and makes no table.
"""

import json
from collections.abc import Callable
from typing import Any

from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from .batch import Batch
from .gate import batches_before, keep_found
from .inspection import from_document
from .table import CuratedTable


def place_of(dataset: str, batch: str, attempt: int) -> str:
    """Prefix of the documents of an attempt at a batch."""
    return f"work/{dataset}/{batch}.{attempt}"


def referred_datasets(table: CuratedTable, folder: str) -> tuple[str, ...]:
    """Datasets that expectations about a dataset refer to."""
    return tuple(sorted({expectation.measure["referred"]["dataset"] for expectation in table.expectations.get(folder, ()) if expectation.measure.get("referred")}))


def request_of(load: Callable[[str], Table], described: dict[str, Any], table: CuratedTable, batch: Batch, manifest: dict[str, Any], *, folder: str, contract: str, database: str, raw_bucket: str, summary: dict[str, str], keep_days: int) -> dict[str, Any]:
    """Makes the dataset's table where it is not there, and says everything that the job needs.

    :param load: loads the table of a dataset, or one of the platform's, by its name
    :param described: the table as `tables.json` has it
    :param manifest: of the batch, in raw
    """
    load(table.of)
    referred: dict[str, str] = {}
    for name in referred_datasets(table, folder):
        try:
            referred[name] = load(name).name()[-1]
        except NoSuchTableError:
            continue
    return {
        "work": "batch", "table": described, "database": database, "folder": folder, "contract": contract, "batch": batch.id, "arrival": batch.arrival, "rejected": manifest["rejected"],
        "objects": [f"s3://{raw_bucket}/{part['key']}" for part in manifest["parts"]], "referred": referred, "summary": summary, "keepDays": keep_days,
        "before": [{"batch": each.batch, "rows": each.rows, "means": {field: list(mean) for field, mean in each.means.items()}} for each in batches_before(load, table.of, batch.arrival)],
    }


def take_answer(load: Callable[[str], Table], table: CuratedTable, batch: Batch, answer: dict[str, Any], *, contract: str) -> str | None:
    """Keeps what the job found in a batch; gives why the batch is not taken, or None."""
    found = from_document(answer["found"])
    keep_found(load, table, batch, found, contract)
    return found.refusal(batch.id, contract)


def as_bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
