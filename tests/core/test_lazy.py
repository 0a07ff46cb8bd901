"""Names and modules that are imported when first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from modelwright.core import lazy


@pytest.fixture
def package() -> Iterator[ModuleType]:
    before, finders = set(sys.modules), list(sys.meta_path)
    module = ModuleType("lazypkg")
    module.__path__ = []
    table = {"loads": "json:loads", "text": "string", "text.inner": "textwrap", "*": "lazypkg_rest"}
    rest = ModuleType("lazypkg_rest")
    rest.extra = ModuleType("extra")  # type: ignore[attr-defined]
    rest.value = 3  # type: ignore[attr-defined]
    sys.modules.update({"lazypkg": module, "lazypkg_rest": rest})
    module.__getattr__, module.__dir__ = lazy.attach("lazypkg", table)  # type: ignore[method-assign]
    lazy.publish("lazypkg", table)
    yield module
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if name.startswith("lazypkg"):
            del sys.modules[name]


def test_a_name_is_resolved_once_and_kept(package: ModuleType) -> None:
    import json

    assert package.loads is json.loads
    assert vars(package)["loads"] is json.loads


def test_names_outside_the_table_come_from_the_star_module(package: ModuleType) -> None:
    assert package.value == 3
    assert dir(package) == ["extra", "loads", "text", "value"]


def test_an_unknown_name_says_which_module_lacks_it(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="module 'lazypkg' has no attribute 'load'") as caught:
        _ = package.load
    assert caught.value.obj is package  # Python's own "Did you mean: 'loads'?" needs it


def test_public_modules_are_the_private_ones_themselves(package: ModuleType) -> None:
    import string
    import textwrap

    try:
        assert importlib.import_module("lazypkg.text") is string
        assert package.text is string
        assert importlib.import_module("lazypkg.text.inner") is textwrap
        assert importlib.import_module("lazypkg.extra") is package.extra
    finally:
        for name in ("__path__", "inner"):
            vars(string).pop(name, None)


def test_what_is_no_module_cannot_be_imported(package: ModuleType) -> None:
    for name in ("lazypkg.value", "lazypkg.nothing", "lazypkg._private"):
        with pytest.raises(ModuleNotFoundError, match="No module named"):
            importlib.import_module(name)


def test_a_submodule_does_not_hide_a_name() -> None:
    import modelwright
    from modelwright.autolog import engine  # sets the attribute `autolog` of the package, if nothing prevents it

    assert engine.__name__ == "modelwright.autolog.engine"
    assert callable(modelwright.autolog)
    modelwright.autolog(disable=True)


def test_publishing_twice_registers_one_finder(package: ModuleType) -> None:
    count = len(sys.meta_path)
    lazy.publish("lazypkg", {})
    assert len(sys.meta_path) == count


def test_a_mistake_inside_a_target_is_not_taken_for_an_unknown_name() -> None:
    get, _ = lazy.attach("json", {"bad": "json:no.such"})
    with pytest.raises(AttributeError, match="'json' has no attribute 'no'"):
        get("bad")


def test_what_mlflow_has_and_we_have_not_is_refused_with_the_reason() -> None:
    import modelwright

    with pytest.raises(
        AttributeError, match="'modelwright' has no attribute 'evaluate': this version does not evaluate"
    ):
        modelwright.evaluate  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'ChatModel': traces, prompts and tools for language"):
        modelwright.pyfunc.ChatModel  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no attribute 'evalute'$"):
        modelwright.evalute  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match=r"modelwright\.gluon': this version has no such flavor"):
        importlib.import_module("modelwright.gluon")
    with pytest.raises(ImportError, match="this version has no such flavor"):
        exec("from modelwright import gluon")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'modelwright\.nothing'$"):
        importlib.import_module("modelwright.nothing")
