"""The public flavor modules, made from a flavor that exists only here."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import modelwright
from costs import calls
from modelwright.api import functions, modules
from modelwright.autolog import INTEGRATIONS
from modelwright.core.errors import NotFound
from modelwright.models import load
from modelwright.models.flavor import Flavor, Saved, Stored


class Toy(Flavor):
    """Numbers that add."""

    name = "toy"
    model_arg = "toy_model"
    packages = ("click",)
    save_order = ("conda_env", "mlflow_model", "rounded", "signature")
    log_order = ("conda_env", "registered_model_name", "rounded", "signature")

    def save(self, model: Any, root: Path, *, rounded: bool = False, unit: str = "m") -> Saved:
        """Write it.

        Args:
            model: The number to add.
            root: Where to.
            rounded: Whether to round it
                first.
            unit: What it is counted in.
        """
        (root / "toy.json").write_text(json.dumps(round(model) if rounded else model))
        return Saved({"unit": unit}, {"data": "toy.json"})

    def load(self, at: Stored, *, times: int = 1) -> Any:
        """Read it.

        Args:
            at: Where from.
            times: How often to count it.
        """
        return json.loads((at.root / "toy.json").read_text()) * times

    def wrap(self, model: Any, at: Stored) -> Any:
        raise NotImplementedError

    def hazard(self, at: Stored) -> str | None:
        return None


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setitem(load.FLAVORS, "toy", f"{__name__}:Toy")
    monkeypatch.setattr(load, "flavor", lambda name: Toy())
    yield modules.module("toy")
    vars(modules).pop("toy", None)


def names(function: Any, kind: Any) -> list[str]:
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind is kind]


def test_mlflows_parameters_come_by_position_and_the_rest_by_name(toy: ModuleType) -> None:
    by_position, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    assert names(toy.save_model, by_position) == ["toy_model", "path", *Toy.save_order]
    assert names(toy.log_model, by_position) == ["toy_model", "artifact_path", *Toy.log_order]
    assert {"unit", "verify", "metadata", "code_paths", "input_example"} <= set(names(toy.save_model, by_name))
    assert {"name", "params", "tags", "model_type", "step", "model_id", "verify", "unit"} <= set(
        names(toy.log_model, by_name)
    )
    assert "mlflow_model" not in inspect.signature(toy.log_model).parameters
    assert names(toy.load_model, by_position) == ["model_uri", "dst_path"]
    assert {"times", "trust"} == set(names(toy.load_model, by_name))


def test_save_and_load(toy: ModuleType, tmp_path: Path) -> None:
    toy.save_model(2.6, tmp_path / "m", None, None, True, verify=False, pip_requirements=[])
    assert toy.load_model(str(tmp_path / "m"), times=2) == 6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pip_requirments": []}, r"save_model\(\) got an unexpected keyword argument 'pip_requirments'. "
                                  r"Did you mean 'pip_requirements'\?"),
        ({"zzz": 1}, r"unexpected keyword argument 'zzz'. It takes toy_model, path, conda_env"),
    ],
)  # fmt: skip
def test_a_misspelt_option_is_a_type_error(given: dict[str, Any], said: str, toy: ModuleType) -> None:
    with pytest.raises(TypeError, match=said):
        toy.save_model(1, "m", **given)


def test_missing_and_doubled_arguments_are_type_errors(toy: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"save_model\(\) missing a required argument: 'path'"):
        toy.save_model(1)
    with pytest.raises(TypeError, match=r"save_model\(\) multiple values for argument 'path'"):
        toy.save_model(1, "m", path="m")
    with pytest.raises(TypeError, match=r"load_model\(\) too many positional arguments"):
        toy.load_model("m", None, 3)


def test_docstrings_say_what_every_parameter_means(toy: ModuleType) -> None:
    said = functions.descriptions(toy.save_model)
    assert said["rounded"] == "Whether to round it first."
    assert said["toy_model"] == "The number to add."


FUNCTIONS = [(flavor, name) for flavor in load.FLAVORS for name in ("save_model", "log_model", "load_model")]
FUNCTIONS += [(name, "autolog") for name in INTEGRATIONS if name in load.FLAVORS]


@pytest.mark.parametrize(("flavor", "name"), [given for given in FUNCTIONS if given[0] != "pyfunc"])
def test_no_parameter_of_a_flavor_goes_unexplained(flavor: str, name: str) -> None:
    function = getattr(getattr(modules, flavor), name)
    assert set(inspect.signature(function).parameters) == set(functions.descriptions(function))


@pytest.mark.parametrize("name", ["save_model", "log_model", "load_model", "add_to_model", "get_model_dependencies"])
def test_no_parameter_of_pyfunc_goes_unexplained(name: str) -> None:
    function = getattr(modelwright.pyfunc, name)
    assert set(inspect.signature(function).parameters) == set(functions.descriptions(function))


def test_defaults_are_pinned(toy: ModuleType) -> None:
    (line,) = toy.get_default_pip_requirements()
    assert line.startswith("click==")
    assert toy.get_default_conda_env()["dependencies"][-1]["pip"][-1] == line
    assert any(line.startswith("cloudpickle==") for line in toy.get_default_pip_requirements(include_cloudpickle=True))


def test_an_order_that_names_no_parameter_is_the_flavors_mistake(
    toy: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "save_order", ("conda_env", "nothing"))
    with pytest.raises(TypeError, match="no function takes nothing"):
        modules.module("toy")


def test_only_known_flavors_are_modules() -> None:
    assert "sklearn" in dir(modules)
    assert "pyfunc" not in dir(modules)
    with pytest.raises(AttributeError, match="there is no flavor 'skleran'"):
        _ = modules.skleran  # type: ignore[attr-defined]


def test_functions_belong_to_the_public_module(toy: ModuleType) -> None:
    assert toy.__name__ == "modelwright.toy"
    assert toy.__doc__ == "Numbers that add. Save, log and load them, and log training automatically."
    for name in toy.__all__[1:]:
        assert getattr(toy, name).__module__ == "modelwright.toy"
        assert getattr(toy, name).__name__ == name


def test_loading_what_is_not_there(toy: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        toy.load_model(str(tmp_path / "nothing"))


def test_who_looks_for_a_name_in_every_loaded_module_is_answered_at_once() -> None:
    """pickle and skops do, hundreds of times: what is installed is not read for each."""
    assert not hasattr(modules, "add")
    assert calls(lambda: getattr(modules, "add", None)) < 100 + 10 * len(sys.path)
