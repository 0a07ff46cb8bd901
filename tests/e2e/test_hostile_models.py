"""Model directories made to harm: nothing in them runs, nothing outside is read, and the refusal is one of ours."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import modelwright as mw
from modelwright.core.errors import CorruptModel, Error, UntrustedModel
from modelwright.models import load

MARK = "harm_of_test"
HARM = f"import sys; sys.modules[{MARK!r}] = sys\n"


@pytest.fixture(autouse=True)
def unharmed() -> Iterator[None]:
    """Every test here fails if any code of a model ran."""
    yield
    assert sys.modules.pop(MARK, None) is None


class Harm:
    def __reduce__(self) -> Any:
        return exec, (HARM,)


def model(root: Path, pyfunc: dict[str, Any], files: dict[str, bytes | str], **flavors: dict[str, Any]) -> Path:
    """A directory as a stranger would make it: no manifest, nothing written by our own code."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "MLmodel").write_text(yaml.safe_dump({"flavors": {"python_function": pyfunc, **flavors}}))
    for name, body in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(body if isinstance(body, bytes) else body.encode())
    return root


def with_pickle(root: Path) -> Path:
    return model(root, {"loader_module": "mlflow.pyfunc.model"}, {"python_model.pkl": pickle.dumps(Harm())})


def with_cloudpickle(root: Path) -> Path:
    conf = {"pickled_model": "model.pkl", "serialization_format": "cloudpickle"}
    pyfunc = {"loader_module": "mlflow.sklearn", "model_path": "model.pkl"}
    return model(root, pyfunc, {"model.pkl": cloudpickle.dumps(Harm())}, sklearn=conf)


def with_an_old_pickle(root: Path) -> Path:
    return model(root, {"loader_module": "mlflow.sklearn", "data": "model.pkl"}, {"model.pkl": pickle.dumps(Harm(), 0)})


def with_loader_module(root: Path) -> Path:
    return model(root, {"loader_module": "mine", "code": "code"}, {"code/mine.py": HARM})


def with_loader_module_of_the_library(root: Path) -> Path:
    return model(root, {"loader_module": "this"}, {})


def with_code_beside_a_harmless_model(root: Path) -> Path:
    pyfunc = {"loader_module": "mlflow.xgboost", "code": "code"}
    files = {"code/xgboost.py": HARM, "code/numpy/__init__.py": HARM, "model.ubj": "x"}
    return model(root, pyfunc, files, xgboost={"data": "model.ubj", "code": "code"})


def with_models_from_code(root: Path) -> Path:
    pyfunc = {"loader_module": "mlflow.pyfunc.loaders.code_model", "model_code_path": "model.py"}
    return model(root, pyfunc, {"model.py": HARM})


def with_a_class_of_another_package(root: Path) -> Path:
    return model(
        root,
        {"loader_module": "mlflow.xgboost"},
        {"model.ubj": "x"},
        xgboost={"data": "model.ubj", "model_class": "subprocess.Popen"},
    )


def with_a_list_of_its_own_of_trusted_types(root: Path) -> Path:
    """The file and MLmodel agree that `os.system` is to be trusted; whoever loads was not asked."""
    tree = {
        "__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "__id__": 1,
        "content": {"module_path": "os", "function": "system"}, "protocol": 2, "_skops_version": "0.11",
    }  # fmt: skip
    root.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(root / "model.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps(tree))
    conf = {"pickled_model": "model.skops", "serialization_format": "skops", "skops_trusted_types": ["os.system"]}
    return model(root, {"loader_module": "mlflow.sklearn", "model_path": "model.skops"}, {}, sklearn=conf)


CORPUS: list[Callable[[Path], Path]] = [
    with_pickle, with_cloudpickle, with_an_old_pickle, with_loader_module, with_loader_module_of_the_library,
    with_code_beside_a_harmless_model, with_models_from_code, with_a_class_of_another_package,
    with_a_list_of_its_own_of_trusted_types,
]  # fmt: skip


@pytest.mark.parametrize("make", CORPUS)
def test_a_strangers_code_does_not_run_under_the_default(
    make: Callable[[Path], Path], tmp_path: Path, capsys: Any
) -> None:
    root = make(tmp_path / "m")
    before = set(sys.modules)
    for uri in (str(root), root.as_uri()):
        with pytest.raises(UntrustedModel):
            mw.pyfunc.load_model(uri)
    with pytest.raises(UntrustedModel):
        mw.pyfunc.load_model(str(root), trust=False)
    mw.models.get_model_info(str(root))
    assert "this" not in set(sys.modules) - before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("make", CORPUS)
def test_registering_a_strangers_model_makes_it_nobody_elses(make: Callable[[Path], Path], tmp_path: Path) -> None:
    mw.register_model(make(tmp_path / "m").as_uri(), "adopted")
    with pytest.raises(UntrustedModel):
        mw.pyfunc.load_model("models:/adopted/1")


def test_a_manifest_of_the_strangers_own_does_not_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelwright.models import manifest

    root = with_pickle(tmp_path / "m")
    with monkeypatch.context() as elsewhere:  # sealed, but with the key of another machine
        elsewhere.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
        manifest.write(root)
    with pytest.raises(UntrustedModel):
        mw.pyfunc.load_model(str(root))


def test_a_seal_does_not_pass_to_another_directory(tmp_path: Path) -> None:
    mw.pyfunc.save_model(tmp_path / "mine", python_model=lambda model_input: [1], pip_requirements=[])
    stranger = with_pickle(tmp_path / "theirs")
    shutil.copy(tmp_path / "mine" / "manifest.json", stranger)
    with pytest.raises(CorruptModel, match=r"python_model\.pkl is not the file that was saved"):
        mw.pyfunc.load_model(str(stranger))


def test_a_link_into_the_store_does_not_make_files_the_stores(tmp_path: Path) -> None:
    with mw.start_run() as run:
        mw.log_text("x", "notes/x.txt")
    with_pickle(tmp_path / "m")
    inside = Path(mw.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="notes"))
    (inside / "link").symlink_to(tmp_path / "m")
    for uri in (f"runs:/{run.info.run_id}/notes/link", str(inside / "link")):
        with pytest.raises(Error):
            mw.pyfunc.load_model(uri)


