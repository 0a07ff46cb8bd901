"""Models that cannot be loaded are found out when they are written."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from modelwright.core.errors import BrokenModel, UntrustedModel
from modelwright.models.load import flavor, load_pyfunc
from modelwright.models.python_model import PythonModel
from modelwright.models.save import save_model
from modelwright.models.verify import Verified


def save(path: Path, model: Any = None, **options: Any) -> Verified:
    found = save_model(flavor("pyfunc"), model, path, **{"pip_requirements": [], **options}).verified
    assert found is not None
    return found


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text).lstrip())
    return path


LOADER = """
class MyModel():
    def __init__(self, model):
        self._model = model

    def predict(self, data):
        return self._model.predict_proba(data)

def _load_pyfunc(data_path: str):
    import os

    model = XGBClassifier(eval_metric='logloss')
    model.load_model(os.path.abspath(data_path))

    return MyModel(model)
"""


def test_the_articles_loader_module_forgets_an_import(tmp_path):
    loader, data = write(tmp_path / "loader_module.py", LOADER), write(tmp_path / "xgb.model", "")
    options = {"loader_module": "loader_module", "data_path": data, "code_paths": [loader]}
    reason = "NameError: name 'XGBClassifier' is not defined in loader_module.py:11"
    with pytest.warns(UserWarning, match=f"was saved, but cannot be loaded: {reason}"):
        assert save(tmp_path / "m", **options) == Verified(False, reason=reason)
    with pytest.raises(BrokenModel, match=reason):
        save(tmp_path / "n", **options, verify=True)
    assert save(tmp_path / "o", **options, verify=False) == Verified(True, skipped="verify=False")
    with pytest.warns(UserWarning, match=r"was logged, but"):
        save(tmp_path / "p", **options, done="logged")


def test_the_articles_wrapper_unpickles_a_path(tmp_path):
    class ModelWrapper(PythonModel):
        def load_context(self, context: Any) -> None:
            import pickle

            self._encoder = pickle.loads(context.artifacts["encoder"])

        def predict(self, context: Any, data: Any, params: Any = None) -> Any:
            return self._model.predict_proba(data)

    write(tmp_path / "encoder.pkl", "")
    with pytest.warns(
        UserWarning, match=r"TypeError: a bytes-like object is required, not 'str' in test_verify\.py:\d+"
    ):
        save(tmp_path / "m", ModelWrapper(), artifacts={"encoder": str(tmp_path / "encoder.pkl")})


def test_a_wrapper_that_loads_into_the_wrong_variable_fails_on_its_example(tmp_path):
    class Wrong(PythonModel):
        def load_context(self, context: Any) -> None:
            self.model = len

        def predict(self, context: Any, data: Any, params: Any = None) -> Any:
            return [self._model(data)]

    with pytest.warns(UserWarning, match=r"no attribute '_model' in test_verify\.py:\d+ \(predict on the stored"):
        found = save(tmp_path / "m", Wrong(), input_example=pd.DataFrame({"a": [1.0]}), signature=False)
    assert not found.ok


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "import not_installed_anywhere\n",
            r"ModuleNotFoundError: No module named 'not_installed_anywhere' in bad\.py:1",
        ),
        ("def _load_pyfunc(path)\n", r"SyntaxError: .* in bad\.py:1"),
        ("import sys\nsys.exit(3)\n", r"SystemExit: 3 in bad\.py:2"),
        ("from deep.inner import x\n", r"ZeroDivisionError: division by zero in deep/inner\.py:2"),
    ],
)
def test_reasons_name_the_place_in_the_models_code(tmp_path, text, reason):
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep" / "inner.py", "def f():\n    return 1 / 0\nx = f()\n")
    write(tmp_path / "bad.py", text)
    with pytest.warns(UserWarning, match=reason):
        save(tmp_path / "m", loader_module="bad", code_paths=[tmp_path / "bad.py", tmp_path / "deep"])


def test_it_leaves_no_trace(tmp_path):
    write(tmp_path / "tracer.py", """
        import sys
        sys.path.append("/added/by/the/model")
        import tracer_helper
        class M:
            def predict(self, data): return data
        def _load_pyfunc(path): return M()
    """)  # fmt: skip
    write(tmp_path / "tracer_helper.py", "")
    before = list(sys.path), set(sys.modules)
    assert save(
        tmp_path / "m", loader_module="tracer", code_paths=[tmp_path / "tracer.py", tmp_path / "tracer_helper.py"]
    ).ok
    assert sys.path == before[0]
    assert set(sys.modules) - before[1] <= {"modelwright._code"}


def test_modules_that_stay_behind_are_named(tmp_path, monkeypatch):
    """It loads here, because the module is here: another machine has none of it."""
    write(tmp_path / "left_behind.py", "N = 1\n")
    write(
        tmp_path / "goes_along.py",
        "import left_behind\ndef _load_pyfunc(path): return type('M', (), {'predict': len})()\n",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.warns(UserWarning, match=r"loads only here: it needs the module 'left_behind' \(.*left_behind\.py\)"):
        found = save(tmp_path / "m", loader_module="goes_along", code_paths=[tmp_path / "goes_along.py"])
    assert found.ok
    assert "left_behind" not in sys.modules
    with pytest.warns(UserWarning, match="needs the module 'goes_along'"):
        save(tmp_path / "n", loader_module="goes_along")


def test_classes_of_modules_that_stay_behind_are_named(tmp_path, monkeypatch):
    write(tmp_path / "wrapper_behind.py", """
        from modelwright.models.python_model import PythonModel
        class W(PythonModel):
            def predict(self, context, model_input): return model_input
    """)  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    import wrapper_behind

    try:
        with pytest.warns(UserWarning, match="'wrapper_behind'"):
            save(tmp_path / "m", wrapper_behind.W())
        assert save(tmp_path / "n", wrapper_behind.W(), code_paths=[tmp_path / "wrapper_behind.py"]) == Verified(True)
    finally:
        del sys.modules["wrapper_behind"]


def test_large_models_are_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_VERIFY_BYTES", "100")
    found = save(tmp_path / "m", lambda model_input: 1 / 0, input_example=[1], signature=False)
    assert found.ok
    assert "more than MODELWRIGHT_VERIFY_BYTES=100" in (found.skipped or "")


def test_a_policy_that_lets_nothing_run_leaves_the_model_unlooked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    found = save(tmp_path / "m", Doubler(), input_example=pd.DataFrame({"x": [1.5]}))
    assert (found.ok, found.skipped) == (True, "the policy MODELWRIGHT_TRUST=none lets no code of a model run")
    with pytest.raises(UntrustedModel, match="which trust=True cannot lift"):
        load_pyfunc(tmp_path / "m", trust=True)


class Doubler(PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2
