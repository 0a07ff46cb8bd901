"""LightGBM: boosters as text, every estimator in both formats."""

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

lightgbm = pytest.importorskip("lightgbm")

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.flavors.lightgbm_text import damage
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

X, y = load_iris(return_X_y=True, as_frame=True)
X.columns = ["a", "b", "c", "d"]
KINDS = X.assign(kind=pd.Categorical(["u", "v", "w"] * 50))
SMALL = {"n_estimators": 3, "num_leaves": 4, "n_jobs": 1, "verbose": -1}
TREES = {"num_leaves": 4, "num_threads": 1, "verbose": -1}


@cache
def classifier() -> Any:
    return lightgbm.LGBMClassifier(**SMALL).fit(X, y)


@cache
def booster() -> Any:
    return lightgbm.train({**TREES, "objective": "regression"}, lightgbm.Dataset(X, y), 3)


class TestClassifier(FlavorContract):
    name, imports = "lightgbm", "lightgbm"

    def model(self) -> Any:
        return classifier()

    def example(self) -> Any:
        return X.head(5)


class TestBooster(TestClassifier):
    def model(self) -> Any:
        return booster()


class TestSkops(TestClassifier):
    options = {"serialization_format": "skops"}

    @pytest.fixture(autouse=True)
    def _needs_skops(self) -> None:
        pytest.importorskip("skops.io")


def save(model: Any, path: Path, **options: Any) -> Model:
    return save_model(load.flavor("lightgbm"), model, path, **{"pip_requirements": [], **options})


def native(path: Path, **options: Any) -> Any:
    return load.load_model(load.flavor("lightgbm"), path, **options)


def _held_out() -> Any:
    model = lightgbm.LGBMClassifier(**{**SMALL, "n_estimators": 60, "learning_rate": 1.0})
    stop = lightgbm.early_stopping(2, verbose=False)
    fit = {"eval_X": X[1::2], "eval_y": y[1::2]} if hasattr(lightgbm, "EvalResult") else {}
    fit = fit or {"eval_set": [(X[1::2], y[1::2])]}  # the spelling before 4.7
    return model.fit(X[::2], y[::2], callbacks=[stop], **fit)


MODELS = {
    "three classes": lambda: (classifier(), X),
    "two classes of names": lambda: (lightgbm.LGBMClassifier(**SMALL).fit(X, np.where(y > 0, "yes", "no")), X),
    "regressor": lambda: (lightgbm.LGBMRegressor(**SMALL).fit(X, y), X),
    "ranker": lambda: (lightgbm.LGBMRanker(**SMALL, min_child_samples=2).fit(X, y, group=[50, 50, 50]), X),
    "base class": lambda: (lightgbm.LGBMModel(**SMALL, objective="regression").fit(X, y), X),
    "categories": lambda: (lightgbm.LGBMClassifier(**SMALL).fit(KINDS, y), KINDS),
    "arrays": lambda: (lightgbm.LGBMClassifier(**SMALL).fit(X.to_numpy(), y), X.to_numpy()),
    "weights and a generator": lambda: (
        lightgbm.LGBMClassifier(**SMALL, class_weight="balanced", random_state=np.random.RandomState(0)).fit(X, y),
        X,
    ),
    "early stopping": lambda: (_held_out(), X),
    "random forest": lambda: (
        lightgbm.LGBMClassifier(**SMALL, boosting_type="rf", subsample=0.7, subsample_freq=1).fit(X, y),
        X,
    ),
}


@pytest.mark.parametrize("serialization_format", ["cloudpickle", "skops"])
@pytest.mark.parametrize("which", MODELS)
def test_every_estimator_comes_back_as_it_was(which: str, serialization_format: str, tmp_path: Path) -> None:
    if serialization_format == "skops":
        pytest.importorskip("skops.io")
    model, data = MODELS[which]()
    meta = save(model, tmp_path / "m", serialization_format=serialization_format)
    loaded = native(tmp_path / "m")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(data), model.predict(data))
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(data), model.predict(data))
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(loaded.predict_proba(data), model.predict_proba(data))
        assert list(loaded.classes_) == list(model.classes_)
    assert (loaded.best_iteration_, loaded.n_features_in_) == (model.best_iteration_, model.n_features_in_)
    assert loaded.get_params().keys() == model.get_params().keys()
    facts: dict[str, Any] = {"data": "model.pkl"}
    if (tmp_path / "m/model.skops").exists():
        facts["safe_copy"] = {"path": "model.skops", "bytes": (tmp_path / "m/model.skops").stat().st_size}
    if serialization_format == "skops":
        own = ["collections.OrderedDict", "lightgbm.basic.Booster", f"lightgbm.sklearn.{type(model).__name__}"]
        facts = {"data": "model.skops", "serialization_format": "skops", "skops_trusted_types": own}
    assert meta.flavors["lightgbm"] == {
        "code": None, "lgb_version": lightgbm.__version__, "model_class": f"lightgbm.sklearn.{type(model).__name__}",
        **facts,
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == facts["data"]


def test_a_booster_is_text_that_anybody_may_load(tmp_path: Path) -> None:
    held_out = lightgbm.Dataset(X[1::2], y[1::2])
    model = lightgbm.train(
        {**TREES, "objective": "multiclass", "num_class": 3, "learning_rate": 1.0}, lightgbm.Dataset(X[::2], y[::2]),
        60, valid_sets=[held_out], callbacks=[lightgbm.early_stopping(2, verbose=False)],
    )  # fmt: skip
    assert model.best_iteration < 60
    for name, options in {"m": {}, "s": {"serialization_format": "skops"}}.items():
        meta = save(model, tmp_path / name, **options)
        assert meta.flavors["lightgbm"] == {
            "code": None, "data": "model.lgb", "lgb_version": lightgbm.__version__,
            "model_class": "lightgbm.basic.Booster",
        }  # fmt: skip
        assert (tmp_path / name / "model.lgb").read_text().startswith("tree\n")
        (tmp_path / name / manifest.NAME).unlink()
        assert load.hazards(tmp_path / name) == []
        loaded = native(tmp_path / name, trust=False)
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_booster_with_categories(tmp_path: Path) -> None:
    model = lightgbm.train(TREES, lightgbm.Dataset(KINDS, y), 3)
    save(model, tmp_path / "m")
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(KINDS), model.predict(KINDS))


