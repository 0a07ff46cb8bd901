"""`import mlflow`, answered by this package."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

import modelwright
from modelwright.compat import alias
from modelwright.core import trust
from modelwright.core.errors import Error, WrongState


@pytest.fixture
def mlflow() -> ModuleType:
    modelwright.install_as_mlflow()
    return importlib.import_module("mlflow")


@pytest.mark.usefixtures("mlflow")
def test_modules_answer_under_mlflows_name() -> None:
    from mlflow import exceptions
    from mlflow.exceptions import MlflowException
    from mlflow.version import VERSION

    assert MlflowException is Error
    assert exceptions.MlflowException is Error
    assert VERSION == "2.16.2"


def test_attributes_reach_below_without_an_import(mlflow: ModuleType) -> None:
    assert mlflow.exceptions.MlflowException is Error
    assert mlflow.exceptions is sys.modules["mlflow.exceptions"]
    assert mlflow.__version__ == "2.16.2"
    assert mlflow.__name__ == "mlflow"


@pytest.mark.usefixtures("mlflow")
def test_error_codes_of_the_protocol() -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, ErrorCode

    assert MlflowException("no", INVALID_PARAMETER_VALUE).error_code == "INVALID_PARAMETER_VALUE"
    assert ErrorCode.Name(INVALID_PARAMETER_VALUE) == "INVALID_PARAMETER_VALUE"


def test_tag_names_and_limits(mlflow: ModuleType) -> None:
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

    assert MLFLOW_PARENT_RUN_ID == "mlflow.parentRunId"
    assert mlflow.utils.validation.MAX_PARAM_VAL_LENGTH == 6000


def test_a_patch_of_the_alias_reaches_the_module_behind_it(mlflow: ModuleType) -> None:
    with mock.patch("mlflow.exceptions.MlflowException", "patched"):
        assert importlib.import_module("modelwright.exceptions").MlflowException == "patched"
        assert mlflow.exceptions.MlflowException == "patched"
    assert importlib.import_module("modelwright.exceptions").MlflowException is Error


def test_importing_below_the_alias_leaves_our_own_names_alone(mlflow: ModuleType) -> None:
    importlib.import_module("mlflow.exceptions")
    assert modelwright.exceptions is importlib.import_module("modelwright.api.exceptions")
    assert mlflow.exceptions is not modelwright.exceptions


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("trace", "traces, prompts and tools for language models are out of scope"),
        ("gateway", "out of scope"),
        ("evaluate", "this version does not evaluate models"),
        ("gluon", "this version has no such flavor"),
        ("no_such_thing", "modelwright has no mlflow.no_such_thing$"),
        ("core", "modelwright has no mlflow.core$"),
    ],
)
def test_what_is_not_offered_says_so(name: str, why: str, mlflow: ModuleType) -> None:
    with pytest.raises(AttributeError, match=why):
        getattr(mlflow, name)
    with pytest.raises(ModuleNotFoundError, match=why):
        importlib.import_module(f"mlflow.{name}")
    with pytest.raises(ImportError, match=why):
        exec(f"from mlflow import {name}")
    assert not hasattr(mlflow, name)


def test_internal_modules_are_not_reached_by_accident(mlflow: ModuleType) -> None:
    importlib.import_module("modelwright.models.flavor")
    with pytest.raises(AttributeError, match=r"modelwright has no mlflow\.models\.flavor"):
        _ = mlflow.models.flavor
    with pytest.raises(ModuleNotFoundError, match=r"modelwright has no mlflow\.models\.flavor"):
        importlib.import_module("mlflow.models.flavor")


def test_installing_twice_changes_nothing(mlflow: ModuleType) -> None:
    finders = list(sys.meta_path)
    alias.install()
    assert sys.meta_path == finders
    assert importlib.import_module("mlflow") is mlflow


@pytest.mark.usefixtures("mlflow")
def test_models_may_run_code_as_under_mlflow() -> None:
    assert trust.policy() == "all"


def test_refused_when_mlflow_itself_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    stock = ModuleType("mlflow")
    stock.__version__ = "2.16.2"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", stock)
    with pytest.raises(WrongState, match=r"MLflow 2\.16\.2 is already imported.*before the first import"):
        alias.install()
    assert trust.policy() == "store"


def test_the_version_is_the_one_written_to_model_files(mlflow: ModuleType) -> None:
    from modelwright.models.mlmodel import MLFLOW_VERSION

    assert mlflow.__version__ == MLFLOW_VERSION


def test_a_function_that_uses_mlflow_travels_to_another_process(mlflow: ModuleType, tmp_path: Path) -> None:
    import cloudpickle

    def where() -> str:
        return f"{mlflow.__version__} {modelwright.__name__}"

    (tmp_path / "f.pkl").write_bytes(cloudpickle.dumps(where))
    code = "import pickle; print(pickle.load(open('f.pkl', 'rb'))())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "2.16.2 modelwright\n", done.stderr


def test_dir_lists_names_and_modules(mlflow: ModuleType) -> None:
    assert {"pyfunc", "models", "exceptions", "protos", "install_as_mlflow"} <= set(dir(mlflow))
    assert "signature" in dir(mlflow.models)


@pytest.mark.usefixtures("mlflow")
def test_libraries_find_mlflow_and_its_version() -> None:
    """What transformers, accelerate and Lightning ask before they log to MLflow."""
    from importlib import metadata, util

    assert util.find_spec("mlflow") is not None
    assert metadata.version("mlflow") == "2.16.2"
    assert metadata.metadata("mlflow")["Name"] == "mlflow"
    assert metadata.version("pytest") == pytest.__version__
    assert "mlflow" not in {found.metadata["Name"] for found in metadata.distributions()}
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("mlflow-export-import")


def test_loggers_of_other_libraries_resolve_a_runs_tags(mlflow: ModuleType) -> None:
    from mlflow.tracking import context
    from mlflow.tracking.artifact_utils import _download_artifact_from_uri, get_artifact_uri

    assert context.registry.resolve_tags({"mlflow.user": "me"})["mlflow.user"] == "me"
    with mlflow.start_run() as run:
        mlflow.log_text("words", "notes.txt")
    uri = get_artifact_uri(run.info.run_id, "notes.txt")
    assert uri == f"{run.info.artifact_uri}/notes.txt"
    assert Path(_download_artifact_from_uri(uri)).read_text() == "words"


@pytest.mark.usefixtures("mlflow")
def test_environment_variables_are_asked_and_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.environment_variables import MLFLOW_ENABLE_ASYNC_LOGGING, MLFLOW_RUN_ID, MLFLOW_TRACKING_TOKEN

    monkeypatch.setenv("MLFLOW_RUN_ID", "abc")
    assert (MLFLOW_RUN_ID.get(), MLFLOW_RUN_ID.is_set(), f"{MLFLOW_RUN_ID}") == ("abc", True, "MLFLOW_RUN_ID")
    MLFLOW_RUN_ID.unset()
    assert MLFLOW_RUN_ID.get() is None
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_LOGGING", "")
    MLFLOW_ENABLE_ASYNC_LOGGING.set(True)
    assert MLFLOW_ENABLE_ASYNC_LOGGING.get() is True
    assert MLFLOW_TRACKING_TOKEN.get() is None
