"""Models saved with the fastai flavor: learners of tables and of plain torch modules."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case, native

_SEED = np.random.default_rng(7)
FRAME = pd.DataFrame({"a": _SEED.normal(size=40).round(3), "b": _SEED.normal(size=40).round(3)})
FRAME["kind"] = ["x", "y"] * 20
PINS = {"pip_requirements": ["fastai"]}


@native("fastai")
def scored(learner: Any, data: Any) -> Any:
    return learner.get_preds(dl=learner.dls.test_dl(data))[0].numpy()


def _tabular(*, classes: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fastai.tabular import all as fastai

    fastai.set_seed(0, reproducible=False)
    target = np.where(FRAME["a"] > 0, "yes", "no") if classes else FRAME["a"] * 2
    loaders = fastai.TabularDataLoaders.from_df(
        FRAME.assign(target=target), procs=[fastai.Categorify, fastai.Normalize], cat_names=["kind"],
        cont_names=["a", "b"], y_names="target", valid_idx=list(range(32, 40)), bs=16,
        y_block=fastai.CategoryBlock() if classes else fastai.RegressionBlock(),
    )  # fmt: skip
    learner = fastai.tabular_learner(loaders, layers=[4], n_out=2 if classes else 1)
    with learner.no_bar(), learner.no_logging():
        learner.fit(1)
    return learner


def _save(m: Any, learner: Any, root: Path, **options: Any) -> Score:
    m.fastai.save_model(learner, root, **{**PINS, **options})
    return Score(FRAME.head(10))


@case()
def fastai_classes(m: Any, work: Path, root: Path) -> Score:
    """The example and its prediction, a column of arrays, supply the signature."""
    return _save(m, _tabular(classes=True), root, input_example=FRAME.head(2), metadata={"kind": "table"})


@case(golden=True)
def fastai_regression(m: Any, work: Path, root: Path) -> Score:
    return _save(m, _tabular(classes=False), root)


@case()
def fastai_with_signature(m: Any, work: Path, root: Path) -> Score:
    signature = m.models.infer_signature(FRAME, pd.DataFrame({"predictions": [[0.1], [0.2]]}))
    return _save(m, _tabular(classes=False), root, signature=signature)


@case()
def fastai_module(m: Any, work: Path, root: Path) -> Score:
    """Functions that travel with the learner take the rows apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fastai import basics as fastai
    from torch import nn

    def both(row):  # without annotations: fastai takes them for the types that it is meant for
        from torch import tensor

        return tensor([row["a"], row["b"]]).float()

    fastai.set_seed(0, reproducible=False)
    block = fastai.DataBlock(get_x=both, get_y=both, splitter=fastai.IndexSplitter(list(range(32, 40))))
    learner = fastai.Learner(block.dataloaders(FRAME, bs=16), nn.Linear(2, 2), loss_func=fastai.MSELossFlat())
    m.fastai.save_model(learner, root, input_example=FRAME[["a", "b"]].head(2), **PINS)
    return Score(FRAME[["a", "b"]].head(6))


@case(corpus=True)
def fastai_requirements(m: Any, work: Path, root: Path) -> Score:
    m.fastai.save_model(_tabular(classes=True), root, input_example=FRAME.head(2))
    return Score(FRAME.head(5))
