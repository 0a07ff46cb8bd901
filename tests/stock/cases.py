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
    golden: bool = False  # also kept as a golden directory
    versions: tuple[int, ...] = (2, 3)  # major versions of MLflow that can write it
    ours: bool = True  # whether ours writes it too
    # part of a report -> why ours deliberately differs there
    reads: dict[str, str] = field(default_factory=dict)  # ours and stock, reading the same directory
    writes: dict[str, str] = field(default_factory=dict)  # stock, reading what each of us wrote
    stock_fails: str | None = None  # why stock cannot score this, whoever wrote it


ALL: dict[str, Case] = {}


def case(**facts: Any) -> Callable[[Callable[[Any, Path, Path], Score]], Callable[[Any, Path, Path], Score]]:
    """Register a function as a case under its own name."""

    def register(make: Callable[[Any, Path, Path], Score]) -> Callable[[Any, Path, Path], Score]:
        name = make.__name__
        if name in ALL:
            raise ValueError(f"Two cases are called {name!r}")
        ALL[name] = Case(name, make, **facts)
        return make

    return register


def all_cases() -> dict[str, Case]:
    """Every case of every group, by name."""
    for group in GROUPS:
        import_module(f"stock.{group}")
    return ALL
