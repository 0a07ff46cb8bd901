"""XGBoost: boosters and every estimator, in every format, in every pairing with scikit-learn."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import logging
import os
import subprocess
import textwrap
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

xgboost = pytest.importorskip("xgboost")

from sklearn.datasets import load_iris

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

X, y = load_iris(return_X_y=True, as_frame=True)
BINARY = (y > 0).astype(int)
CATEGORICAL = X.assign(kind=pd.Categorical(["a", "b", "c"] * 50))
REPOSITORY = Path(__file__).parents[2]
ARTICLE = REPOSITORY / ".venv-article/bin/python"
STOCK = REPOSITORY / ".venv-stock/bin/python"


@cache
def classifier():
    return xgboost.XGBClassifier(n_estimators=5).fit(X, y)


@cache
def booster():
    return xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(X, y), 5)


class TestClassifier(FlavorContract):
    name, imports = "xgboost", "xgboost"

    def model(self):
        return classifier()

    def example(self):
        return X.head(5)


class TestBooster(TestClassifier):
    def model(self):
        return booster()

    def predictions(self, model, data):
        return model.predict(xgboost.DMatrix(data))


class TestJsonRanker(TestClassifier):
    options = {"model_format": "json"}

    def model(self):
        return _ranker()


@cache
def _ranker():
    return xgboost.XGBRanker(n_estimators=3).fit(X, y, qid=np.arange(150) // 10)


def early_stopped():
    model = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, learning_rate=1.0)
    return model.fit(X[::2], y[::2], eval_set=[(X[1::2], y[1::2])], verbose=False)


MODELS = {
    "three classes": lambda: (classifier(), X),
    "two classes": lambda: (xgboost.XGBClassifier(n_estimators=3).fit(X, BINARY), X),
    "regressor": lambda: (xgboost.XGBRegressor(n_estimators=3).fit(X, y), X),
    "forest classifier": lambda: (xgboost.XGBRFClassifier(n_estimators=3).fit(X, y), X),
    "forest regressor": lambda: (xgboost.XGBRFRegressor(n_estimators=3).fit(X, y), X),
    "linear": lambda: (xgboost.XGBRegressor(n_estimators=3, booster="gblinear").fit(X.to_numpy(), y), X.to_numpy()),
    "categories": lambda: (
        xgboost.XGBClassifier(n_estimators=3, enable_categorical=True).fit(CATEGORICAL, y),
        CATEGORICAL,
    ),
    "early stopping": lambda: (early_stopped(), X),
    "zero is missing": lambda: (
        xgboost.XGBRegressor(n_estimators=3, missing=0.0).fit(X.where(X > 1.5, 0.0), y),
        X.where(X > 1.5, 0.0),
    ),
    "base class": lambda: (xgboost.XGBModel(n_estimators=3, objective="reg:squarederror").fit(X, y), X),
}


@pytest.mark.parametrize("model_format", ["xgb", "ubj", "json"])
@pytest.mark.parametrize("which", MODELS)
def test_every_estimator_comes_back_as_it_was(which, model_format, tmp_path):
    model, data = MODELS[which]()
    meta = save_model(load.flavor("xgboost"), model, tmp_path / "m", pip_requirements=[], model_format=model_format)
    loaded = load.load_model(load.flavor("xgboost"), tmp_path / "m")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(data), model.predict(data))
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(data), model.predict(data))
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(loaded.predict_proba(data), model.predict_proba(data))
        assert list(loaded.classes_) == list(model.classes_)
        proba = load.load_pyfunc(tmp_path / "m").call("predict_proba", data)
        np.testing.assert_array_equal(proba, model.predict_proba(data))
    if which == "early stopping":
        assert loaded.best_iteration == model.best_iteration
    extra = {"missing": 0.0} if which == "zero is missing" else {}
    assert meta.flavors["xgboost"] == {
        "code": None,
        "data": f"model.{model_format}",
        "model_class": f"xgboost.sklearn.{type(model).__name__}",
        "model_format": model_format,
        "xgb_version": xgboost.__version__,
        **extra,
    }
    assert meta.flavors["python_function"]["data"] == f"model.{model_format}"


def test_a_booster_with_categories_scores_frames(tmp_path):
    matrix = xgboost.DMatrix(CATEGORICAL, y, enable_categorical=True)
    model = xgboost.train({"objective": "multi:softprob", "num_class": 3}, matrix, 3)
    save_model(load.flavor("xgboost"), model, tmp_path / "m", pip_requirements=[])
    same(load.load_pyfunc(tmp_path / "m").predict(CATEGORICAL), model.predict(matrix))


def test_columns_must_be_those_of_the_training(tmp_path):
    for name, model in (("estimator", classifier()), ("booster", booster())):
        save_model(load.flavor("xgboost"), model, tmp_path / name, pip_requirements=[])
        loaded = load.load_pyfunc(tmp_path / name)
        with pytest.raises(ValueError, match="feature_names mismatch"):
            loaded.predict(X.rename(columns=str.upper))


def test_params_reach_predict_and_unknown_ones_are_named(tmp_path, caplog):
    save_model(load.flavor("xgboost"), booster(), tmp_path / "b", pip_requirements=[])
    save_model(load.flavor("xgboost"), classifier(), tmp_path / "c", pip_requirements=[])
    matrix = xgboost.DMatrix(X)
    for native, root, want in (
        (booster(), tmp_path / "b", booster().predict(matrix, output_margin=True)),
        (classifier(), tmp_path / "c", classifier().predict(X, output_margin=True)),
    ):
        predictor = load.flavor("xgboost").wrap(native, load.Stored(root))
        with caplog.at_level(logging.WARNING):
            found = predictor.predict(X, {"output_margin": True, "temperature": 2})
        same(found, want)
        assert "'temperature'" in caplog.text
        renamed = X.set_axis(["a", "b", "c", "d"], axis=1)
        predictor.predict(renamed, {"validate_features": False})
        caplog.clear()


def test_the_requirements_are_the_models_own(tmp_path):
    save_model(load.flavor("xgboost"), booster(), tmp_path / "b")
    save_model(load.flavor("xgboost"), classifier(), tmp_path / "c")
    names = [
        [line.partition("==")[0] for line in (tmp_path / which / "requirements.txt").read_text().splitlines()]
        for which in "bc"
    ]
    assert names == [
        ["mlflow", "numpy", "pandas", "scipy", "xgboost"],
        ["mlflow", "numpy", "pandas", "scikit-learn", "scipy", "xgboost"],
    ]


def test_saving_leaves_the_model_as_it_was_and_warns_of_nothing(tmp_path):
    model = xgboost.XGBClassifier(n_estimators=2).fit(X, y)
    before = dict(vars(model)), model.get_booster().attributes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_model(load.flavor("xgboost"), model, tmp_path / "m", pip_requirements=[])
        load.load_model(load.flavor("xgboost"), tmp_path / "m")
    assert (dict(vars(model)), model.get_booster().attributes()) == before


class Own(xgboost.XGBClassifier):
    def twice(self):
        return 2


def test_a_subclass_is_saved_as_its_base(tmp_path):
    model = Own(n_estimators=2).fit(X, y)
    with pytest.warns(UserWarning, match=r"saved as its base class xgboost\.sklearn\.XGBClassifier"):
        save_model(load.flavor("xgboost"), model, tmp_path / "m", pip_requirements=[])
    loaded = load.load_model(load.flavor("xgboost"), tmp_path / "m")
    assert type(loaded) is xgboost.XGBClassifier
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_what_cannot_be_saved(tmp_path):
    from sklearn.linear_model import LinearRegression

    flavor = load.flavor("xgboost")
    with pytest.raises(InvalidArgument, match=r"Expected an xgboost\.Booster .* got a sklearn"):
        save_model(flavor, LinearRegression(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="XGBClassifier is not fitted"):
        save_model(flavor, xgboost.XGBClassifier(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="model_format must be one of 'xgb', 'json', 'ubj', got 'onnx'"):
        save_model(flavor, booster(), tmp_path / "m", model_format="onnx")
    remote = type("DaskXGBClassifier", (xgboost.XGBClassifier,), {"__module__": "xgboost.dask"})()
    with pytest.raises(InvalidArgument, match=r"save its booster: model\.get_booster\(\)"):
        save_model(flavor, remote, tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["subprocess.Popen", "xgboost.compat.py_str", "xgboost.core.DMatrix", "Popen"])
def test_a_class_that_is_no_xgboost_model_is_refused(name, tmp_path):
    save_model(load.flavor("xgboost"), booster(), tmp_path / "m", pip_requirements=[])
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())
    body["flavors"]["xgboost"]["model_class"] = name
    (tmp_path / "m/MLmodel").write_text(yaml.safe_dump(body))
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match=name):
        load.load_model(load.flavor("xgboost"), tmp_path / "m", trust=True)


def test_a_file_that_xgboost_cannot_read(tmp_path):
    save_model(load.flavor("xgboost"), booster(), tmp_path / "m", pip_requirements=[])
    (tmp_path / "m/model.xgb").write_bytes(b"{nothing of the kind")
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"XGBoost .* cannot read .*model\.xgb"):
        load.load_model(load.flavor("xgboost"), tmp_path / "m")
    (tmp_path / "m/model.xgb").write_bytes(b"")  # read as bytes, it would end the process
    with pytest.raises(CorruptModel, match="is empty"):
        load.load_model(load.flavor("xgboost"), tmp_path / "m")


def test_a_model_without_a_class_is_a_booster(tmp_path):
    """MLflow before 1.22 recorded none."""
    save_model(load.flavor("xgboost"), booster(), tmp_path / "m", pip_requirements=[])
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())
    del body["flavors"]["xgboost"]["model_class"]
    (tmp_path / "m/MLmodel").write_text(yaml.safe_dump(body))
    (tmp_path / "m" / manifest.NAME).unlink()
    assert type(load.load_model(load.flavor("xgboost"), tmp_path / "m")) is xgboost.Booster


SAVE_AND_LOAD = """
    import sys, warnings
    import numpy as np, xgboost, sklearn
    from sklearn.datasets import load_iris
    from modelwright.models import load
    from modelwright.models.save import save_model
    X, y = load_iris(return_X_y=True, as_frame=True)
    flavor = load.flavor("xgboost")
    models = {
        "classifier": xgboost.XGBClassifier(n_estimators=4).fit(X, y),
        "binary": xgboost.XGBClassifier(n_estimators=4).fit(X, (y > 0).astype(int)),
        "regressor": xgboost.XGBRegressor(n_estimators=4).fit(X, y),
        "forest": xgboost.XGBRFClassifier(n_estimators=4).fit(X, y),
        "ranker": xgboost.XGBRanker(n_estimators=4).fit(X, y, qid=np.arange(150) // 10),
        "booster": xgboost.train({}, xgboost.DMatrix(X, y), 4),
    }
    for name, model in models.items():
        root = f"{sys.argv[1]}/{name}"
        save_model(flavor, model, root, input_example=X.head(3), pip_requirements=[], verify=True)
        loaded = load.load_model(flavor, root)
        assert type(loaded) is type(model)
        data = xgboost.DMatrix(X) if name == "booster" else X
        np.testing.assert_array_equal(loaded.predict(data), model.predict(data))
        np.testing.assert_array_equal(load.load_pyfunc(root).predict(X), model.predict(data))
        if hasattr(model, "predict_proba"):
            np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
            assert loaded.n_classes_ == model.n_classes_ and list(loaded.classes_) == list(model.classes_)
        save_model(flavor, loaded, root + "-again", pip_requirements=[])
        np.save(f"{root}.npy", model.predict(data))
    print(xgboost.__version__, sklearn.__version__)
"""
STOCK_LOADS = """
    import sys, warnings
    warnings.simplefilter("ignore")
    import mlflow, numpy as np
    from sklearn.datasets import load_iris
    X, y = load_iris(return_X_y=True, as_frame=True)
    for name in ("classifier", "binary", "regressor", "forest", "ranker", "booster"):
        root = f"{sys.argv[1]}/{name}"
        np.testing.assert_array_equal(mlflow.pyfunc.load_model(root).predict(X), np.load(root + ".npy"))
        native = mlflow.xgboost.load_model(root)
        if name == "classifier":
            assert native.n_classes_ == 3 and native.predict_proba(X).shape == (150, 3)
"""


def script(python: Path, text: str, argument: Path, **env: str) -> str:
    done = subprocess.run(
        [python, "-c", textwrap.dedent(text), str(argument)],
        env={"PATH": os.environ["PATH"], "HOME": str(argument), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.stock
@pytest.mark.skipif(not ARTICLE.exists(), reason="needs the article's environment: make stock")
def test_xgboost_2_1_1_beside_a_current_scikit_learn(tmp_path):
    """Where `XGBClassifier.save_model` itself raises TypeError: `_estimator_type` undefined."""
    printed = script(ARTICLE, SAVE_AND_LOAD, tmp_path, PYTHONPATH=str(REPOSITORY / "src"))
    assert printed.split() >= ["2.1.1", "1.6"]
    if STOCK.exists():
        script(STOCK, STOCK_LOADS, tmp_path, GIT_PYTHON_REFRESH="quiet")
