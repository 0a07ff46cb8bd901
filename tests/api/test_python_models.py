"""The functions of `mlflow.pyfunc`: positions, older spellings, loading options."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument, NotFound
from modelwright.models.mlmodel import Model


def double(model_input: list[int]) -> list[int]:
    return [2 * x for x in model_input]


@pytest.fixture
def saved(tmp_path: Path) -> str:
    mw.pyfunc.save_model(tmp_path / "m", python_model=double, pip_requirements=[], model_config={"top": 3})
    return str(tmp_path / "m")


def test_python_model_is_the_eighth_by_position(tmp_path: Path) -> None:
    order = list(inspect.signature(mw.pyfunc.save_model).parameters)
    given = [None] * (order.index("python_model") - 1)
    given[order.index("infer_code_paths") - 1] = False
    mw.pyfunc.save_model(str(tmp_path / "m"), *given, double, pip_requirements=[])
    assert mw.pyfunc.load_model(str(tmp_path / "m")).predict([2]) == [4]


def test_a_misspelt_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="Did you mean 'python_model'"):
        mw.pyfunc.log_model("m", pyhton_model=double)


def test_load_model_by_position_and_into_a_directory(saved: str, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    model = mw.pyfunc.load_model(saved, True, str(tmp_path / "copy"), {"top": 5})
    assert model.model_config == {"top": 5}
    assert (tmp_path / "copy" / "m" / "MLmodel").is_file()


def test_warnings_are_kept_quiet_when_asked(saved: str) -> None:
    with pytest.warns(UserWarning, match="ignored"):
        mw.pyfunc.load_model(saved, model_config={"other": 1})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mw.pyfunc.load_model(saved, suppress_warnings=True, model_config={"other": 1})


def test_older_spellings(saved: str, tmp_path: Path) -> None:
    with pytest.warns(FutureWarning, match="use load_model"):
        assert mw.pyfunc.load_pyfunc(saved).predict([1]) == [2]
    Path("helper.py").write_text("")
    with pytest.warns(FutureWarning, match="code_path is now called code_paths"):
        mw.pyfunc.save_model(tmp_path / "c", python_model=double, pip_requirements=[], code_path=["helper.py"])
    assert (tmp_path / "c" / "code" / "helper.py").is_file()


def test_dependencies(saved: str) -> None:
    assert mw.pyfunc.get_model_dependencies(saved).endswith("requirements.txt")
    assert mw.pyfunc.get_model_dependencies(saved, format="conda").endswith("conda.yaml")
    with pytest.raises(InvalidArgument, match="'poetry'"):
        mw.pyfunc.get_model_dependencies(saved, "poetry")
    with pytest.raises(NotFound, match="nowhere"):
        mw.pyfunc.get_model_dependencies("nowhere")


def test_a_flavor_of_ones_own_records_how_it_is_loaded() -> None:
    meta = mw.pyfunc.add_to_model(
        Model(),
        "mine",
        data="d",
        code="code",
        conda_env="conda.yaml",
        python_env="p.yaml",
        model_config={"a": 1},
        own=2,
    )
    conf = meta.flavors[mw.pyfunc.FLAVOR_NAME]
    assert conf.pop("python_version")
    assert conf == {
        "loader_module": "mine",
        "data": "d",
        "code": "code",
        "env": {"conda": "conda.yaml", "virtualenv": "p.yaml"},
        "config": {"a": 1},
        "own": 2,
    }


def test_defaults() -> None:
    (line,) = mw.pyfunc.get_default_pip_requirements()
    assert line.startswith("cloudpickle==")
    assert line in mw.pyfunc.get_default_conda_env()["dependencies"][-1]["pip"]


def test_constants() -> None:
    pyfunc = mw.pyfunc
    assert (pyfunc.FLAVOR_NAME, pyfunc.MAIN, pyfunc.DATA, pyfunc.CODE, pyfunc.ENV, pyfunc.PY_VERSION) == (
        "python_function", "loader_module", "data", "code", "env", "python_version",
    )  # fmt: skip
    assert (pyfunc.EnvType.CONDA, pyfunc.EnvType.VIRTUALENV) == ("conda", "virtualenv")


def test_public_modules_import_in_every_way() -> None:
    import modelwright.pyfunc
    from modelwright.pyfunc import PythonModel, PythonModelContext
    from modelwright.pyfunc.model import PythonModel as Same

    assert PythonModel is Same is modelwright.pyfunc.PythonModel
    assert PythonModelContext({}, {}).artifacts == {}
