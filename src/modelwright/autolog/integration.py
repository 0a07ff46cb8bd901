"""What an autolog integration is: which calls to watch, and what to write down around them.

A watcher is a generator that yields exactly once. What stands before the yield happens before the framework's own
function runs; `yield` gives that function's result. A watcher never holds the function, so it cannot call it twice,
skip it, change its result or hide its errors; whatever the watcher itself raises is logged and dropped.

    def train(call, session):
        session.params(call.arguments["params"])
        call.append("callbacks", Recorder(session))      # the one change a watcher may make to the call
        booster = yield
        session.model(booster, flavor="xgboost", sample=Sample(rows))

Returning before the yield declines: the call goes on as if nobody watched.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ..core.frameworks import FRAMEWORKS

Watcher = Callable[["Call", "Session"], Generator[None, Any, None]]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Watch:
    """One function or method, or every public function of a module: "xgboost:train", "sklearn.metrics:*"."""

    target: str
    around: Watcher | None  # None: calls made inside it are nobody's (cross-validation)
    inside: Watcher | None = None  # used instead when a call that this integration records comes here
    but: frozenset[str] = frozenset()  # names that "*" leaves out
    applies: Callable[[], bool] = lambda: True  # asked before each call; False leaves it to another integration


@dataclass(frozen=True)
class Family:
    """Methods of a base class and of all its subclasses, those defined later included."""

    target: str  # "sklearn.base:BaseEstimator"
    methods: tuple[str, ...]
    around: Watcher
    belongs: Callable[[type], bool] = lambda _: True


class Integration(ABC):
    """One framework. To add one: this class, a line in `autolog.INTEGRATIONS`, a test on the contract suite."""

    name: ClassVar[str]  # the same word as the flavor
    imports: ClassVar[str]  # the package whose version `tested` speaks of
    tested: ClassVar[str]  # ">=1.7,<4": outside of it we say so once, and go on; of the table of frameworks by default
    pools: ClassVar[tuple[str, ...]] = ()  # modules whose frames say: this thread works for a call in another one

    def __init_subclass__(cls) -> None:
        if (known := FRAMEWORKS.get(vars(cls).get("name", ""))) is not None and "tested" not in vars(cls):
            cls.tested = known.tested

    @abstractmethod
    def configure(self) -> None:
        """Check what the public `autolog` of this framework was given, and raise InvalidArgument.

        The override's signature becomes that function's: its parameters in MLflow's order, each with its default. So
        does its docstring, whose "Args:" explains the options that are this framework's own.
        """

    @abstractmethod
    def watches(self, options: Options) -> Iterable[Watch | Family]: ...


class Call:
    """One call of a watched function: its arguments, and the one change a watcher may make."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.changed = False
        self._bound: inspect.BoundArguments | None = None

    def _bind(self) -> inspect.BoundArguments:
        if self._bound is None:
            self._bound = inspect.signature(self.function).bind(*self.args, **self.kwargs)
            self._bound.apply_defaults()
        return self._bound

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Every parameter by name, defaults filled in."""
        return self._bind().arguments

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that the caller gave, by name, in the order of the signature."""
        return dict(inspect.signature(self.function).bind_partial(*self.args, **self.kwargs).arguments)

    def append(self, parameter: str, item: object) -> None:
        """Add `item` to the end of a list parameter, or beside a lone value; the caller's own list stays as it is."""
        self._put(parameter, lambda given: [*given, item])

    def prepend(self, parameter: str, item: object) -> None:
        """The same, in front: for callbacks that an earlier one could keep from being called."""
        self._put(parameter, lambda given: [item, *given])

    def _put(self, parameter: str, change: Callable[[Iterable[Any]], list[Any]]) -> None:
        bound = self._bind()
        given = bound.arguments.get(parameter)
        several = given if isinstance(given, Iterable) else () if given is None else (given,)
        bound.arguments[parameter] = change(several)
        self.args, self.kwargs, self.changed = bound.args, bound.kwargs, True


@dataclass(frozen=True)
class Sample:
    """What a model's signature and example come from."""

    rows: Any  # the first rows of the training data, copied before training
    data: Any = None  # all of it, where its columns say more than the first rows do
    predict: Callable[[Any], Any] | None = None  # default: the model's own predict, else its transform
    example: bool = True  # whether the rows are real ones, to be stored as an example too


class Session(Protocol):
    """What a watcher may write. Nothing here raises: what cannot be written is named in the outcome.

    The run begins with the first write, so a watcher that writes nothing leaves no run.
    """

    options: Options

    def params(self, values: Mapping[str, Any]) -> None: ...

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None: ...

    def tags(self, values: Mapping[str, str]) -> None: ...

    def artifact(self, path: str, body: str | bytes | Callable[[Path], object]) -> None:
        """A file: what is in it, or a function that writes it to the path it is given."""

    def dataset(self, data: Any, *, targets: Any = None, context: str = "train", name: str | None = None) -> None: ...

    def model(self, model: Any, *, flavor: str, sample: Sample | None, path: str = "model", **options: Any) -> None:
        """Log the model; one without a sample has no example, and only the signature that its flavor declares."""

    def child(self, *, tags: Mapping[str, str], params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        """A finished run below this one."""

    def belongs(self, model: Any) -> None:
        """Scores computed later from this model's predictions go to this session's run."""

    def watch(self, owner: type, methods: Mapping[str, Watcher]) -> None:
        """Watch methods of a class from now on, as long as the integration is on."""

    def lost(self, what: str, why: object) -> None:
        """Name something that was not recorded."""

    def part(self, what: str) -> AbstractContextManager[None]:
        """Errors inside become `lost(what, error)`."""

    def flush(self) -> None:
        """Write what was gathered, now."""

    def finished(self) -> None:
        """Write what was gathered, and end the run; what is written later reaches it with another call."""

    def failed(self, error: BaseException) -> None: ...
