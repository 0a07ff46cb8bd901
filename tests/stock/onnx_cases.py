"""Models saved with the ONNX flavor: one input and several, weights inside and beside, options of the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

ROWS = (np.arange(12, dtype="float32").reshape(3, 4) - 5) / 7
FRAME = pd.DataFrame(ROWS.astype("float64"), columns=list("abcd"))
PINS = {"pip_requirements": ["onnx", "onnxruntime"]}
_WHY = "stock infers no signature for this flavor; ours infers it from the example, as for every other"
INFERS = {"signature": _WHY, "columns": _WHY}


@native("onnx")
def scored(model: Any, data: Any) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs, names = [one.name for one in session.get_inputs()], [one.name for one in session.get_outputs()]
    named = isinstance(data, dict) or len(inputs) > 1
    feeds = {name: np.asarray(data[name] if named else data, dtype="float32") for name in inputs}
    return dict(zip(names, session.run(names, feeds), strict=True))


def _proto(nodes: list[Any], inputs: dict[str, Any], outputs: dict[str, Any], weights: dict[str, Any]) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    def tensors(named: dict[str, Any]) -> list[Any]:
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in named.items()]

    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "graph", tensors(inputs), tensors(outputs), stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _linear(columns: int = 1) -> Any:
    from onnx import helper

    weights = np.linspace(-1, 1, 4 * columns, dtype="float32").reshape(4, columns)
    node = helper.make_node("MatMul", ["x", "W"], ["y"])
    return _proto([node], {"x": [None, 4]}, {"y": [None, columns]}, {"W": weights})


def _two() -> Any:
    from onnx import helper

    nodes = [helper.make_node("Add", ["a", "b"], ["total"]), helper.make_node("Mul", ["a", "b"], ["product"])]
    return _proto(nodes, {"a": [None], "b": [None]}, {"total": [None], "product": [None]}, {})


@case(golden=True)
def onnx_frame(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(FRAME, pd.DataFrame({"y": [0.5]}, dtype="float32"))
    m.onnx.save_model(_linear(), root, signature=signature, input_example=FRAME.head(2), **PINS)
    return Score(FRAME)


@case()
def onnx_array(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(ROWS, {"y": ROWS[:, :1]})
    m.onnx.save_model(_linear(), root, signature=signature, input_example=ROWS[:2], metadata={"k": 1}, **PINS)
    return Score(ROWS)


@case()
def onnx_without_signature(m: Any, work: Path, root: Path) -> Score:
    m.onnx.save_model(_linear(), root, **PINS)
    return Score({"x": ROWS.astype("float64")})


@case(writes=INFERS)
def onnx_example_alone(m: Any, work: Path, root: Path) -> Score:
    m.onnx.save_model(_linear(), root, input_example=FRAME.head(2), **PINS)
    return Score(FRAME)


@case()
def onnx_two_inputs(m: Any, work: Path, root: Path) -> Score:
    data = pd.DataFrame({"a": [1.0, 2.0], "b": [0.5, 4.0]})
    outputs = pd.DataFrame({"total": [1.5], "product": [0.5]}, dtype="float32")
    m.onnx.save_model(_two(), root, signature=m.models.infer_signature(data, outputs), **PINS)
    return Score(data)


@case()
def onnx_tensors_by_name(m: Any, work: Path, root: Path) -> Score:
    data = {"a": ROWS[:, 0], "b": ROWS[:, 1]}
    m.onnx.save_model(_two(), root, signature=m.models.infer_signature(data, data), input_example=data, **PINS)
    return Score(data)


@case(golden=True)
def onnx_weights_beside(m: Any, work: Path, root: Path) -> Score:
    m.onnx.save_model(_linear(300), root, **PINS)
    return Score(FRAME)


@case()
def onnx_weights_inside(m: Any, work: Path, root: Path) -> Score:
    m.onnx.save_model(_linear(300), root, save_as_external_data=False, **PINS)
    return Score(FRAME)


@case()
def onnx_session_options(m: Any, work: Path, root: Path) -> Score:
    options = {
        "execution_mode": "parallel",
        "graph_optimization_level": 1,
        "intra_op_num_threads": 1,
        "inter_op_num_threads": 2,
        "extra_session_config": {"session.intra_op.allow_spinning": "0"},
    }
    providers = ["CPUExecutionProvider"]
    m.onnx.save_model(
        _linear(), root, onnx_session_options=options, onnx_execution_providers=providers, metadata={"a": "b"}, **PINS
    )
    return Score(FRAME)


@case(corpus=True)
def onnx_requirements(m: Any, work: Path, root: Path) -> Score:
    m.onnx.save_model(_linear(), root, input_example=FRAME.head(2))
    return Score(FRAME)
