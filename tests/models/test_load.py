"""Loading: the table of flavors, paths, origin, the gate."""

from __future__ import annotations

import gc
import pickle
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.core.errors import CorruptModel, MissingDependency, NotFound, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.flavor import Calls, Flavor, Predictor, Saved, Stored, check_options, known_class, options_of
from modelwright.models.mlmodel import Model
from modelwright.models.namespace import PRIVATE
from modelwright.models.save import save_model


class Plain(Flavor):
    """A flavor of somebody else's: a number in a text file."""

    name = "plain"
    model_arg = "number"
    packages = ()

    def save(self, model: Any, root: Path, *, digits: int = 3) -> Saved:
        (root / "number.txt").write_text(f"{model:.{digits}f}")
        return Saved({"data": "number.txt"}, {"data": "number.txt"})

    def load(self, at: Stored, *, scale: float = 1) -> Any:
        return float(at.path("data").read_text()) * scale

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return Calls(lambda data, **params: data * model)

    def hazard(self, at: Stored) -> str | None:
        return None


@pytest.fixture
def plain(monkeypatch) -> Flavor:
    monkeypatch.setitem(load.FLAVORS, "plain", f"{__name__}:Plain")
    load.flavor.cache_clear()
    flavor = Plain()
    known = load.flavor.__wrapped__
    monkeypatch.setattr(load, "flavor", lambda name: flavor if name == "plain" else known(name))
    return flavor


@pytest.fixture
def root(plain, tmp_path) -> Path:
    save_model(plain, 2.5, tmp_path / "m", pip_requirements=[])
    return tmp_path / "m"


def test_unknown_flavors_are_listed():
    with pytest.raises(NotFound, match=r"no flavor 'nothing'. There are: .*sklearn.*xgboost"):
        load.flavor("nothing")


def test_other_distributions_add_flavors(monkeypatch):
    entry = EntryPoint("theirs", "modelwright.flavors.pyfunc:Pyfunc", load.GROUP)
    monkeypatch.setattr(load, "plugged", lambda group: (entry,) if group == load.GROUP else ())
    assert load.flavor.__wrapped__("theirs").model_arg == "python_model"
    assert "theirs" in load.flavors()


def test_native_and_pyfunc(plain, root):
    assert load.load_model(plain, root) == 2.5
    assert load.load_model(plain, root, scale=2) == 5
    model = load.load_pyfunc(root)
    assert model.predict(2) == 5
    assert model.get_raw_model() == 2.5


def test_options_are_checked_before_anything_is_read(plain, tmp_path):
    with pytest.raises(TypeError, match=r"no option 'skale'. Did you mean 'scale'\?"):
        load.load_model(plain, tmp_path / "nowhere", skale=2)
    assert options_of(plain.load) == ("scale",)
    with pytest.raises(TypeError, match="It takes: a, b"):
        check_options(["zzz"], lambda model, root, *, b=1, a=1: None, "x")


def test_what_is_not_there_is_named(plain, root, tmp_path):
    with pytest.raises(NotFound, match="No model at"):
        load.load_pyfunc(tmp_path / "nowhere")
    with pytest.raises(NotFound, match=r"no flavor 'sklearn'\. It has: plain, python_function"):
        load.load_model(load.flavor("sklearn"), root)
    edit(root, lambda body: body["flavors"].pop("python_function"))
    with pytest.raises(NotFound, match="cannot be scored: it has only plain"):
        load.load_pyfunc(root)