def test_boosters_of_a_cross_validation(tmp_path: Path) -> None:
    found = lightgbm.cv(TREES, lightgbm.Dataset(X, y), 2, nfold=2, stratified=False, return_cvbooster=True)
    save(found["cvbooster"], tmp_path / "m")
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(X), found["cvbooster"].predict(X))


def test_a_pickle_is_a_hazard_and_skops_is_none(tmp_path: Path) -> None:
    pytest.importorskip("skops.io")
    save(classifier(), tmp_path / "m")
    assert load.hazards(tmp_path / "m") == ["its file 'model.pkl' is a pickle"]
    save(classifier(), tmp_path / "s", serialization_format="skops")
    (tmp_path / "s" / manifest.NAME).unlink()
    assert load.hazards(tmp_path / "s") == []
    same(native(tmp_path / "s", trust=False).predict(X), classifier().predict(X))


def test_a_copy_loads_where_the_pickle_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    io = pytest.importorskip("skops.io")
    for name, wanted in {"with": None, "without": False}.items():
        save(classifier(), tmp_path / name, safe_copy=wanted)
        (tmp_path / name / manifest.NAME).unlink()
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    np.testing.assert_array_equal(native(tmp_path / "with").predict_proba(X), classifier().predict_proba(X))
    np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "with").predict(X), classifier().predict(X))
    io.dump(lightgbm.Dataset(X.to_numpy(), y.to_numpy()), tmp_path / "with/model.skops")
    for name in ("with", "without"):
        with pytest.raises(UntrustedModel, match=r"'model\.pkl' is a pickle"):
            native(tmp_path / name)
    with pytest.raises(InvalidArgument, match="logistic_loss"):
        save(_own_loss(), tmp_path / "own", safe_copy=True)


def logistic_loss(true: Any, raw: Any) -> Any:
    share = 1 / (1 + np.exp(-raw))
    return share - true, share * (1 - share)


@cache
def _own_loss() -> Any:
    return lightgbm.LGBMRegressor(**SMALL, objective=logistic_loss).fit(X, (y > 0).astype(int))


def test_a_function_of_your_own_is_a_stranger_in_a_skops_file(tmp_path: Path) -> None:
    pytest.importorskip("skops.io")
    model = _own_loss()
    with pytest.raises(InvalidArgument, match=r"types that loading would refuse: .*logistic_loss.*skops_trusted_types"):
        save(model, tmp_path / "m", serialization_format="skops")
    own = f"{logistic_loss.__module__}.logistic_loss"
    save(model, tmp_path / "m", serialization_format="skops", skops_trusted_types=[own], verify=False)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(UntrustedModel, match="logistic_loss"):
        native(tmp_path / "m")
    with pytest.raises(UntrustedModel, match="logistic_loss"):
        native(tmp_path / "m", trust=True, skops_trusted_types=["other.name"])
    same(native(tmp_path / "m", skops_trusted_types=[own]).predict(X), model.predict(X))
    save(model, tmp_path / "p")
    same(native(tmp_path / "p").predict(X), model.predict(X))


