"""scikit-learn: estimators, pipelines and look-alikes in three formats."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
import threading
import warnings
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml

sklearn = pytest.importorskip("sklearn")

import skops.io
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest, pickling, skops_files
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

X, y = load_iris(return_X_y=True, as_frame=True)
MIXED = X.assign(kind=["a", "b", "c"] * 50)


@cache
def logistic():
    return LogisticRegression(max_iter=500).fit(X, y)


@cache
def pipeline():
    columns = make_column_transformer((OneHotEncoder(), ["kind"]), remainder=StandardScaler())
    return make_pipeline(columns, RandomForestClassifier(5, random_state=0)).fit(MIXED, y)


class TestCloudpickle(FlavorContract):
    name, imports = "sklearn", "sklearn"

    def model(self):
        return logistic()

    def example(self):
        return X.head(5)


class TestPipelineOverMixedColumns(TestCloudpickle):
    options = {"serialization_format": "pickle"}

    def model(self):
        return pipeline()

    def example(self):
        return MIXED.head(5)


class TestProbabilities(TestCloudpickle):
    options = {"pyfunc_predict_fn": "predict_proba", "safe_copy": False}
    native = True

    def predictions(self, model, data):
        return model.predict_proba(data)


class TestSkops(TestCloudpickle):
    options = {"serialization_format": "skops"}

    @pytest.fixture(autouse=True)
    def _needs_skops(self):
        pytest.importorskip("skops.io")

    def model(self):
        return _forest()


@cache
def _forest():
    return RandomForestClassifier(4, random_state=0).fit(X, y)


def save(model, path, **options):
    return save_model(load.flavor("sklearn"), model, path, **{"pip_requirements": [], **options})


def test_the_entries_of_mlmodel(tmp_path):
    meta = save(logistic(), tmp_path / "m")
    assert meta.flavors["sklearn"] == {
        "code": None,
        "pickled_model": "model.pkl",
        "serialization_format": "cloudpickle",
        "sklearn_version": sklearn.__version__,
        "safe_copy": {"path": "model.skops", "bytes": (tmp_path / "m/model.skops").stat().st_size},
    }
    entry = meta.flavors["python_function"]
    assert (entry["loader_module"], entry["model_path"], entry["predict_fn"]) == (
        "mlflow.sklearn",
        "model.pkl",
        "predict",
    )
    assert "data" not in entry


class TestSafeCopy:
    """The skops file beside a pickle."""

    def test_it_is_loaded_where_the_pickle_may_not_be(self, tmp_path, monkeypatch):
        save(pipeline(), tmp_path / "m")
        (tmp_path / "m" / manifest.NAME).unlink()
        monkeypatch.setattr(pickling, "load", lambda *_: pytest.fail("a pickle was read"))
        expected = pipeline().predict(MIXED)
        np.testing.assert_array_equal(load.load_pyfunc(tmp_path / "m").predict(MIXED), expected)
        monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
        np.testing.assert_array_equal(load.load_model(load.flavor("sklearn"), tmp_path / "m").predict(MIXED), expected)

    def test_without_it_the_pickle_is_refused(self, tmp_path, monkeypatch):
        save(pipeline(), tmp_path / "m", safe_copy=False)
        assert not (tmp_path / "m/model.skops").exists()
        monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
        with pytest.raises(UntrustedModel, match=r"'model\.pkl' is a pickle"):
            load.load_pyfunc(tmp_path / "m")

    def test_a_copy_that_holds_other_types_is_no_way_round_the_gate(self, tmp_path):
        save(logistic(), tmp_path / "m")
        skops.io.dump(Shifted(), tmp_path / "m/model.skops")
        (tmp_path / "m" / manifest.NAME).unlink()
        with pytest.raises(UntrustedModel, match=r"'model\.pkl' is a pickle"):
            load.load_pyfunc(tmp_path / "m")

    def test_a_model_that_skops_cannot_express_has_none(self, tmp_path):
        model = make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression(max_iter=500)).fit(X, y)
        assert "safe_copy" not in save(model, tmp_path / "m").flavors["sklearn"]
        assert sorted(p.name for p in (tmp_path / "m").glob("model.*")) == ["model.pkl"]
        with pytest.raises(InvalidArgument, match="lambda"):
            save(model, tmp_path / "n", safe_copy=True)

    def test_a_large_model_gets_one_when_asked(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MODELWRIGHT_SAFE_COPY_BYTES", "100")
        assert "safe_copy" not in save(logistic(), tmp_path / "m").flavors["sklearn"]
        assert save(logistic(), tmp_path / "n", safe_copy=True).flavors["sklearn"]["safe_copy"]["bytes"] > 100


@pytest.mark.parametrize(
    "method", ["predict_proba", "predict_log_proba", "predict_joint_log_proba", "score", "predict"]
)
def test_pyfunc_calls_the_method_it_is_told(method, tmp_path):
    model = GaussianNB().fit(X, y) if method != "score" else KMeans(3, n_init=1, random_state=0).fit(X)
    save(model, tmp_path / "m", pyfunc_predict_fn=method)
    same(load.load_pyfunc(tmp_path / "m").predict(X), getattr(model, method)(X))


def test_other_methods_are_reached_by_call(tmp_path):
    save(pipeline(), tmp_path / "m", input_example=MIXED.head(3))
    model = load.load_pyfunc(tmp_path / "m")
    same(model.call("predict_proba", MIXED), pipeline().predict_proba(MIXED))
    assert model.call("score", MIXED, y) == pipeline().score(MIXED, y)


def test_a_model_without_the_method_is_native_only(tmp_path):
    for model, options in (
        (DBSCAN().fit(X), {}),
        (StandardScaler().fit(X), {}),
        (LinearRegression().fit(X, y), {"pyfunc_predict_fn": "predict_proba"}),
    ):
        with pytest.warns(UserWarning, match="saved without the python_function flavor"):
            meta = save(model, tmp_path / type(model).__name__, **options)
        assert list(meta.flavors) == ["sklearn"]
        assert type(load.load_model(load.flavor("sklearn"), tmp_path / type(model).__name__)) is type(model)


def test_params_of_a_call_reach_the_method(tmp_path, caplog):
    model = GaussianProcessRegressor(optimizer=None).fit(X[:20], y[:20])
    predictor = load.flavor("sklearn").wrap(model, load.Stored(tmp_path))
    with caplog.at_level(logging.WARNING):
        _, deviation = predictor.predict(X[:3], {"return_std": True, "unheard": 1})
    assert deviation.shape == (3,)
    assert "'unheard'" in caplog.text


def test_functions_of_this_script_travel_by_value(tmp_path):
    script = f"""
        import sys, numpy as np, pandas as pd
        from sklearn.base import BaseEstimator, ClassifierMixin
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer
        from modelwright.models import load
        from modelwright.models.save import save_model
        OFFSET = 2
        def shift(X):
            return np.asarray(X) + OFFSET
        class Constant(ClassifierMixin, BaseEstimator):
            def fit(self, X, y=None):
                self.total_ = shift(X).sum()
                return self
            def predict(self, X):
                return np.full(len(X), self.total_)
        X = np.ones((3, 2))
        model = make_pipeline(FunctionTransformer(shift), FunctionTransformer(lambda X: X * 2), Constant()).fit(X)
        save_model(load.flavor("sklearn"), model, {str(tmp_path / "m")!r}, verify=True)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
    found = load.load_pyfunc(tmp_path / "m", trust=True).predict(np.ones((3, 2)))
    same(found, [3 * 2 * (3 * 2 + 2)] * 3)
    lines = (tmp_path / "m/requirements.txt").read_text().split()
    assert [line.partition("==")[0] for line in lines] == [
        "mlflow",
        "cloudpickle",
        "numpy",
        "scikit-learn",
        "scipy",
    ] or ("pandas" in str(lines))