def edit(root: Path, change: Any) -> None:
    """Alter MLmodel as somebody would who knows no manifest."""
    (root / manifest.NAME).unlink(missing_ok=True)
    body = yaml.safe_load((root / "MLmodel").read_text())
    change(body)
    (root / "MLmodel").write_text(yaml.safe_dump(body))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("mlflow.langchain", MissingDependency, "loader is mlflow.langchain, and there is no flavor 'langchain'"),
        (None, CorruptModel, "must name a loader_module, got None"),
        ("", CorruptModel, "must name a loader_module"),
        (3, CorruptModel, "must name a loader_module"),
        ("../mine", CorruptModel, "loader_module is '../mine', which is no module's name"),
        (".mine", CorruptModel, "no module's name"),
        ("mlflow.", CorruptModel, "no module's name"),
        ("mlflow.pyfunc.loaders.code_model", CorruptModel, "no model_code_path names the file"),
    ],
)
def test_unknown_loaders_are_named(root, name, error, message):
    edit(root, lambda body: body["flavors"]["python_function"].update(loader_module=name))
    with pytest.raises(error, match=message):
        load.load_pyfunc(root, trust=True)


@pytest.mark.parametrize("given", ["../outside", "/etc/passwd", "a/../../b", "..\\outside", "C:/x"])
@pytest.mark.parametrize("key", ["data", "model_path", "code"])
def test_paths_that_lead_out_are_refused(root, key, given):
    edit(root, lambda body: body["flavors"]["python_function"].update({key: given}))
    with pytest.raises(CorruptModel, match=f"leads out of its directory: python_function.{key}"):
        load.load_pyfunc(root, trust=True)


def test_artifacts_that_lead_out_are_refused(root):
    edit(root, lambda body: body["flavors"]["python_function"].update(artifacts={"a": {"path": "../../x"}}))
    with pytest.raises(CorruptModel, match=r"python_function\.artifacts\.a\.path"):
        load.load_pyfunc(root, trust=True)


def test_links_that_lead_out_are_refused(plain, root):
    (root / "number.txt").unlink()
    (root / "number.txt").symlink_to("/etc/hostname")
    with pytest.raises(CorruptModel, match=r"number\.txt is not the file"):
        load.load_model(plain, root)
    (root / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match="symbolic link"):
        load.load_model(plain, root)


def test_missing_files_are_named(plain, root):
    (root / manifest.NAME).unlink()
    (root / "number.txt").unlink()
    with pytest.raises(CorruptModel, match=r"lacks 'number\.txt', which its MLmodel names under 'data'"):
        load.load_model(plain, root)


def test_backslashes_of_windows_are_understood(plain, root):
    (root / "data").mkdir()
    (root / "number.txt").rename(root / "data" / "number.txt")
    edit(root, lambda body: body["flavors"]["plain"].update(data="data\\number.txt"))
    assert load.load_model(plain, root) == 2.5


class Bomb:
    def __reduce__(self) -> Any:
        return exec, ("import sys; sys.modules['bomb_of_test'] = sys",)


@pytest.fixture
def stranger(tmp_path) -> Path:
    """A pickle that runs code when it is read, in a directory somebody else made."""
    root = tmp_path / "stranger"
    root.mkdir()
    (root / "python_model.pkl").write_bytes(pickle.dumps(Bomb()))
    conf = {"loader_module": "mlflow.pyfunc.model", "python_model": "python_model.pkl"}
    Model(flavors={"python_function": conf}).save(root / "MLmodel")
    yield root
    sys.modules.pop("bomb_of_test", None)


def test_a_strangers_pickle_is_not_read_under_the_default(stranger):
    with pytest.raises(UntrustedModel, match=r"its file 'python_model\.pkl' is a pickle"):
        load.load_pyfunc(stranger)
    assert "bomb_of_test" not in sys.modules
    assert load.hazards(stranger) == ["its file 'python_model.pkl' is a pickle"]


def test_neither_is_code_or_a_loader_module_or_a_file(stranger, tmp_path):
    (stranger / "code").mkdir()
    (stranger / "code" / "mine.py").write_text("import sys; sys.modules['bomb_of_test'] = sys\n")
    (stranger / "model.py").write_text("import sys; sys.modules['bomb_of_test'] = sys\n")
    for conf, message in (
        ({"loader_module": "mine", "code": "code"}, "loader module 'mine' is imported.*modules of its own in 'code'"),
        ({"loader_module": "mine"}, "loader module 'mine'"),
        (
            {"loader_module": "mlflow.pyfunc.loaders.code_model", "model_code_path": "model.py"},
            r"'model\.py' is executed",
        ),
    ):
        Model(flavors={"python_function": conf}).save(stranger / "MLmodel")
        with pytest.raises(UntrustedModel, match=message):
            load.load_pyfunc(stranger)
    assert "bomb_of_test" not in sys.modules


