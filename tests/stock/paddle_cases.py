"""Models saved with the PaddlePaddle flavor: layers as programs, and models of the high-level API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame(_SEED.normal(size=(12, 3)), columns=["a", "b", "c"]).round(3).astype("float32")
PINS = {"pip_requirements": ["paddlepaddle"]}


@native("paddle")
def scored(model: Any, data: Any) -> Any:
    import paddle

    return model(paddle.to_tensor(np.asarray(data, "float32"))).numpy()


def _layer(outputs: int = 2) -> Any:
    import paddle
    from paddle.static import InputSpec

    paddle.seed(0)
    layer = paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.Dropout(0.5), paddle.nn.Linear(4, outputs))
    return paddle.jit.to_static(layer, input_spec=[InputSpec([None, 3], "float32", "x")], full_graph=True)


def _model() -> Any:
    import paddle
    from paddle.static import InputSpec

    paddle.seed(0)
    network = paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Linear(4, 1))
    model = paddle.Model(network, [InputSpec([None, 3], "float32", "x")])
    model.prepare(paddle.optimizer.SGD(0.1, parameters=model.parameters()), paddle.nn.MSELoss())
    pairs = [(row, row.sum(keepdims=True)) for row in FRAME.to_numpy()]
    model.fit(pairs, batch_size=4, epochs=1, verbose=0)
    return model


@case(golden=True)
def paddle_layer(m: Any, work: Path, root: Path) -> Score:
    m.paddle.save_model(_layer(), root, input_example=FRAME.head(2), metadata={"kind": "layer"}, **PINS)
    return Score(FRAME)


@case()
def paddle_arrays(m: Any, work: Path, root: Path) -> Score:
    """Rows as an array, with a tensor signature."""
    signature = m.models.infer_signature(FRAME.to_numpy(), np.zeros((2, 2), "float32"))
    m.paddle.save_model(_layer(), root, signature=signature, **PINS)
    return Score(FRAME.to_numpy())


@case()
def paddle_spare_axes(m: Any, work: Path, root: Path) -> Score:
    m.paddle.save_model(_layer(), root, **PINS)
    return Score(FRAME.to_numpy()[:, None, :])


@case(
    reads={"predictions": "one row of a table stays one row; MLflow makes a vector of it, and rows of its predictions"}
)
def paddle_one_row(m: Any, work: Path, root: Path) -> Score:
    m.paddle.save_model(_layer(), root, **PINS)
    return Score(FRAME.head(1))


@case()
def paddle_one_row_of_one_output(m: Any, work: Path, root: Path) -> Score:
    m.paddle.save_model(_layer(outputs=1), root, **PINS)
    return Score(FRAME.head(1))


@case()
def paddle_high_level(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(FRAME, pd.DataFrame({0: np.zeros(2, "float32")}))
    m.paddle.save_model(_model(), root, signature=signature, input_example=FRAME.head(3), **PINS)
    return Score(FRAME)


@case(corpus=True)
def paddle_requirements(m: Any, work: Path, root: Path) -> Score:
    m.paddle.save_model(_layer(), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
