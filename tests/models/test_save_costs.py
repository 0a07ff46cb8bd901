"""What saving and logging a model does not do: start processes, use the network, unpickle twice, copy the model."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

PRELUDE = """
    import gc, sys, tracemalloc
    from pathlib import Path
    import numpy as np, pandas as pd
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.ensemble import RandomForestClassifier
    from modelwright.models import load
    from modelwright.models.save import save_model

    forbidden, unpickled = [], []
    PREFIXES = ("subprocess.", "socket.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "urllib.")

    def watch(event, arguments):
        if event.startswith(PREFIXES):
            forbidden.append((event, arguments))
        elif event == "pickle.find_class":
            unpickled.append(arguments)

    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
    y = (X["a"] > 0).astype(int)
    root = Path(sys.argv[1])
"""
LOG = """
    import modelwright
    modelwright.set_tracking_uri(str(root / "runs"))
    forest = RandomForestClassifier(5).fit(X, y)
    wrapper_source = root / "wrapper.py"
    sys.addaudithook(watch)
    with modelwright.start_run():
        for options in ({}, {"pip_requirements": ["scikit-learn"]}, {"registered_model_name": "forest"}):
            unpickled.clear()
            modelwright.sklearn.log_model(forest, "forest", input_example=X.head(3), **options)
            times = unpickled.count(("sklearn.ensemble._forest", "RandomForestClassifier"))
            assert times == 1, times  # the verification
            unpickled.clear()
            modelwright.sklearn.log_model(forest, "unseen", verify=False, input_example=X.head(3), **options)
            assert not unpickled, unpickled
    assert not forbidden, forbidden
"""
SAVE_XGBOOST = """
    import xgboost
    model = xgboost.XGBClassifier(n_estimators=3).fit(X, y)
    sys.addaudithook(watch)
    save_model(load.flavor("xgboost"), model, root / "m", input_example=X.head(3))
    assert not unpickled, unpickled
    assert not forbidden, forbidden
"""
MEMORY = """
    class Heavy(RegressorMixin, BaseEstimator):
        def predict(self, X):
            return X[:, 0]

    model = Heavy()
    model.weights_ = [np.random.default_rng(i).normal(size=250_000) for i in range(20)]  # 40 MB
    save_model(load.flavor("sklearn"), Heavy(), root / "warm")  # imports what it needs
    gc.collect()
    tracemalloc.start()
    save_model(load.flavor("sklearn"), model, root / "m", verify=False)
    peak = tracemalloc.get_traced_memory()[1]
    assert (root / "m/model.pkl").stat().st_size > 40e6
    assert peak < 4e6, peak
    tracemalloc.reset_peak()
    save_model(load.flavor("sklearn"), model, root / "n", verify=True)
    peak = tracemalloc.get_traced_memory()[1]
    assert peak < 1.3 * 40e6, peak  # the one that verification loads
"""


@pytest.mark.parametrize("script", [LOG, SAVE_XGBOOST, MEMORY], ids=["log", "xgboost", "memory"])
def test_in_a_process_of_its_own(script: str, tmp_path: Path) -> None:
    if script is SAVE_XGBOOST:
        pytest.importorskip("xgboost")
    source = textwrap.dedent(PRELUDE) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