def test_code_makes_any_flavor_a_hazard(plain, tmp_path):
    (tmp_path / "helper.py").write_text("")
    save_model(plain, 1.0, tmp_path / "m", code_paths=[tmp_path / "helper.py"], pip_requirements=[])
    assert load.load_model(plain, tmp_path / "m") == 1.0  # this user's own
    (tmp_path / "m" / manifest.NAME).unlink()
    for loads in (lambda: load.load_model(plain, tmp_path / "m"), lambda: load.load_pyfunc(tmp_path / "m")):
        with pytest.raises(UntrustedModel, match="modules of its own in 'code'"):
            loads()


def test_what_this_user_saved_is_known_again_until_it_is_changed(tmp_path, monkeypatch):
    save_model(load.flavor("pyfunc"), lambda model_input: 1, tmp_path / "m", pip_requirements=[])
    assert load.load_pyfunc(tmp_path / "m").predict(0) == 1
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    with pytest.raises(UntrustedModel, match="neither the configured tracking store nor you"):
        load.load_pyfunc(tmp_path / "m")
    assert load.load_pyfunc(tmp_path / "m", origin="store").predict(0) == 1
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    with pytest.raises(UntrustedModel, match="MODELWRIGHT_TRUST=none"):
        load.load_pyfunc(tmp_path / "m", origin="store")


def test_private_names_go_with_the_model(tmp_path):
    (tmp_path / "helper.py").write_text("N = 1\n")
    (tmp_path / "loads.py").write_text(
        "import helper\nclass M:\n    def predict(self, d): return helper.N\ndef _load_pyfunc(p): return M()\n"
    )
    options = {"code_paths": [tmp_path / "helper.py", tmp_path / "loads.py"], "pip_requirements": []}
    save_model(load.flavor("pyfunc"), None, tmp_path / "m", loader_module="loads", **options)
    before = set(sys.modules)
    models = [load.load_pyfunc(tmp_path / "m") for _ in range(3)]
    assert [model.predict(0) for model in models] == [1, 1, 1]
    assert all(name.startswith(PRIVATE) for name in set(sys.modules) - before)
    del models
    gc.collect()
    assert set(sys.modules) - before <= {PRIVATE}


def test_a_configuration_that_is_none_is_refused(root):
    edit(root, lambda body: body["flavors"]["python_function"].update(config=3))
    with pytest.raises(CorruptModel, match=r"python_function\.config must be a mapping, got 3"):
        load.load_pyfunc(root, trust=True)


@pytest.mark.parametrize(
    ("loader", "key"),
    [("mlflow.pyfunc.model", "python_model"), ("mlflow.sklearn", "model_path"), ("mlflow.xgboost", "data")],
)
def test_a_folder_is_no_model_file(tmp_path, loader, key):
    (tmp_path / "d").mkdir()
    flavors = {"python_function": {"loader_module": loader, key: "d"}, "xgboost": {"data": "d"}}
    Model(flavors=flavors).save(tmp_path / "MLmodel")
    with pytest.raises(CorruptModel, match="/d'"):
        load.load_pyfunc(tmp_path, trust=True)


def test_classes_are_imported_only_from_their_package():
    assert known_class("collections.OrderedDict", inside="collections").__name__ == "OrderedDict"
    for other in ("os.system", "xgboost", "xgboost_evil.core.Booster", 3, ["xgboost.core.Booster"]):
        with pytest.raises(UntrustedModel, match="this flavor loads only xgboost"):
            known_class(other, inside="xgboost")
    for absent in ("collections.Nothing", "collections.nothing.X", "collections..X", "collections.abc.os.X"):
        with pytest.raises(CorruptModel, match="which the installed collections does not have"):
            known_class(absent, inside="collections")
