"""The trainer of Headrace: examples (Parquet) in, model.onnx and metrics.json out; docs/training.md has the contract.

The examples are the rows to learn from: a column for each input (32-bit floats, null is absent) and `example.label`; rows
of a sampled set have an `example.weight`. The same examples give the same model, to the byte.
"""

import argparse
import json

import lightgbm
import numpy
import onnxruntime
import pyarrow.compute
import pyarrow.parquet
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from headrace_training.model_file import save

PARAMETERS = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 100,
    "num_threads": 2, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
}
TREES = 200
# The newest operator set that the converter knows; the runtime reads it and all newer ones.
OPERATOR_SET = 15
# ONNX computes in 32-bit floats, LightGBM in 64-bit ones.
TOLERANCE = 1e-5
# Rows on which the two are compared.
COMPARED = 500_000


def read_examples(path, inputs):
    """Inputs as a matrix of 32-bit floats with NaN where absent, labels as 0 and 1, and weights where there are any."""
    file = pyarrow.parquet.ParquetFile(path)
    weighted = "example.weight" in file.schema_arrow.names
    table = file.read(columns=[*inputs, "example.label", *(["example.weight"] if weighted else [])])
    matrix = numpy.empty((table.num_rows, len(inputs)), dtype=numpy.float32)
    for index, name in enumerate(inputs):
        matrix[:, index] = table[name].cast("float").to_numpy()
    return matrix, pyarrow.compute.cast(table["example.label"], "int8").to_numpy(), table["example.weight"].to_numpy() if weighted else None


def round_down(threshold):
    """The largest 32-bit float that is not above a threshold."""
    rounded = numpy.float32(threshold)
    return float(rounded if float(rounded) <= threshold else numpy.nextafter(rounded, numpy.float32(-numpy.inf)))


def with_narrow_thresholds(booster):
    """The same model with thresholds that are 32-bit floats, as ONNX has them.

    For an input x that is a 32-bit float, x <= t is the same as x <= the largest such float that is not above t. Rounded to
    the nearest instead, as the converter does it, an input that lies there would take the other branch.
    """
    lines = []
    for line in booster.model_to_string().splitlines():
        if line.startswith("threshold="):
            line = "threshold=" + " ".join(repr(round_down(float(value))) for value in line.removeprefix("threshold=").split())
        # The lengths of the trees' texts, which have changed; without them they are read one after another.
        if not line.startswith("tree_sizes="):
            lines.append(line)
    return lightgbm.Booster(model_str="\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", required=True)
    parser.add_argument("--inputs", required=True, help="JSON list of the inputs' names, in their order")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    inputs = json.loads(arguments.inputs)

    matrix, labels, weights = read_examples(arguments.examples, inputs)
    if len(numpy.unique(labels)) < 2:
        raise SystemExit(f"There are {len(labels)} examples to learn from, and their labels are all alike; a model needs both kinds. Choose a longer range.")
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(matrix, labels, weight=weights, feature_name=list(inputs)), TREES)

    model = convert_lightgbm(with_narrow_thresholds(booster), initial_types=[("inputs", FloatTensorType([None, len(inputs)]))], zipmap=False, target_opset=OPERATOR_SET)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    probabilities = session.get_outputs()[-1].name
    # As many rows as tell whether each branch was taken over.
    some = matrix[:: max(1, len(matrix) // COMPARED)]
    difference = float(numpy.abs(session.run([probabilities], {"inputs": some})[0][:, 1] - booster.predict(some)).max())
    if difference > TOLERANCE:
        raise SystemExit(f"The ONNX model differs from LightGBM's by {difference}, more than {TOLERANCE}: it is not the model that was trained.")

    save(model, {"rows": len(labels), "trees": TREES, "onnxDifference": difference}, arguments.out)


if __name__ == "__main__":
    main()
