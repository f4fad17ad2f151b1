"""Trains a model: examples (Parquet) in, model.onnx and metrics.json out.

The examples are rows of a training set: a column for each input (32-bit floats, null is absent), `example.moment`,
`example.known` (since when the label was known), `example.label`, and of a sample `example.weight` (how many rows each
stands for: it is learned from and judged by). Rows whose label was known before --train-to are
learned from, as on that day no other could have been; rows in [--evaluate-from, --evaluate-to) are judged.
The same examples give the same model, to the byte.
"""

import argparse
import json
import os

import lightgbm
import numpy
import onnx
import onnxruntime
import pyarrow.compute
import pyarrow.parquet
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.metrics import log_loss, roc_auc_score

PARAMETERS = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 100,
    "num_threads": 2, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
}
TREES = 200
# The newest operator set that the converter knows; the runtime reads it and all newer ones.
OPERATOR_SET = 15
# ONNX computes in 32-bit floats, LightGBM in 64-bit ones.
TOLERANCE = 1e-5


def read_examples(path, inputs):
    """Inputs as a matrix of 32-bit floats with NaN where absent, labels as 0 and 1, moments and since when labels were known as datetime64[us], and weights, None where all rows are there."""
    weighted = "example.weight" in pyarrow.parquet.read_schema(path).names
    table = pyarrow.parquet.read_table(path, columns=[*inputs, "example.moment", "example.known", "example.label", *(["example.weight"] if weighted else [])])
    matrix = numpy.empty((table.num_rows, len(inputs)), dtype=numpy.float32)
    for index, name in enumerate(inputs):
        matrix[:, index] = table[name].cast("float").to_numpy()
    labels = pyarrow.compute.cast(table["example.label"], "int8").to_numpy()
    moments, known = (table[name].to_numpy().astype("datetime64[us]") for name in ("example.moment", "example.known"))
    return matrix, labels, moments, known, table["example.weight"].to_numpy() if weighted else None


def instant(text):
    return numpy.datetime64(text.replace("Z", ""), "us")


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


def to_onnx(booster, width):
    """The booster as ONNX: input `inputs` [n, width], output `probability` [n], of the positive class."""
    model = convert_lightgbm(booster, initial_types=[("inputs", FloatTensorType([None, width]))], zipmap=False, target_opset=OPERATOR_SET)
    graph = model.graph
    # The converter names the graph at random; the same training must give the same bytes.
    graph.name = "model"
    probabilities = graph.output[1].name
    graph.node.append(helper.make_node("Gather", [probabilities, "positive_class_index"], ["probability"], axis=1))
    graph.initializer.append(numpy_helper.from_array(numpy.array(1, dtype=numpy.int64), "positive_class_index"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None]))
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", required=True)
    parser.add_argument("--inputs", required=True, help="JSON list of the inputs' names, in their order")
    parser.add_argument("--train-to", required=True)
    parser.add_argument("--evaluate-from", required=True)
    parser.add_argument("--evaluate-to", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    inputs = json.loads(arguments.inputs)

    matrix, labels, moments, known, weights = read_examples(arguments.examples, inputs)
    learned = (moments < instant(arguments.train_to)) & (known < instant(arguments.train_to))
    judged = (moments >= instant(arguments.evaluate_from)) & (moments < instant(arguments.evaluate_to))
    for name, chosen in (("learn from", learned), ("judge", judged)):
        if len(numpy.unique(labels[chosen])) < 2:
            raise SystemExit(f"There are {chosen.sum()} examples to {name}, and their labels are all alike; a model needs both kinds. Choose a longer range.")

    weights_learned, weights_judged = (None if weights is None else weights[chosen] for chosen in (learned, judged))

    def progress(environment):
        if (environment.iteration + 1) % 10 == 0:
            print(json.dumps({"tree": environment.iteration + 1, "trees": TREES}), flush=True)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(matrix[learned], labels[learned], weight=weights_learned, feature_name=list(inputs)), TREES, callbacks=[progress])

    content = to_onnx(with_narrow_thresholds(booster), len(inputs))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    predicted = session.run(["probability"], {"inputs": matrix[judged]})[0]
    difference = float(numpy.abs(predicted - booster.predict(matrix[judged])).max())
    if difference > TOLERANCE:
        raise SystemExit(f"The ONNX model differs from LightGBM's by {difference}, more than {TOLERANCE}: it is not the model that was trained.")

    metrics = {
        "auc": float(roc_auc_score(labels[judged], predicted, sample_weight=weights_judged)), "logLoss": float(log_loss(labels[judged], predicted, sample_weight=weights_judged)),
        "baseRate": float(numpy.average(labels[judged], weights=weights_judged)), "meanPrediction": float(numpy.average(predicted, weights=weights_judged)),
        "trainRows": int(learned.sum()), "evaluateRows": int(judged.sum()), "trees": TREES, "onnxDifference": difference,
    }
    os.makedirs(arguments.out, exist_ok=True)
    with open(os.path.join(arguments.out, "model.onnx"), "wb") as file:
        file.write(content)
    with open(os.path.join(arguments.out, "metrics.json"), "w") as file:
        json.dump(metrics, file)


if __name__ == "__main__":
    main()