@pytest.mark.parametrize("place", ["code", "code/mine.py", "data"])
def test_links_out_of_the_directory_are_not_followed(place: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine.py").write_text(HARM)
    root = model(tmp_path / "m", {"loader_module": "mine", "code": "code", "data": "data"}, {"data/x": ""})
    shutil.rmtree(root / "data")
    if place == "code/mine.py":
        (root / "code").mkdir()
        (root / place).symlink_to(tmp_path / "outside" / "mine.py")
    else:
        (root / place).symlink_to(tmp_path / "outside")
    with pytest.raises(Error):
        mw.pyfunc.load_model(str(root))
    if place == "code":
        with pytest.raises(CorruptModel, match="symbolic link"):
            mw.pyfunc.load_model(str(root), trust=True)


def test_a_name_of_python_in_mlmodel_is_not_obeyed(tmp_path: Path) -> None:
    for tag in (f"!!python/object/apply:exec [{HARM.strip()!r}]", "!!python/name:os.system", "!!python/module:os"):
        (tmp_path / "MLmodel").write_text(f"flavors: {{}}\nx: {tag}\n")
        with pytest.raises(CorruptModel, match="is not YAML"):
            mw.pyfunc.load_model(str(tmp_path))


def test_keys_of_mlmodel_never_become_attributes(tmp_path: Path) -> None:
    keys = {name: "pwned" for name in dir(mw.models.Model) if not name.startswith("__")}
    for property_of_ours in ("signature", "flavors", "metadata", "resources", "run_id", "model_uuid"):
        keys.pop(property_of_ours, None)
    (tmp_path / "MLmodel").write_text(yaml.safe_dump({**keys, "flavors": {}, "__class__": "x", "extra": "y"}))
    found = mw.models.Model.load(tmp_path)
    assert all(getattr(found, name) != "pwned" for name in keys)
    assert found.extra["save"] == "pwned"
    assert found.extra["__class__"] == "x"
    assert type(found) is mw.models.Model


# --- whatever MLmodel says, the answer is a model or an error of ours -------------------------------------------------

JUNK = b"#junk"
FILES = {"python_model.pkl": JUNK, "model.pkl": JUNK, "model.ubj": JUNK, "d/x.txt": b"", "code/mine.py": b""}
PATHS = st.sampled_from(
    [*FILES, "d", "code", ".", "..", "../x", "/etc/passwd", "", "a\\b", "\0", "#", "x" * 300, "\ud800"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | PATHS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3) | PATHS, inner, max_size=2),
    max_leaves=4,
)
LOADERS = ["mlflow.pyfunc.model", "mlflow.sklearn", "mlflow.xgboost", "mlflow.pyfunc.loaders.code_model", "mlflow"]
KEYS = ["data", "code", "model_path", "python_model", "model_code_path", "artifacts", "config", "predict_fn", "env",
        "pickled_model", "serialization_format", "skops_trusted_types", "model_class", "model_format", "missing",
        "streamable", "python_version", "loader_module"]  # fmt: skip
ENTRY = st.dictionaries(st.sampled_from(KEYS), PATHS | VALUES, max_size=4)


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("strange")
    model(root, {}, dict(FILES))
    return root


@settings(max_examples=150, deadline=None)
@given(
    loader=st.sampled_from(LOADERS) | VALUES,
    pyfunc=ENTRY,
    native=ENTRY,
    rest=st.dictionaries(st.sampled_from(["signature", "saved_input_example_info", "run_id", "metadata"]), VALUES),
)
def test_any_content_of_mlmodel_gives_an_error_of_ours(
    strange: Path, loader: Any, pyfunc: Any, native: Any, rest: Any
) -> None:
    flavors = {"python_function": {**pyfunc, "loader_module": loader}, "sklearn": native, "xgboost": native}
    text = json.dumps({"flavors": flavors, **rest})  # JSON is YAML, and takes what the YAML writer would refuse
    (strange / "MLmodel").write_text(text, "utf-8")
    for attempt in (
        lambda: load.hazards(strange),
        lambda: load.load_pyfunc(strange),
        lambda: load.load_pyfunc(strange, trust=True),
        lambda: mw.models.get_model_info(str(strange)),
        lambda: mw.models.Model.load(strange).load_input_example(strange),
    ):
        with suppress(Error, ModuleNotFoundError):  # a loader module that is not there: Python's own words
            attempt()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_for_mlmodel_and_manifest_give_an_error_of_ours(strange: Path, body: bytes) -> None:
    (strange / "MLmodel").write_bytes(body)
    with pytest.raises(Error):
        load.load_pyfunc(strange)
    model(strange, {"loader_module": "mlflow.xgboost"}, {"manifest.json": body}, xgboost={"data": "model.ubj"})
    try:
        with pytest.raises(Error):
            load.load_pyfunc(strange)
    finally:
        os.unlink(strange / "manifest.json")
