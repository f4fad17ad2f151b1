"""Judges model files on the same rows: area under the curve, log loss and calibration, of all rows and of slices.

What is written here is `EvaluationReport` in core/model/evaluation.ts; the gate (core/model/gate.ts) decides by it.
"""

import numpy
import onnxruntime
import pyarrow.compute
from sklearn.metrics import log_loss, roc_auc_score

from headrace_training import rows

FORMAT = 1
BINS = 10


class Model:
    """A model file: input `inputs` [n, width] of 32-bit floats with NaN where absent, output `probability` [n]."""

    def __init__(self, version, path, width):
        self.version = version
        options = onnxruntime.SessionOptions()
        # Threads that wait must not take the processor from those that work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as fault:  # noqa: BLE001 - ONNX Runtime has an exception for each way in which a file is none
            raise SystemExit(f"The model file of version {version} cannot be opened: {fault}; docs/training.md says how a trainer writes one.") from None
        given = {each.name: each.shape for each in self.session.get_inputs()}
        made = [each.name for each in self.session.get_outputs()]
        if list(given) != ["inputs"] or len(given["inputs"]) != 2 or given["inputs"][1] not in (width, None) and not isinstance(given["inputs"][1], str) or "probability" not in made:
            raise SystemExit(f"The model file of version {version} takes {given} and gives {made}; a model takes `inputs` [n, {width}] and gives `probability` [n]: docs/training.md says how a trainer writes one.")

    def probabilities(self, matrix):
        predicted = self.session.run(["probability"], {"inputs": matrix})[0].astype(numpy.float64).reshape(-1)
        if len(predicted) != len(matrix) or not numpy.all((predicted >= 0) & (predicted <= 1)):
            raise SystemExit(f"Version {self.version} gave {len(predicted)} predictions for {len(matrix)} rows, from {predicted.min()} to {predicted.max()}; each row has one, between 0 and 1.")
        return predicted


def matrix_of(batch, inputs):
    matrix = numpy.empty((batch.num_rows, len(inputs)), dtype=numpy.float32)
    for index, name in enumerate(inputs):
        matrix[:, index] = batch[name].cast("float").to_numpy(zero_copy_only=False)
    return matrix


def reliability(labels, predicted, weights):
    """A line for each tenth that holds predictions: how many, their mean, and how often what they predict happened."""
    bins = numpy.minimum((predicted * BINS).astype(int), BINS - 1)
    count, total, mass, happened = (numpy.bincount(bins, values, BINS) for values in (None, weights, weights * predicted, weights * labels))
    return [
        {"from": each / BINS, "to": (each + 1) / BINS, "rows": int(count[each]), "meanPrediction": mass[each] / total[each], "share": happened[each] / total[each], "weight": total[each] / weights.sum()}
        for each in range(BINS) if total[each] > 0
    ]


def judged(labels, predicted, weights):
    """Metrics of some rows, and the reliability table that the calibration error is made of."""
    table = reliability(labels, predicted, weights)
    both = len(numpy.unique(labels)) == 2
    metrics = {
        "rows": len(labels), "auc": float(roc_auc_score(labels, predicted, sample_weight=weights)) if both else None,
        "logLoss": float(log_loss(labels, predicted, labels=[0, 1], sample_weight=weights)),
        "calibrationError": float(sum(line["weight"] * abs(line["meanPrediction"] - line["share"]) for line in table)),
        "meanPrediction": float(numpy.average(predicted, weights=weights)), "baseRate": float(numpy.average(labels, weights=weights)),
    }
    return metrics, [{name: value for name, value in line.items() if name != "weight"} for line in table]


def bin_names(bounds):
    texts = [f"{bound:g}" for bound in bounds]
    return [f"under {texts[0]}", *(f"{low} to {high}" for low, high in zip(texts, texts[1:])), f"{texts[-1]} and over", "absent"]


def slices_of(cuts, columns, labels, predicted, weights):
    found = []
    for cut in cuts:
        values = columns[cut["input"]]
        place = numpy.where(numpy.isnan(values), len(cut["at"]) + 1, numpy.digitize(values, cut["at"]))
        for index, name in enumerate(bin_names(cut["at"])):
            chosen = place == index
            if chosen.any():
                found.append({"slice": cut["slice"], "bin": name, **judged(labels[chosen], predicted[chosen], weights[chosen])[0]})
    return found


def evaluate(path, request, candidate, champion):
    """The scores of a version and of the champion on the same rows.

    :param path: the training set, Parquet
    :param candidate: a `Model`
    :param champion: a `Model`, or None
    """
    inputs, cuts = request["inputs"], request["slices"]
    models = [candidate] if champion is None else [candidate, champion]
    parts = {"labels": [], "weights": [], **{name: [] for name in {cut["input"] for cut in cuts}}}
    predictions = [[] for _model in models]
    for batch in rows.judged(path, inputs, request["judge"]):
        matrix = matrix_of(batch, inputs)
        parts["labels"].append(pyarrow.compute.cast(batch[rows.LABEL], "int8").to_numpy(zero_copy_only=False))
        parts["weights"].append(batch[rows.WEIGHT].to_numpy(zero_copy_only=False).astype(numpy.float64) if rows.WEIGHT in batch.schema.names else numpy.ones(batch.num_rows))
        for name in {cut["input"] for cut in cuts}:
            parts[name].append(matrix[:, inputs.index(name)].astype(numpy.float64))
        for model, made in zip(models, predictions):
            made.append(model.probabilities(matrix))
    if not parts["labels"]:
        raise SystemExit(f"The training set has no rows from {request['judge']['from']} to {request['judge']['to']} to judge on. Choose a longer range.")
    columns = {name: numpy.concatenate(values) for name, values in parts.items()}
    labels, weights = columns["labels"], columns["weights"]
    if len(numpy.unique(labels)) < 2:
        raise SystemExit(f"There are {len(labels)} rows to judge on, and their labels are all alike; both kinds are needed. Choose a longer range.")

    def scores(model, made):
        predicted = numpy.concatenate(made)
        metrics, table = judged(labels, predicted, weights)
        return {"modelVersion": model.version, **metrics, "reliability": table, "slices": slices_of(cuts, columns, labels, predicted, weights)}

    found = [scores(model, made) for model, made in zip(models, predictions)]
    return {"format": FORMAT, "model": request["model"], "judged": request["judge"], "trainingSetHash": request["trainingSetHash"], "candidate": found[0], "champion": found[1] if champion else None}
