"""fastai: 5 epochs of one cycle on a table."""

import time
import warnings

import mlflow
import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
from fastai.tabular.all import Categorify, Normalize, RegressionBlock, TabularDataLoaders, set_seed, tabular_learner

mlflow.fastai.autolog(silent=True)
set_seed(0)
random = np.random.default_rng(0)
table = pd.DataFrame(random.normal(size=(1024, 8))).add_prefix("x").assign(kind=["a", "b"] * 512)
table["target"] = table["x0"] + table["x1"]
loaders = TabularDataLoaders.from_df(
    table, procs=[Categorify, Normalize], cat_names=["kind"], cont_names=[f"x{n}" for n in range(8)],
    y_names="target", y_block=RegressionBlock(), valid_idx=list(range(800, 1024)), bs=64,
)  # fmt: skip
learner = tabular_learner(loaders, layers=[32], n_out=1)
learner.remove_cb(learner.progress)
learner.logger = lambda *_: None
started = time.perf_counter()
learner.fit_one_cycle(5)
print(time.perf_counter() - started)
