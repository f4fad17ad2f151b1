"""Writes what a trainer leaves behind: model.onnx and metrics.json."""

import json
import os

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def with_probability(model):
    """The model with one output, `probability` [n]: of the positive class, where a converter has left both classes' [n, 2]."""
    graph = model.graph
    # Converters name the graph at random; the same training must give the same bytes.
    graph.name = "model"
    graph.node.append(helper.make_node("Gather", [graph.output[-1].name, "positive_class_index"], ["probability"], axis=1))
    graph.initializer.append(numpy_helper.from_array(numpy.array(1, dtype=numpy.int64), "positive_class_index"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None]))
    onnx.checker.check_model(model)
    return model


def save(model, metrics, out):
    """Writes a classifier as a converter made it, without a zip map, and numbers that its trainer wants to be known.

    :param model: ONNX: input `inputs` [n, width], last output the probabilities of both classes
    :param out: the directory that --out names
    """
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "model.onnx"), "wb") as file:
        file.write(with_probability(model).SerializeToString(deterministic=True))
    with open(os.path.join(out, "metrics.json"), "w", encoding="utf-8") as file:
        json.dump(metrics, file)
