"""A session that remembers what it was told, and a framework small enough to read."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from modelwright.autolog import scoring
from modelwright.autolog.integration import Sample


class FakeSession:
    """Every write as a tuple in `said`; `outcome` is "finished" or the error."""

    def __init__(self, options: dict[str, Any] | None = None, enabled: Any = None) -> None:
        self.options = options or {}
        self.enabled = enabled
        self.said: list[tuple[Any, ...]] = []
        self.losses: list[str] = []
        self.outcome: object = None

    def of(self, kind: str) -> list[Any]:
        return [entry[1:] if len(entry) > 2 else entry[1] for entry in self.said if entry[0] == kind]

    def params(self, values: Any) -> None:
        self.said.append(("params", dict(values)))

    def metrics(self, values: Any, step: int | None = None) -> None:
        self.said.append(("metrics", dict(values), step))

    def tags(self, values: Any) -> None:
        self.said.append(("tags", dict(values)))

    def artifact(self, path: str, body: Any) -> None:
        self.said.append(("artifact", path, body))

    def dataset(self, data: Any, *, targets: Any = None, context: str = "train", name: str | None = None) -> None:
        self.said.append(("dataset", data, context, name))

    def model(self, model: Any, *, flavor: str, sample: Sample | None, path: str = "model", **options: Any) -> None:
        self.said.append(("model", model, flavor, path, sample, options))

    def child(self, *, tags: Any, params: Any, metrics: Any) -> None:
        self.said.append(("child", dict(tags), dict(params), dict(metrics)))

    def belongs(self, model: Any) -> None:
        self.said.append(("belongs", model))
        scoring.models.put(model, FakeScores(self))

    def watch(self, owner: type, methods: Any) -> None:
        self.said.append(("watch", owner, tuple(methods)))
        if self.enabled is not None:
            self.enabled.watch(owner, methods)

    def lost(self, what: str, why: object) -> None:
        self.losses.append(f"{what}: {why}")

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.lost(what, error)

    def flush(self) -> None:
        self.said.append(("flush",))

    def finished(self) -> None:
        self.outcome = "finished"

    def failed(self, error: BaseException) -> None:
        self.outcome = error


class FakeScores:
    """Scores that reach a fake session later."""

    def __init__(self, session: FakeSession) -> None:
        self.session = weakref.ref(session)

    def dataset(self, data: Any, variable: str) -> str:
        return variable

    def add(self, metric: str, value: float, dataset: str, text: str, data: Any) -> None:
        session = self.session()
        if session is not None:
            session.said.append(("score", f"{metric}_{dataset}", value, text))


class Sessions(list[FakeSession]):
    """Opens sessions and keeps them, in order."""

    def __call__(self, enabled: Any) -> FakeSession:
        self.append(FakeSession(dict(enabled.options), enabled))
        return self[-1]

    @property
    def written(self) -> list[FakeSession]:
        return [session for session in self if session.said]


_TOY = """
from functools import wraps

__version__ = "2.1"
__all__ = ["plain", "wrapped", "Base"]

def plain(params, rounds=3, *, callbacks=None):
    for step in range(rounds):
        for callback in callbacks or ():
            callback(step)
    if params.get("fail"):
        raise KeyError("the framework's own error")
    return {"model": params}

def decorated(func):  # as scikit-learn's validate_params and xgboost's deprecations do it
    @wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)
    return wrapper

@decorated
def wrapped(y, p):
    return 0.5

class Base:
    def fit(self, X, y=None):
        self.fitted = True
        return self

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def helper():
        return 7

class Sub(Base):
    def fit(self, X, y=None):
        super().fit(X, y)
        return plain({}, 2) and self

class Quiet(Base):
    pass
"""


def install_toy(name: str = "toyframework") -> ModuleType:
    """A plain function, a decorated one, classes, and a submodule that holds the same function."""
    module, sub = ModuleType(name), ModuleType(f"{name}.sub")
    exec(compile(_TOY, name, "exec"), vars(module))
    vars(sub)["again"] = vars(module)["plain"]
    sys.modules[name], sys.modules[f"{name}.sub"] = module, sub
    return module
