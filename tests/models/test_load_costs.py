"""What loading a model does not do a second time: open files, parse YAML, follow paths, describe classes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

PRELUDE = """
    import os, pickle, sys, yaml
    from collections import Counter
    from pathlib import Path
    import modelwright
    import numpy as np, pandas as pd
    from modelwright.models import mlmodel
    from modelwright.models.schema import Schema
    from sklearn.base import BaseEstimator, RegressorMixin

    sys.path.insert(0, sys.argv[2])
    from costs import calls

    class Model(RegressorMixin, BaseEstimator):
        asked = 0

        def predict(self, X):
            type(self).asked += 1
            return np.zeros(len(X))

    opened, following = Counter(), []

    def watch(event, arguments):
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            mode = "w" if arguments[2] & (os.O_WRONLY | os.O_RDWR) else "r"
            opened[Path(os.fsdecode(arguments[0])).name, mode] += 1

    def counted(owner, name):
        count, whole = Counter(), getattr(owner, name)

        def function(*given, **options):
            count["calls"] += 1
            return whole(*given, **options)

        setattr(owner, name, function)
        return count

    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 30)), columns=[f"c{i}" for i in range(30)])
    modelwright.set_tracking_uri(str(Path(sys.argv[1], "runs")))
    signature = modelwright.models.infer_signature(X, np.zeros(3))
    given = {"pip_requirements": ["scikit-learn"], "safe_copy": False, "signature": signature}
    files = ["MLmodel", "conda.yaml", "manifest.json", "model.pkl", "python_env.yaml", "requirements.txt"]
"""
LOADING = """
    with modelwright.start_run() as run:
        modelwright.sklearn.log_model(Model(), "m", **given)
    uri = f"runs:/{run.info.run_id}/m"
    modelwright.sklearn.load_model(uri)
    modelwright.pyfunc.load_model(uri)
    parsed, schemas, resolved = counted(yaml, "load"), counted(Schema, "from_json"), counted(os.path, "realpath")
    sys.addaudithook(watch)
    opened.clear()
    modelwright.sklearn.load_model(uri)
    read = {name: opened[name, "r"] for name in files}
    # once to compare each with the manifest, once to use it
    assert read == {**dict.fromkeys(files, 1), "MLmodel": 2, "model.pkl": 2}, read
    assert not [name for name, mode in opened if mode == "w"], opened
    assert parsed["calls"] == schemas["calls"] == resolved["calls"] == 0, (parsed, schemas, resolved)
    modelwright.pyfunc.load_model(uri)
    assert parsed["calls"] == resolved["calls"] == 0, (parsed, resolved)
    assert schemas["calls"] == 2, schemas
    number = calls(lambda: modelwright.sklearn.load_model(uri))
    assert number < {load}, number
"""
LOGGING = """
    sys.addaudithook(watch)
    with modelwright.start_run():
        modelwright.sklearn.log_model(Model(), "warm-up", **given)
        dumped, parsed = counted(yaml, "dump"), counted(yaml, "load")
        opened.clear()
        modelwright.sklearn.log_model(Model(), "m", **given)
        read, written = ({name: opened[name, mode] for name in files} for mode in "rw")
        # read once to be hashed; loading back reads the model alone
        assert read == {**dict.fromkeys(files, 1), "manifest.json": 0, "model.pkl": 2}, read
        assert written == dict.fromkeys(files, 1), written
        assert (dumped["calls"], parsed["calls"]) == (1, 0), (dumped, parsed)  # MLmodel
        number = calls(lambda: modelwright.sklearn.log_model(Model(), "n", **given))
        assert number < {log}, number
        example = {"input_example": X.head(5), "pip_requirements": ["scikit-learn"]}
        Model.asked = 0
        modelwright.sklearn.log_model(Model(), "o", **example)
        assert Model.asked == 1, Model.asked
        modelwright.sklearn.log_model(Model(), "p", **example, verify=False)
        assert Model.asked == 2, Model.asked
        whole = X.head(5).assign(c0=[1, 2, 3, 4, 5])  # comes back as floats would not: still one type each
        modelwright.sklearn.log_model(Model(), "q", **{**example, "input_example": whole})
        number = calls(lambda: modelwright.sklearn.log_model(Model(), "r", **example))
        assert number < {example}, number
"""


@pytest.mark.parametrize("script", [LOADING, LOGGING], ids=["loading", "logging"])
def test_what_is_known_is_not_read_again(script: str, tmp_path: Path) -> None:
    limits = {"{load}": "1800", "{log}": "8000", "{example}": "16000"}
    for name, limit in limits.items():
        script = script.replace(name, limit)
    source = textwrap.dedent(PRELUDE) + textwrap.dedent(script)
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source, str(tmp_path), tests],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
