"""The public switches of autolog."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from modelwright.api.autologging import autolog, for_flavor
from modelwright.autolog import INTEGRATIONS, engine
from modelwright.core.errors import InvalidArgument

sklearn_autolog, xgboost_autolog = for_flavor("sklearn"), for_flavor("xgboost")


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    yield
    autolog(disable=True)


def options(name: str) -> dict[str, object]:
    import_module(name)  # with which a general autolog() turns it on
    return dict(engine._enabled[name].options)


def test_everything_on_and_off() -> None:
    autolog()
    assert engine.enabled() == sorted(INTEGRATIONS)
    autolog(disable=True)
    assert engine.enabled() == []


@pytest.mark.parametrize("own_first", [False, True])
def test_a_frameworks_own_call_wins_in_either_order(own_first: bool) -> None:
    calls = [lambda: sklearn_autolog(log_models=False, max_tuning_runs=1), lambda: autolog(log_datasets=False)]
    for call in calls if own_first else reversed(calls):
        call()
    assert options("sklearn")["log_models"] is False
    assert options("sklearn")["max_tuning_runs"] == 1
    assert options("sklearn")["log_datasets"] is True
    assert options("xgboost")["log_datasets"] is False


def test_its_own_disable_outlasts_the_global_call() -> None:
    sklearn_autolog(disable=True)
    autolog()
    assert engine.enabled() == sorted(INTEGRATIONS.keys() - {"sklearn"})
    autolog(disable=True)
    autolog()
    assert options("sklearn")["log_models"] is True


def test_excluded_flavors() -> None:
    autolog(exclude_flavors=["sklearn"])
    assert engine.enabled() == sorted(INTEGRATIONS.keys() - {"sklearn"})
    with pytest.raises(InvalidArgument, match=r"'sklaern'.*did you mean 'sklearn'"):
        autolog(exclude_flavors=["sklaern"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sklearn_autolog(max_tuning_runs=-1), "max_tuning_runs=-1; expected a whole number"),
        (lambda: sklearn_autolog(serialization_format="json"), "serialization_format='json'"),
        (lambda: xgboost_autolog(model_format="pkl"), "model_format='pkl'"),
    ],
)
def test_wrong_options(call: object, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        call()  # type: ignore[operator]
    assert engine.enabled() == []


def test_mlflows_parameters_in_its_order() -> None:
    shared = ["log_input_examples", "log_model_signatures", "log_models", "log_datasets", "disable", "exclusive",
              "disable_for_unsupported_versions", "silent"]  # fmt: skip
    assert list(inspect.signature(autolog).parameters) == [*shared, "extra_tags", "log_traces", "exclude_flavors"]
    assert list(inspect.signature(for_flavor("sklearn")).parameters) == [
        *shared, "max_tuning_runs", "log_post_training_metrics", "serialization_format", "registered_model_name",
        "pos_label", "extra_tags",
    ]  # fmt: skip
    assert list(inspect.signature(for_flavor("xgboost")).parameters) == [
        "importance_types", *shared, "registered_model_name", "model_format", "extra_tags"
    ]  # fmt: skip
    assert {for_flavor(name).__name__ for name in INTEGRATIONS} == {"autolog"}


def test_turning_it_on_imports_no_framework() -> None:
    code = (
        "import sys; from modelwright.api.autologging import autolog; autolog(); "
        "print(*({'sklearn', 'xgboost', 'numpy', 'pandas', 'apsw', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_turned_on_before_the_framework_is_imported() -> None:
    code = (
        "from modelwright.api.autologging import autolog; autolog(); from modelwright.autolog import engine\n"
        "from sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import accuracy_score\n"
        "import xgboost\nbefore = hasattr(LogisticRegression.fit, '__wrapped__')\n"
        "place = next(c for c in xgboost.train.__closure__ if callable(c.cell_contents)).cell_contents\n"
        "print(LogisticRegression.fit.__closure__[1].cell_contents.__class__.__name__, place.__name__)\n"
        "autolog(disable=True)\nprint(engine.enabled())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Place train", "[]"]
