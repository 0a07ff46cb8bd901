"""H2O: models of one small server, which all tests share."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml

h2o = pytest.importorskip("h2o")
if shutil.which("java") is None:
    pytest.skip("H2O needs Java", allow_module_level=True)

from h2o.estimators import H2OGeneralizedLinearEstimator, H2OGradientBoostingEstimator

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

pytestmark = [
    pytest.mark.filterwarnings("ignore:Converting H2O frame to pandas dataframe using single-thread"),
    pytest.mark.filterwarnings("ignore:unclosed file"),  # the client's own log files and uploads
    pytest.mark.timeout(900),  # the server takes its time to start
]
ROWS = pd.DataFrame({"x": np.arange(40.0), "z": np.arange(40) % 3, "y": np.arange(40.0) * 2 + 1})
FEW = ROWS[["x", "z"]].head(4)


@pytest.fixture(scope="module", autouse=True)
def server(h2o_server):
    h2o.connect(url=h2o_server, verbose=False)
    h2o.no_progress()
    yield
    h2o.connection().close()


@cache
def linear():
    model = H2OGeneralizedLinearEstimator(seed=1)
    model.train(x=["x", "z"], y="y", training_frame=h2o.H2OFrame(ROWS))
    return model


def classifier():
    frame = h2o.H2OFrame(ROWS.assign(kind=np.where(ROWS["x"] > 20, "high", "low")))
    frame["kind"] = frame["kind"].asfactor()
    model = H2OGradientBoostingEstimator(ntrees=2, max_depth=2, min_rows=2, seed=1)
    model.train(x=["x", "z"], y="kind", training_frame=frame)
    return model


class TestH2O(FlavorContract):
    name, imports = "h2o", "h2o"

    def model(self):
        return linear()

    def example(self):
        return FEW

    def predictions(self, model, data):
        return model.predict(h2o.H2OFrame(data)).as_data_frame()


def saved(root, **options):
    save_model(load.flavor("h2o"), linear(), root, pip_requirements=[], **options)
    return root


def changed(root, **keys):
    """The same directory with other keys in h2o.yaml."""
    path = root / "model.h2o/h2o.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **keys}))
    (root / manifest.NAME).unlink(missing_ok=True)
    return root


def test_mlmodel_and_the_files(tmp_path):
    given = {"init": {"nthreads": 1}}
    meta = save_model(load.flavor("h2o"), linear(), tmp_path / "m", pip_requirements=[], settings=given)
    assert given == {"init": {"nthreads": 1}}
    assert meta.flavors["h2o"] == {"code": None, "data": "model.h2o", "h2o_version": h2o.__version__}
    assert meta.flavors["python_function"]["data"] == "model.h2o"
    file = linear().model_id
    assert yaml.safe_load((tmp_path / "m/model.h2o/h2o.yaml").read_text()) == {
        "full_file": f"model.h2o/{file}", "init": {"nthreads": 1}, "model_dir": "model.h2o", "model_file": file,
    }  # fmt: skip


def test_a_model_that_was_moved_still_loads(tmp_path):
    """Ours has no path of its own; that of one written by MLflow is not asked."""
    root = saved(tmp_path / "m").rename(tmp_path / "moved")
    same(load.load_pyfunc(root).predict(FEW), linear().predict(h2o.H2OFrame(FEW)).as_data_frame())
    changed(root, full_file="/gone/model.h2o/x", model_dir="/gone/model.h2o")
    assert load.load_model(load.flavor("h2o"), root, trust=True).model_id == linear().model_id


def test_a_classifier_and_the_index_of_what_is_scored(tmp_path):
    model = classifier()
    save_model(load.flavor("h2o"), model, tmp_path / "m", input_example=FEW, pip_requirements=[])
    loaded = load.load_pyfunc(tmp_path / "m")
    found = loaded.predict(FEW.set_axis([9, 8, 7, 6]))
    assert list(found.index) == [9, 8, 7, 6]
    assert list(found.columns) == ["predict", "high", "low"]
    assert set(found["predict"]) == {"low"}
    assert type(load.load_model(load.flavor("h2o"), tmp_path / "m")).__name__ == "H2OGradientBoostingEstimator"
    assert loaded.metadata.signature.outputs.input_names() == ["predict", "high", "low"]


def test_progress_bars_stay_as_the_user_has_them(tmp_path, capsys):
    predictor = load.flavor("h2o").wrap(linear(), load.Stored(tmp_path))
    h2o.show_progress()
    try:
        predictor.predict(FEW)
        assert "progress" not in capsys.readouterr().out
        linear().predict(h2o.H2OFrame(FEW))
        assert "progress" in capsys.readouterr().out
    finally:
        h2o.no_progress()


def test_params_that_nobody_takes_are_named(tmp_path, caplog):
    predictor = load.flavor("h2o").wrap(linear(), load.Stored(tmp_path))
    assert len(predictor.predict(FEW, {"temperature": 1})) == 4
    assert "'temperature'" in caplog.text
    assert len(predictor.predict({"x": [1.0], "z": [2]})) == 1
    assert predictor.h2o_model is linear()


def test_scoring_uses_the_server_that_is_there(tmp_path, monkeypatch):
    """What the settings say about starting one counts only where none is connected, or where they name another."""
    asked = []
    monkeypatch.setattr(h2o, "init", lambda **options: asked.append(options))
    root = saved(tmp_path / "m", settings={"init": {"nthreads": 3}})
    load.load_pyfunc(root).predict(FEW)
    assert asked == []
    load.load_pyfunc(changed(root, init={"port": 12345}), trust=True)
    assert asked == [{"port": 12345}]
    load.load_pyfunc(changed(root, init=None), trust=True)
    monkeypatch.setattr("modelwright.flavors.h2o._has_server", lambda _: False)
    load.load_pyfunc(changed(root, init={"nthreads": 3}), trust=True)
    assert asked == [{"port": 12345}, {"nthreads": 3}]


ALONE = """
import sys
import h2o, pandas
from h2o.backend.server import H2OLocalServer
from modelwright.models import load

