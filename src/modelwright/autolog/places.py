"""Functions replaced where they live, and put back as the very objects they were.

Three kinds of place, tried in this order for a module's function:
* the closure cell of a decorator: `sklearn.metrics.accuracy_score` and `xgboost.train` are thin wrappers around an
  inner function; replacing the inner one leaves the public object alone, so names imported earlier are followed too
  and identity and pickling are as before;
* every attribute of the framework's modules and of `__main__` that holds the function, and what other modules hold
  under its own name (`from lightgbm import train`, before `autolog()`);
* for methods: the class attribute, or the function inside scikit-learn's `available_if` descriptor.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any

from .integration import Family, Watch

_places: dict[tuple[int, str], Place] = {}


class Place:
    """One attribute that holds a watched function in place of the original."""

    def __init__(self, owner: Any, attr: str, original: Any) -> None:
        self.owner, self.attr, self.original = owner, attr, original
        self.watches: dict[str, Watch] = {}  # integration → watch
        self.run: Callable[[Place, Any, Any, Any], Any] = _plain
        self._inherited = isinstance(owner, type) and attr not in vars(owner)
        kind = type(original) if isinstance(original, (classmethod, staticmethod)) else None
        replacement = _watched(original.__func__ if kind else original, self)
        self.replacement: Any = kind(replacement) if kind else replacement
        setattr(owner, attr, self.replacement)

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self.run(self, function, args, kwargs) if self.watches else function(*args, **kwargs)

    def __reduce__(self) -> Any:
        """Pickled by value, as cloudpickle does for classes of `__main__`, a watched function just calls its original
        and needs nothing but the standard library."""
        return functools.partial, (operator.call,)

    def drop(self, name: str) -> None:
        """Forget one integration; the last one to go puts the original back."""
        self.watches.pop(name, None)
        if self.watches:
            return
        _places.pop((id(self.owner), self.attr), None)
        if _held(self.owner, self.attr) is not self.replacement:
            return  # somebody replaced ours since; what they hold calls straight through
        if self._inherited:
            delattr(self.owner, self.attr)
        else:
            setattr(self.owner, self.attr, self.original)


def _plain(place: Place, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _watched(original: Callable[..., Any], place: Place) -> Callable[..., Any]:
    @functools.wraps(original)
    def watched(*args: Any, **kwargs: Any) -> Any:
        return place(original, *args, **kwargs)

    return watched


def _held(owner: Any, attr: str) -> Any:
    return vars(owner).get(attr) if isinstance(owner, type) else getattr(owner, attr, None)


def _place(owner: Any, attr: str, original: Any) -> Place:
    found = _places.get((id(owner), attr))
    if found is None or _held(owner, attr) is not found.replacement:
        found = _places[id(owner), attr] = Place(owner, attr, original)
    return found


def functions(target: str, but: frozenset[str] = frozenset()) -> Iterator[Place]:
    """The places of "package.module:function", "package.module:Class.method" or "package.module:*"."""
    path, _, dotted = target.partition(":")
    module: Any = sys.modules[path]
    if dotted != "*":
        *owners, attr = dotted.split(".")
        owner = functools.reduce(getattr, owners, module)
        yield from methods(owner, attr) if isinstance(owner, type) else _bindings(path, getattr(owner, attr))
        return
    for name in module.__all__:
        function = getattr(module, name)
        if isinstance(function, FunctionType) and name not in but:
            yield from _bindings(path, function)


def _bindings(path: str, function: Any) -> Iterator[Place]:
    cell = _inner(function)
    if cell is not None:
        yield _place(cell, "cell_contents", cell.cell_contents)
        return
    homes, own = (path.partition(".")[0], "__main__"), getattr(function, "__name__", "")
    modules: list[tuple[str, Any]] = list(sys.modules.copy().items())  # threads may be importing
    for name, module in modules:
        held = getattr(module, "__dict__", {})
        whole = name.partition(".")[0] in homes  # all names of all modules would take too long to go through
        for attr, value in list(held.items()) if whole else [(own, held.get(own))]:
            if value is function:
                yield _place(module, attr, function)


def _inner(function: Any) -> CellType | None:
    """The closure cell in which a decorator holds the function it wraps; none in a replacement of ours."""
    wrapped, inner = getattr(function, "__wrapped__", None), None
    for cell in getattr(function, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        known = _places.get((id(cell), "cell_contents"))
        if isinstance(held, Place):
            return None
        if held is wrapped or (known is not None and held is known.replacement):
            inner = cell
    return inner


def methods(owner: type, attr: str) -> Iterator[Place]:
    """The place of a method: on the class that defines it, so that nothing is added to the classes below."""
    for cls in owner.__mro__:
        raw = vars(cls).get(attr)
        if raw is None:
            continue
        if cls is object:
            yield _place(owner, attr, raw)
        elif isinstance(raw, (FunctionType, classmethod, staticmethod)):
            yield _place(cls, attr, raw)
        elif isinstance(getattr(raw, "fn", None), FunctionType):  # available_if
            yield _place(raw, "fn", raw.fn)
        return


def family(watch: Family, put: Callable[[Place, str], None]) -> Callable[[], None]:
    """Watch what a base class and its subclasses define themselves, now and later; the answer ends the "later"."""
    path, _, name = watch.target.partition(":")
    base = getattr(sys.modules[path], name)

    def watch_class(cls: type) -> None:
        if watch.belongs(cls):
            for attr in watch.methods:
                if attr in vars(cls):
                    for place in methods(cls, attr):
                        put(place, f"{cls.__qualname__}.{attr}")

    for cls in _descendants(base):
        watch_class(cls)
    return _on_subclass(base, watch_class)


def _descendants(base: type) -> list[type]:
    seen: dict[type, None] = {}
    waiting = [base]
    while waiting:
        cls = waiting.pop()
        if cls not in seen:
            seen[cls] = None
            waiting += cls.__subclasses__()
    return list(seen)


_later: dict[type, list[Callable[[type], None]]] = {}


def _on_subclass(base: Any, action: Callable[[type], None]) -> Callable[[], None]:
    """Do `action` for each class derived from `base` from now on."""
    actions = _later.setdefault(base, [])
    actions.append(action)
    own = vars(base).get("__init_subclass__")
    if len(actions) == 1:

        def later(cls: Any, /, **kwargs: Any) -> None:
            if own is not None:
                own.__get__(None, cls)(**kwargs)
            else:
                super(base, cls).__init_subclass__(**kwargs)
            for act in tuple(actions):
                act(cls)

        base.__init_subclass__ = classmethod(later)

    def end() -> None:
        actions.remove(action)
        if not actions:
            _later.pop(base, None)
            if own is not None:
                base.__init_subclass__ = own
            else:
                del base.__init_subclass__

    return end
