"""A converted model on ONNX Runtime: a matrix of numbers in, labels or values out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.extras import need

INPUT = "rows"


def require_onnx(module: str) -> Any:
    """A converter's package; MissingDependency says which extra installs it."""
    return need(module, "accelerate", "convert a model to ONNX")


def matrix_type(types: str, width: int) -> list[tuple[str, Any]]:
    """The input of a model that takes any number of rows of `width` 32-bit floats.

    Args:
        types: The module that holds the converter's own types.
        width: How many columns there are.
    """
    return [(INPUT, require_onnx(types).FloatTensorType([None, width]))]


def scorer(model: Any, *, label: bool, output: int = 0) -> Callable[[Any], Any]:
    """A function that predicts a matrix.

    Args:
        model: An ONNX model with one input of 32-bit floats.
        label: The output holds what a classifier says, and stays as it is; else values, and one for each row makes a
            vector.
        output: Which of its outputs.
    """
    runtime = need("onnxruntime", "accelerate", "predict with ONNX Runtime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a request is small; waking threads costs more
    options.log_severity_level = 3
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs, (given,) = [session.get_outputs()[output].name], session.get_inputs()
    run, name = session.run, given.name

    def given_back(matrix: Any) -> Any:
        return run(outputs, {name: matrix.astype("float32")})[0]

    def values(matrix: Any) -> Any:
        found = run(outputs, {name: matrix.astype("float32")})[0]
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found

    return given_back if label else values