class Duck:
    """No estimator of scikit-learn's, but it predicts."""

    def predict(self, X, factor=1):
        return np.asarray(X)[:, 0] * factor

    def predict_proba(self, X):
        return np.asarray(X)[:, :2]


def test_anything_with_a_predict_method(tmp_path):
    save(Duck(), tmp_path / "m", input_example=X.head(2))
    model = load.load_pyfunc(tmp_path / "m")
    same(model.predict(X), X.iloc[:, 0])
    same(model.call("predict_proba", X), X.iloc[:, :2])
    save(Duck(), tmp_path / "p", pyfunc_predict_fn="predict_proba")
    same(load.load_pyfunc(tmp_path / "p").predict(X), X.iloc[:, :2])


class Locked(ClassifierMixin, BaseEstimator):
    def __init__(self):
        self.lock = threading.Lock()

    def predict(self, X):
        return X


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(InvalidArgument, match=r"Locked cannot be pickled: .*lock.*Take what cannot"):
        save(Locked(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="use serialization_format='cloudpickle'"):
        save(make_pipeline(FunctionTransformer(lambda X: X)), tmp_path / "m", serialization_format="pickle")
    with pytest.raises(InvalidArgument, match="serialization_format must be one of 'cloudpickle', 'pickle', 'skops'"):
        save(logistic(), tmp_path / "m", serialization_format="joblib")
    with pytest.raises(InvalidArgument, match=r"pyfunc_predict_fn must be one of .* got 'predikt'"):
        save(logistic(), tmp_path / "m", pyfunc_predict_fn="predikt")
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_a_hazard(tmp_path):
    save(logistic(), tmp_path / "m")
    assert load.hazards(tmp_path / "m") == ["its file 'model.pkl' is a pickle"]


@pytest.mark.parametrize("key", ["model_path", "data"])
def test_a_model_with_only_a_pyfunc_entry(key, tmp_path):
    """As MLflow up to 1.9 wrote them, with `data`."""
    save(logistic(), tmp_path / "m")
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())
    entry = body["flavors"]["python_function"]
    entry.pop("model_path")
    entry.pop("predict_fn")
    entry[key] = "model.pkl"
    body["flavors"] = {"python_function": entry}
    (tmp_path / "m/MLmodel").write_text(yaml.safe_dump(body))
    (tmp_path / "m" / manifest.NAME).unlink()
    same(load.load_pyfunc(tmp_path / "m", trust=True).predict(X), logistic().predict(X))


