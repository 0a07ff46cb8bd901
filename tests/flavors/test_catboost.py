"""CatBoost: every class, in every format that CatBoost reads back."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

catboost = pytest.importorskip("catboost")

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = ["a", "b", "c", "d"]
KINDS = X.assign(kind=["u", "v", "w"] * 50)
SMALL: dict[str, Any] = {
    "iterations": 4, "depth": 2, "verbose": False, "allow_writing_files": False, "thread_count": 1,
}  # fmt: skip


@cache
def classifier() -> Any:
    return catboost.CatBoostClassifier(**SMALL).fit(X, y)


@cache
def with_categories() -> Any:
    return catboost.CatBoostClassifier(**SMALL, cat_features=["kind"]).fit(KINDS, (y > 0).astype(int))


class TestClassifier(FlavorContract):
    name, imports = "catboost", "catboost"

    def model(self) -> Any:
        return classifier()

    def example(self) -> Any:
        return X.head(5)


class TestCategories(TestClassifier):
    def model(self) -> Any:
        return with_categories()

    def example(self) -> Any:
        return KINDS.head(5)


class TestJson(TestClassifier):
    options = {"format": "json"}

    def model(self) -> Any:
        return _regressor()


@cache
def _regressor() -> Any:
    return catboost.CatBoostRegressor(**SMALL).fit(X, y)


def save(model: Any, path: Path, **options: Any) -> Model:
    return save_model(load.flavor("catboost"), model, path, **{"pip_requirements": [], **options})


def native(path: Path, **options: Any) -> Any:
    return load.load_model(load.flavor("catboost"), path, **options)


def entry(root: Path, **changed: Any) -> None:
    """Change the native entry of a saved model; None takes a key away."""
    body = yaml.safe_load((root / "MLmodel").read_text())
    own = {**body["flavors"]["catboost"], **changed}
    body["flavors"]["catboost"] = {key: value for key, value in own.items() if value is not None}
    (root / "MLmodel").write_text(yaml.safe_dump(body))
    (root / manifest.NAME).unlink()


MODELS = {
    "three classes": (lambda: classifier(), X),
    "two classes of names": (lambda: catboost.CatBoostClassifier(**SMALL).fit(X, np.where(y > 0, "yes", "no")), X),
    "regressor": (lambda: _regressor(), X),
    "ranker": (
        lambda: catboost.CatBoostRanker(**SMALL, bootstrap_type="No").fit(X, y, group_id=np.arange(150) // 10),
        X,
    ),
    "base class": (lambda: catboost.CatBoost({**SMALL, "loss_function": "RMSE"}).fit(X, y), X),
    "arrays": (lambda: catboost.CatBoostClassifier(**SMALL).fit(X.to_numpy(), y), X.to_numpy()),
    "categories": (lambda: with_categories(), KINDS),
    "early stopping": (
        lambda: catboost.CatBoostRegressor(**{**SMALL, "iterations": 50}).fit(
            X[::2], y[::2], eval_set=(X[1::2], y[::2] * 0), early_stopping_rounds=2
        ),
        X,
    ),
}


@pytest.mark.parametrize("which", MODELS)
def test_every_model_comes_back_as_it_was(which: str, tmp_path: Path) -> None:
    make, data = MODELS[which]
    model = make()
    meta = save(model, tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    assert load.hazards(tmp_path / "m") == []
    loaded = native(tmp_path / "m", trust=False)
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(data), model.predict(data))
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(data), model.predict(data))
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(loaded.predict_proba(data), model.predict_proba(data))
        assert list(loaded.classes_) == list(model.classes_)
    assert (loaded.tree_count_, loaded.feature_names_) == (model.tree_count_, model.feature_names_)
    assert meta.flavors["catboost"] == {
        "catboost_version": catboost.__version__, "code": None, "data": "model.cb", "model_type": type(model).__name__,
        "save_format": "cbm",
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.cb"


def test_other_formats(tmp_path: Path) -> None:
    for name in ("json", "onnx"):
        meta = save(_regressor(), tmp_path / name, format=name)
        assert meta.flavors["catboost"]["save_format"] == name
        same(native(tmp_path / name).predict(X), _regressor().predict(X))
    pool = catboost.Pool(KINDS, y > 0, cat_features=["kind"])
    save(with_categories(), tmp_path / "kinds", format="json", pool=pool)
    same(native(tmp_path / "kinds").predict(KINDS), with_categories().predict(KINDS))


def test_a_format_that_catboost_only_writes(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"was saved, but cannot be loaded: .*CatBoost .* cannot read"):
        save(_regressor(), tmp_path / "m", format="cpp")
    with pytest.raises(CorruptModel, match=r"CatBoost .* cannot read .*model\.cb', written by "):
        native(tmp_path / "m")


class Renamed(catboost.CatBoostRegressor):  # type: ignore[misc]
    pass


def test_a_class_of_your_own_is_saved_as_catboosts(tmp_path: Path) -> None:
    model = Renamed(**SMALL).fit(X, y)
    with pytest.warns(UserWarning, match="Renamed is saved as its base class CatBoostRegressor"):
        save(model, tmp_path / "m")
    assert type(native(tmp_path / "m")) is catboost.CatBoostRegressor


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"Expected a CatBoost, .* got a sklearn.*LogisticRegression"):
        save(LogisticRegression(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="The CatBoostClassifier is not fitted"):
        save(catboost.CatBoostClassifier(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"cannot write this CatBoostClassifier with format='pmml'.*use format="):
        save(classifier(), tmp_path / "m", format="pmml")
    with pytest.raises(InvalidArgument, match="format='cmb'"):
        save(classifier(), tmp_path / "m", format="cmb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"CBM1", b"nothing of the kind"])
def test_a_file_that_catboost_cannot_read(content: bytes, tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    (tmp_path / "m/model.cb").write_bytes(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"CatBoost .* cannot read .*model\.cb', written by "):
        native(tmp_path / "m")


def test_only_catboosts_own_classes_are_made(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    entry(tmp_path / "m", model_type="Pool")
    with pytest.raises(CorruptModel, match=r"model_type is 'Pool'; expected one of CatBoostClassifier"):
        native(tmp_path / "m", trust=True)


def test_params_are_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    predictor = load.flavor("catboost").wrap(classifier(), load.Stored(tmp_path))
    with caplog.at_level(logging.WARNING):
        found = predictor.predict(X, {"prediction_type": "RawFormulaVal"})
    np.testing.assert_array_equal(found, classifier().predict(X))
    assert "'prediction_type'" in caplog.text
    assert predictor.cb_model is predictor.native  # type: ignore[attr-defined]


def test_texts_are_features_too(tmp_path: Path) -> None:
    texts = pd.DataFrame({"text": ["red apple", "green apple", "red car", "green car"] * 10})
    labels = np.array([1, 1, 0, 0] * 10)
    model = catboost.CatBoostClassifier(**SMALL, text_features=["text"]).fit(texts, labels)
    save(model, tmp_path / "m", input_example=texts.head(2))
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(texts), model.predict(texts))