def test_other_classes_of_lightgbm_are_strangers(tmp_path: Path) -> None:
    """Their state holds addresses in memory, which they would free."""
    io = pytest.importorskip("skops.io")
    save(classifier(), tmp_path / "m", serialization_format="skops")
    (tmp_path / "m" / manifest.NAME).unlink()
    io.dump(lightgbm.Dataset(X.to_numpy(), y.to_numpy()), tmp_path / "m/model.skops")
    with pytest.raises(UntrustedModel, match=r"lightgbm\.basic\.Dataset"):
        native(tmp_path / "m")


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"Expected a lightgbm.Booster or .* got a sklearn.*LogisticRegression"):
        save(LogisticRegression(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="The LGBMClassifier is not fitted"):
        save(lightgbm.LGBMClassifier(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="one of 'cloudpickle', 'skops', got 'pickle'"):
        save(classifier(), tmp_path / "m", serialization_format="pickle")
    locked = lightgbm.LGBMClassifier(**SMALL).fit(X, y)
    locked.lock = __import__("threading").Lock()
    with pytest.raises(InvalidArgument, match=r"LGBMClassifier cannot be pickled: .*lock.*save its booster"):
        save(locked, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_params_are_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(classifier(), tmp_path / "m")
    predictor = load.flavor("lightgbm").wrap(native(tmp_path / "m"), load.Stored(tmp_path))
    with caplog.at_level(logging.WARNING):
        found = predictor.predict(X, {"raw_score": True})
    same(found, classifier().predict(X))
    assert "'raw_score'" in caplog.text
    assert predictor.lgb_model is predictor.native  # type: ignore[attr-defined]


def text_of(model: Any, path: Path) -> bytes:
    model.save_model(path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["plain", "linear", "categories", "one leaf", "part", "forest"])
def test_a_text_that_is_cut_anywhere_is_noticed(kind: str, tmp_path: Path) -> None:
    """LightGBM would end the process over many of these, or read them as another model."""
    more = {"linear": {"linear_tree": True}, "forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}}
    table, target = (KINDS, y) if kind == "categories" else (X, y * 0 if kind == "one leaf" else y)
    model = lightgbm.train({**TREES, **more.get(kind, {})}, lightgbm.Dataset(table, target), 3)
    path = tmp_path / "model.lgb"
    text = text_of(model, path)
    if kind == "part":
        model.save_model(path, start_iteration=1, num_iteration=1)
        text = path.read_bytes()
    assert damage(path) is None
    unnoticed = []
    for length in range(0, len(text) - 1, 7):
        path.write_bytes(text[:length])
        if damage(path) is None:
            unnoticed.append(length)
    assert unnoticed == []


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "does not begin"),
        (b"\x00\xff nothing of the kind", "does not begin"),
        (b"tree\nversion=v4\n", "sizes of its trees"),
        (b"tree\nversion=v4\ntree_sizes=9\n\nTree=0\nnonsense", "tree 0 is not whole"),
        (b"tree\nversion=v4\ntree_sizes=\n\nsomething else", "'end of trees' does not stand"),
        (b"tree\nversion=v4\ntree_sizes=\n\nend of trees\n\nparameters:\n[a: 1]", "parameters are cut off"),
        (b"tree\nversion=v4\ntree_sizes=\n\nend of trees\n", "last line"),
        (b"tree\nversion=v4\ntree_sizes=\n\nend of trees\n\npandas_categorical:null\n", "LightGBMError"),
    ],
)
def test_a_file_that_lightgbm_cannot_read(content: bytes, wrong: str, tmp_path: Path) -> None:
    save(booster(), tmp_path / "m")
    (tmp_path / "m/model.lgb").write_bytes(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=rf"LightGBM .* cannot read .*model\.lgb', written by .*{wrong}"):
        native(tmp_path / "m")


@pytest.mark.parametrize("name", ["model.pkl", "model.skops"])
def test_a_broken_file_of_an_estimator(name: str, tmp_path: Path) -> None:
    if name == "model.skops":
        pytest.importorskip("skops.io")
    save(classifier(), tmp_path / "m", serialization_format="skops" if name == "model.skops" else "cloudpickle")
    (tmp_path / "m" / name).write_bytes(b"")
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=name):
        native(tmp_path / "m", trust=True)


def entry(root: Path, **changed: Any) -> None:
    """Change the native entry of a saved model; None takes a key away."""
    body = yaml.safe_load((root / "MLmodel").read_text())
    own = {**body["flavors"]["lightgbm"], **changed}
    body["flavors"]["lightgbm"] = {key: value for key, value in own.items() if value is not None}
    (root / "MLmodel").write_text(yaml.safe_dump(body))
    (root / manifest.NAME).unlink()


def test_a_model_without_a_class_is_a_booster(tmp_path: Path) -> None:
    """MLflow before 1.23 recorded none."""
    save(booster(), tmp_path / "m")
    entry(tmp_path / "m", model_class=None)
    assert type(native(tmp_path / "m")) is lightgbm.Booster


def test_an_unknown_format_is_no_models(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    entry(tmp_path / "m", serialization_format="dill")
    with pytest.raises(CorruptModel, match=r"serialization_format is 'dill'; expected cloudpickle, skops"):
        native(tmp_path / "m", trust=True)


def test_requirements_of_each_form(tmp_path: Path) -> None:
    def names(model: Any, name: str, **options: Any) -> list[str]:
        save(model, tmp_path / name, pip_requirements=None, **options)
        return [line.partition("==")[0] for line in (tmp_path / name / "requirements.txt").read_text().splitlines()]

    assert {"lightgbm", "cloudpickle", "scikit-learn"} <= set(names(classifier(), "estimator"))
    assert "cloudpickle" not in names(booster(), "booster")
    pytest.importorskip("skops.io")
    found = names(classifier(), "skops", serialization_format="skops")
    assert {"lightgbm", "skops"} <= set(found)
    assert "cloudpickle" not in found
