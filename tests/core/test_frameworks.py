"""The table of frameworks, and what else names their versions."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from modelwright.core import frameworks
from modelwright.core.errors import MissingDependency
from modelwright.core.frameworks import FRAMEWORKS
from modelwright.models.load import FLAVORS

ROOT = Path(__file__).resolve().parents[2]


def test_every_flavor_of_a_framework_is_in_it() -> None:
    assert set(FLAVORS) - {"pyfunc"} <= set(FRAMEWORKS)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_extra_asks_for_the_oldest_tested_version_or_newer(name: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = {found.name: found.specifier for found in map(Requirement, extras[name])}
    one = FRAMEWORKS[name]
    assert str(asked[one.distribution]) == f">={one.minimum}"
    assert asked[one.distribution].contains(one.maximum)
    assert Version(one.minimum) <= Version(one.maximum)
    assert Version(one.minimum) in Requirement(f"x{one.tested}").specifier
    assert Version(one.maximum) in Requirement(f"x{one.tested}").specifier


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_newest_tested_version_is_the_one_the_tests_install(name: str) -> None:
    distribution = FRAMEWORKS[name].distribution
    locked = (ROOT / "requirements" / "frameworks.txt").read_text() + (ROOT / "Makefile").read_text()
    built = {"tensorflow": "tensorflow-cpu"}.get(
        distribution, distribution
    )  # for processors alone: a tenth of the size
    assert f"{built}=={FRAMEWORKS[name].maximum}" in locked


def test_a_framework_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prophet", None)
    with pytest.raises(MissingDependency, match=r"Prophet is not installed; pip install 'modelwright\[prophet\]'"):
        frameworks.require("prophet")


def test_what_an_installed_framework_lacks_is_another_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module") as caught:
        frameworks.require("sklearn", "sklearn.no_such_module")
    assert not isinstance(caught.value, MissingDependency)
