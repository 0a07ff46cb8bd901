"""Models saved with the PyTorch flavor: modules, TorchScript, and the ways to pickle them."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

ROWS = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
FRAME = pd.DataFrame(ROWS.astype("float64"), columns=["x", "y", "z"], index=range(5, 13))
ANSWER = np.zeros((8, 2), dtype="float32")
PINS = {"pip_requirements": ["torch", "cloudpickle"]}


@native("pytorch")
def score(model: Any, data: Any) -> Any:
    import torch

    values = data.to_numpy().astype("float32") if isinstance(data, pd.DataFrame) else data
    with torch.no_grad():
        return model(torch.from_numpy(values)).numpy()


def _net() -> Any:
    """Of torch's own classes, with weights that are the same everywhere."""
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.linspace(-1, 1, parameter.numel()).reshape(parameter.shape))
    return net


def _save(m: Any, model: Any, root: Path, data: Any = ROWS, **options: Any) -> Score:
    signature = m.models.infer_signature(data, ANSWER)
    m.pytorch.save_model(model, root, **{"signature": signature, "input_example": data[:2], **PINS, **options})
    return Score(data)


@case(golden=True)
def pytorch_module(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _net(), root)


@case()
def pytorch_frame(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _net(), root, FRAME)


@case()
def pytorch_without_signature(m: Any, work: Path, root: Path) -> Score:
    m.pytorch.save_model(_net(), root, **PINS)
    return Score(FRAME)


@case()
def pytorch_inferred(m: Any, work: Path, root: Path) -> Score:
    """No signature given: the example and what the module makes of it supply it."""
    m.pytorch.save_model(_net().eval(), root, input_example=ROWS[:3], **PINS)
    return Score(ROWS)


@case(ours=False, versions=(3,), golden=True)
def pytorch_exported(m: Any, work: Path, root: Path) -> Score:
    """As MLflow 3 writes modules when nothing is said; it exports what they do in training, if they are not put off."""
    return _save(m, _net().eval(), root)


@case(golden=True)
def pytorch_script(m: Any, work: Path, root: Path) -> Score:
    import torch

    return _save(m, torch.jit.script(_net().eval()), root)


@case()
def pytorch_trace(m: Any, work: Path, root: Path) -> Score:
    import torch

    return _save(m, torch.jit.trace(_net().eval(), torch.from_numpy(ROWS)), root)


@case()
def pytorch_by_pickle(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _net(), root, pickle_module=pickle)


@case()
def pytorch_older_file(m: Any, work: Path, root: Path) -> Score:
    """The format of torch.save before it became a zip file."""
    return _save(m, _net(), root, _use_new_zipfile_serialization=False)


@case()
def pytorch_class_of_a_script(m: Any, work: Path, root: Path) -> Score:
    """As a notebook defines it: the class travels inside."""
    import torch

    space = {"torch": torch, "__name__": "__main__"}
    exec(
        "class Own(torch.nn.Module):\n"
        "    def __init__(self, inner):\n"
        "        super().__init__()\n"
        "        self.inner = inner\n"
        "    def forward(self, x):\n"
        "        return self.inner(x) * 2\n",
        space,
    )
    return _save(m, space["Own"](_net()), root)


@case()
def pytorch_code_paths(m: Any, work: Path, root: Path) -> Score:
    (work / "nets_of_mine.py").write_text(
        "import torch\n\n\nclass Own(torch.nn.Module):\n    def forward(self, x):\n        return x[:, :2] * 3\n"
    )
    sys.path.insert(0, str(work))
    try:
        from nets_of_mine import Own

        return _save(m, Own(), root, code_paths=[str(work / "nets_of_mine.py")])
    finally:
        sys.path.remove(str(work))
        sys.modules.pop("nets_of_mine", None)


@case()
def pytorch_extra_files(m: Any, work: Path, root: Path) -> Score:
    (work / "card.md").write_text("# card")
    return _save(m, _net(), root, extra_files=[str(work / "card.md")], metadata={"a": [1]})


@case()
def pytorch_device(m: Any, work: Path, root: Path) -> Score:
    found = _save(m, _net(), root)
    return Score(found.data, config={"device": "cpu"})


@case(corpus=True)
def pytorch_corpus(m: Any, work: Path, root: Path) -> Score:
    """Which requirements each side finds."""
    return _save(m, _net(), root, pip_requirements=None)
