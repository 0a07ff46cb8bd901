"""A converted model on ONNX Runtime: a matrix of numbers in, labels or values out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.extras import need

INPUT = "rows"


def require_onnx(module: str) -> Any:
    """A converter's package; MissingDependency says which extra installs it."""
    return need(module, "accelerate", "convert a model to ONNX")


def matrix_type(width: int) -> list[tuple[str, Any]]:
    """The input of a model that takes any number of rows of `width` 32-bit floats."""
    kinds = need("onnxmltools.convert.common.data_types", "accelerate", "convert a model to ONNX")
    return [(INPUT, kinds.FloatTensorType([None, width]))]


def scorer(model: Any, *, label: bool) -> Callable[[Any], Any]:
    """A function that predicts a matrix.

    Args:
        model: An ONNX model with one input of 32-bit floats.
        label: Its first output holds labels, which stay as they are; else values, of which one for each row is a
            vector.
    """
    runtime = need("onnxruntime", "accelerate", "predict with ONNX Runtime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a request is small; waking threads costs more
    options.log_severity_level = 3
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs, (given,) = [session.get_outputs()[0].name], session.get_inputs()
    run, name = session.run, given.name

    def labels(matrix: Any) -> Any:
        return run(outputs, {name: matrix.astype("float32")})[0]

    def values(matrix: Any) -> Any:
        found = run(outputs, {name: matrix.astype("float32")})[0]
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found

    return labels if label else values