H2OLocalServer._TIME_TO_START = 900  # a minute is too little where many tests run at once
model = load.load_pyfunc(sys.argv[1], trust=True)
print(h2o.cluster().cloud_name, len(model.predict(pandas.DataFrame({"x": [1.0, 2.0], "z": [0, 1]}))))
"""


def test_a_server_is_started_where_there_is_none(tmp_path):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    started = {"port": port, "name": "of_its_own", "nthreads": 1, "max_mem_size": "512M", "verbose": False}
    root = saved(tmp_path / "m", settings={"init": started}, verify=False)  # which would start it here
    command = [sys.executable, "-W", "ignore", "-c", ALONE, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "of_its_own 2" in done.stdout.splitlines()


@pytest.mark.parametrize("kind", ["H2OStartupError", "H2OServerError"])
def test_a_server_that_does_not_start(tmp_path, monkeypatch, kind):
    def never(**options):
        raise getattr(h2o.exceptions, kind)("Cannot find Java")

    root = saved(tmp_path / "m")
    monkeypatch.setattr(h2o, "init", never)
    monkeypatch.setattr("modelwright.flavors.h2o._has_server", lambda _: False)
    with pytest.raises(MissingDependency, match="No H2O server could be started: Cannot find Java"):
        load.load_pyfunc(root)


def test_a_server_is_needed(tmp_path, monkeypatch):
    root = saved(tmp_path / "m")
    monkeypatch.setattr(h2o, "connection", lambda: None)
    with pytest.raises(InvalidArgument, match=r"needs a server, and none is connected; call h2o\.init\(\) first"):
        load.load_model(load.flavor("h2o"), root)
    with pytest.raises(InvalidArgument, match="lives in an H2O server, and none is connected"):
        saved(tmp_path / "n")


def test_the_hazard_tells_what_is_built_and_started(tmp_path):
    root = saved(tmp_path / "m")
    plain = f"an H2O server builds the Java objects that its file '{linear().model_id}' names"
    assert load.hazards(root) == [plain]
    changed(root, init={"jvm_custom_args": ["-javaagent:evil.jar"]})
    assert load.hazards(root) == [f"{plain}, and 'h2o.yaml' says how to start it"]
    for read in (load.load_pyfunc, lambda root: load.load_model(load.flavor("h2o"), root)):
        with pytest.raises(UntrustedModel, match="Java objects"):
            read(root)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"model_file": "../../outside"}, "leaves its root"),
        ({"model_file": "gone"}, "lacks 'model.h2o/gone'"),
        ({"model_file": None}, "must name a model_file, got None"),
        ({"init": [1]}, "must be a mapping with model_file"),
    ],
)
def test_settings_that_make_no_sense(tmp_path, keys, message):
    root = changed(saved(tmp_path / "m"), **keys)
    with pytest.raises(CorruptModel, match=message):
        load.load_pyfunc(root, trust=True)


def test_what_cannot_be_saved(tmp_path):
    flavor = load.flavor("h2o")
    with pytest.raises(InvalidArgument, match=r"Expected an H2O estimator, got a builtins\.dict"):
        save_model(flavor, {}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match="H2OGeneralizedLinearEstimator is not trained"):
        save_model(flavor, H2OGeneralizedLinearEstimator(), tmp_path / "m")
    for settings in (["init"], {"init": 3}):
        with pytest.raises(InvalidArgument, match="settings must be a dictionary"):
            saved(tmp_path / "m", settings=settings)
    with pytest.raises(InvalidArgument, match="settings can hold only texts"):
        saved(tmp_path / "m", settings={"init": {"x": object()}})
    assert not list(tmp_path.iterdir())
