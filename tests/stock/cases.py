"""The models that both sides write and both sides read: one function each, told which side it plays.

A case gets `m`, which is `mlflow` or `modelwright`, an empty folder for its own files, and the path to save at. It
returns what to score the model with. The same function thus writes ours, stock MLflow's and the golden directories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

GROUPS = ("sklearn_cases", "xgboost_cases", "pyfunc_cases", "schema_cases", "example_cases", "logged_cases")
# Cases of the environment with every framework. paddle comes first: it cannot be imported after tensorflow.
FRAMEWORK_GROUPS: tuple[str, ...] = (
    "paddle_cases",
    "lightgbm_cases",
    "catboost_cases",
    "prophet_cases",
    "tensorflow_cases",
    "keras_cases",
    "onnx_cases",
    "statsmodels_cases",
    "pmdarima_cases",
    "diviner_cases",
    "spacy_cases",
    "h2o_cases",
    "spark_cases",
    "transformers_cases",
    "sentence_transformers_cases",
    "pytorch_cases",
    "fastai_cases",
)


@dataclass
class Score:
    """What to call a saved model with."""

    data: Any
    params: dict[str, Any] | None = None
    stream: bool = False
    config: dict[str, Any] | None = None  # model_config given at load time


@dataclass(frozen=True)
class Case:
    """One way to make a model."""

    name: str
    make: Callable[[Any, Path, Path], Score]
    environment: str = "stock"  # of `process.ENVIRONMENTS`
    golden: bool = False  # also kept as a golden directory
    corpus: bool = False  # saved without requirements, to compare those that each side finds
    versions: tuple[int, ...] = (2, 3)  # major versions of MLflow that can write it
    ours: bool = True  # whether ours writes it too
    # part of a report -> why ours deliberately differs there
    reads: dict[str, str] = field(default_factory=dict)  # ours and stock, reading the same directory
    writes: dict[str, str] = field(default_factory=dict)  # stock, reading what each of us wrote
    stock_fails: str | None = None  # why stock cannot score this, whoever wrote it


ALL: dict[str, Case] = {}
# flavor -> how to score its native model, where that is not `model.predict(data)`
NATIVE: dict[str, Callable[[Any, Any], Any]] = {}


def case(**facts: Any) -> Callable[[Callable[[Any, Path, Path], Score]], Callable[[Any, Path, Path], Score]]:
    """Register a function as a case under its own name."""

    def register(make: Callable[[Any, Path, Path], Score]) -> Callable[[Any, Path, Path], Score]:
        name = make.__name__
        if name in ALL:
            raise ValueError(f"Two cases are called {name!r}")
        home = make.__module__.rpartition(".")[2]
        ALL[name] = Case(name, make, environment="frameworks" if home in FRAMEWORK_GROUPS else "stock", **facts)
        return make

    return register


def native(flavor: str) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """Register how a flavor's native model is scored: a function of the model and the data."""

    def register(score: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        NATIVE[flavor] = score
        return score

    return register


def all_cases() -> dict[str, Case]:
    """Every case of every group, by name."""
    for group in (*GROUPS, *FRAMEWORK_GROUPS):
        import_module(f"stock.{group}")
    return ALL
