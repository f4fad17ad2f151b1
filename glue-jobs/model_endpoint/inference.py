"""Serves a model file from a SageMaker endpoint, by the four functions of SageMaker's prebuilt containers.

What arrives and what is answered is NumPy's format (application/x-npy): rows of float32 in, a float32 for each row out.
The numbers are those that the prediction API would have given the same file in its own process.
Source: SageMaker Python SDK, "Using Scikit-learn with the SageMaker Python SDK", "SageMaker Scikit-learn model server".
"""

import hashlib
import io
import os
import sys
from pathlib import Path

import numpy

NPY = "application/x-npy"


def model_fn(model_dir):
    directory = Path(model_dir)
    # The image has NumPy; what it lacks came with the model.
    packages = directory / "packages"
    if packages.is_dir():
        sys.path.insert(0, str(packages))
    content = (directory / "model.onnx").read_bytes()
    checksum, expected = hashlib.sha256(content).hexdigest(), os.environ["HEADRACE_MODEL_CHECKSUM"]
    if checksum != expected:
        raise ValueError(f"model.onnx has the checksum {checksum}, its metadata says {expected}; the file was changed or broken: train and promote another")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    outputs = [each.name for each in session.get_outputs()]
    if [each.name for each in session.get_inputs()] != ["inputs"] or _output() not in outputs:
        raise ValueError(f"model.onnx gives {', '.join(outputs)}; it must take `inputs` and give `{_output()}`")
    return session


def input_fn(body, content_type):
    if content_type != NPY:
        raise ValueError(f"the content type is {content_type}; it must be {NPY}")
    rows = numpy.load(io.BytesIO(body), allow_pickle=False)
    width = int(os.environ["HEADRACE_MODEL_INPUTS"])
    if rows.dtype != numpy.float32 or rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"the body holds {rows.dtype} of shape {rows.shape}; it must hold float32, rows of {width}")
    return rows


def predict_fn(rows, session):
    predictions = session.run([_output()], {"inputs": rows})[0].reshape(-1)
    if predictions.dtype != numpy.float32 or len(predictions) != len(rows):
        raise ValueError(f"model.onnx gave {len(predictions)} {predictions.dtype} for {len(rows)} rows; it must give one float32 a row")
    return predictions


def output_fn(predictions, accept):
    written = io.BytesIO()
    numpy.save(written, predictions, allow_pickle=False)
    return written.getvalue(), NPY


def _output():
    return os.environ["HEADRACE_MODEL_OUTPUT"]
