"""Every public name of MLflow 2.16 that we offer is there, and its parameters come in MLflow's order."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import modelwright
from modelwright import api
from modelwright.compat.names import NAMES
from modelwright.core import lazy
from modelwright.core.absent import REASONS

FACTS = Path(__file__).with_name("mlflow_2_16.txt")


def facts() -> Iterator[tuple[str, str | None]]:
    for line in FACTS.read_text().splitlines():
        found = re.fullmatch(r"([\w.]+)(?:\((.*)\))?", line)
        if found:
            yield found[1], found[2]


def ours(name: str) -> Any:
    """The object behind mlflow's dotted name, by attributes alone."""
    return lazy.resolve(f"modelwright:{name.partition('.')[2]}")


@pytest.mark.parametrize(
    ("name", "parameters"), list(facts()), ids=lambda value: value if "mlflow" in str(value) else ""
)
def test_offered_with_mlflows_parameters(name: str, parameters: str | None) -> None:
    found = ours(name)
    if parameters is None:
        return
    wanted = [p for p in parameters.split(", ") if p]
    signature = inspect.signature(found)
    positional = [
        p.name
        for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY) and p.name not in ("self", "cls")
    ]
    star = wanted.index("*") if "*" in wanted else len(wanted)
    by_position = [p for p in wanted[:star] if not p.startswith("*")]
    by_name = [p for p in wanted[star + 1 :] if not p.startswith("*")]
    if any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values()):  # handed on as they are
        by_position = by_position[: len(positional)]
    assert positional[: len(by_position)] == by_position
    assert set(by_name) <= set(signature.parameters)
    if any(p.startswith("**") for p in wanted) and "log_model" not in name and "save_model" not in name:
        assert any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())


@pytest.mark.parametrize("name", [name for name in sorted(api.MODULES) if name != "*"])
def test_every_module_of_the_table_imports_and_every_name_of_it_resolves(name: str) -> None:
    module = importlib.import_module(f"modelwright.{name}")
    assert lazy.resolve(api.MODULES[name]) is module
    for public in dir(module):
        getattr(module, public)


def test_every_name_of_the_package_resolves() -> None:
    package = importlib.import_module("modelwright")
    assert {"log_metric", "pyfunc", "sklearn", "xgboost", "install_as_mlflow"} <= set(dir(package))
    for public in dir(package):
        getattr(package, public)


def test_what_is_refused_is_not_offered() -> None:
    modelwright.install_as_mlflow()
    for name in REASONS:
        if f"mlflow.{name}" not in NAMES:
            with pytest.raises(AttributeError, match=f"modelwright has no mlflow.{name}: "):
                pytest.fail(f"{name} is offered: {lazy.resolve(f'mlflow:{name}')!r}")