@pytest.mark.parametrize(("key", "value"), [("serialization_format", "dill"), ("predict_fn", "__reduce__")])
def test_unknown_words_in_mlmodel(key, value, tmp_path):
    save(logistic(), tmp_path / "m")
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())
    for entry in body["flavors"].values():
        if key in entry:
            entry[key] = value
    (tmp_path / "m/MLmodel").write_text(yaml.safe_dump(body))
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=value):
        load.load_pyfunc(tmp_path / "m", trust=True)


class TestSkopsFiles:
    @pytest.fixture(autouse=True)
    def _needs_skops(self):
        pytest.importorskip("skops.io")

    def save(self, model, path, **options):
        return save(model, path, serialization_format="skops", **options)

    @pytest.mark.parametrize(
        "model",
        [
            GradientBoostingClassifier(n_estimators=2),
            KNeighborsClassifier(),
            MLPRegressor(max_iter=3, hidden_layer_sizes=(3,)),
            GaussianProcessRegressor(optimizer=None),
            make_pipeline(FunctionTransformer(np.sqrt), StandardScaler(), LogisticRegression()),
        ],
        ids=lambda model: type(model).__name__,
    )
    @pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # three steps are enough here
    def test_models_of_scikit_learn_load_without_anybodys_trust(self, model, tmp_path):
        model.fit(X.abs(), y)
        self.save(model, tmp_path / "m")
        (tmp_path / "m" / manifest.NAME).unlink()
        loaded = load.load_model(load.flavor("sklearn"), tmp_path / "m", trust=False)
        same(loaded.predict(X.abs()), model.predict(X.abs()))

    def test_the_entries_of_mlmodel(self, tmp_path):
        meta = self.save(RandomForestClassifier(2).fit(X, y), tmp_path / "m", pip_requirements=None)
        assert meta.flavors["sklearn"]["pickled_model"] == "model.skops"
        assert meta.flavors["sklearn"]["skops_trusted_types"] == ["sklearn.tree._tree.Tree"]
        names = [line.partition("==")[0] for line in (tmp_path / "m/requirements.txt").read_text().splitlines()]
        assert {"scikit-learn", "skops", "numpy"} <= set(names)
        assert "cloudpickle" not in names

    def test_other_types_are_named_when_it_is_saved(self, tmp_path):
        own = f"{Shifted.__module__}.Shifted"
        with pytest.raises(InvalidArgument, match=r"loading would refuse: .*Shifted.*skops_trusted_types="):
            self.save(Shifted().fit(X), tmp_path / "m")
        with pytest.warns(UserWarning, match="python_function"):
            self.save(Shifted().fit(X), tmp_path / "m", skops_trusted_types=[own], verify=False)

    def test_the_files_own_list_is_not_asked(self, tmp_path):
        own = f"{Shifted.__module__}.Shifted"
        with pytest.warns(UserWarning, match="python_function"):
            self.save(Shifted().fit(X), tmp_path / "m", skops_trusted_types=[own], verify=False)
        (tmp_path / "m" / manifest.NAME).unlink()
        assert Model.load(tmp_path / "m").flavors["sklearn"]["skops_trusted_types"] == [own]
        flavor = load.flavor("sklearn")
        with pytest.raises(UntrustedModel, match=r"holds types not known to be safe: .*Shifted"):
            load.load_model(flavor, tmp_path / "m")
        with pytest.raises(UntrustedModel, match="Shifted"):
            load.load_model(flavor, tmp_path / "m", trust=True, skops_trusted_types=["other.Type"])
        assert (
            type(load.load_model(flavor, tmp_path / "m", trust=True, skops_trusted_types=[own])).__name__ == "Shifted"
        )
        assert type(load.load_model(flavor, tmp_path / "m", trust=True)).__name__ == "Shifted"
        assert type(load.load_model(flavor, tmp_path / "m", skops_trusted_types=[own])).__name__ == "Shifted"

    @pytest.mark.parametrize(
        "name",
        [
            "os.system",
            "subprocess.Popen",
            "numpy.load",
            "numpy.testing._private.utils.runstring",
            "numpy.lib.npyio.loadtxt",
            "sklearn.datasets.fetch_openml",
            "sklearn.utils.parallel.Parallel",
            "sklearn.externals.array_api_compat.common._helpers.subprocess",
            "scipy.sparse.linalg.subprocess",
            "sklearn.os.system",
            "builtins.exec",
        ],
    )
    def test_what_runs_code_is_not_known_to_be_safe(self, name):
        assert not skops_files.known(name)

    def test_a_broken_file(self, tmp_path):
        self.save(logistic(), tmp_path / "m")
        (tmp_path / "m" / manifest.NAME).unlink()
        for content in (b"", b"PK nothing", _zip(b"{}"), _zip(b"not json")):
            (tmp_path / "m/model.skops").write_bytes(content)
            with pytest.raises(CorruptModel, match="not a skops file"):
                load.load_model(load.flavor("sklearn"), tmp_path / "m", trust=True)


class Shifted(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.mean_ = np.asarray(X).mean()
        return self


def _zip(schema: bytes) -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("schema.json", schema)
    return out.getvalue()


def test_requirements_of_a_pipeline(tmp_path):
    save(pipeline(), tmp_path / "m", pip_requirements=None)
    lines = (tmp_path / "m/requirements.txt").read_text().splitlines()
    assert lines == [
        "mlflow==2.16.2",
        *(f"{name}=={_version(name)}" for name in ("cloudpickle", "numpy", "pandas", "scikit-learn", "scipy")),
    ]


def _version(name):
    from importlib.metadata import version

    return version(name)


def test_frames_keep_their_dtypes_on_the_way_to_the_pipeline(tmp_path):
    frame = pd.DataFrame({"kind": pd.Categorical(["a", "b"] * 10), "n": np.arange(20, dtype="int32")})
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough"), LinearRegression()
    ).fit(frame, np.arange(20))
    save(model, tmp_path / "m", input_example=frame.head(4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(load.load_pyfunc(tmp_path / "m").predict(frame), model.predict(frame))
