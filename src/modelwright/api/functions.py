"""Public functions that are made at run time, with true signatures: from what flavors and integrations declare."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Parameters = dict[str, inspect.Parameter]
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
_REST = inspect.Parameter.VAR_KEYWORD


def public(
    name: str, signature: inspect.Signature, call: Callable[[dict[str, Any]], Any], doc: str
) -> Callable[..., Any]:
    """A function with a true signature that hands its arguments, by name, to `call`."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return call(_bind(name, signature, args, kwargs))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def _bind(name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    known = [p.name for p in signature.parameters.values() if p.kind is not _REST]
    open_ended = len(known) < len(signature.parameters)
    for given in kwargs:
        if given not in known and not open_ended:
            close = difflib.get_close_matches(given, known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"It takes {', '.join(known)}."
            raise TypeError(f"{name}() got an unexpected keyword argument {given!r}. {hint}")
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"{name}() {error}") from None
    for parameter in signature.parameters.values():
        if parameter.kind is _REST:
            bound.update(bound.pop(parameter.name, {}))
    return bound


def ordered(
    start: Iterable[inspect.Parameter], order: Iterable[str], pool: Parameters, *, returns: str
) -> inspect.Signature:
    """`start`, then the names of `order` by position, then everything else of `pool` by keyword only."""
    order = tuple(order)
    unknown = [name for name in order if name not in pool]
    if unknown:
        raise TypeError(f"no function takes {', '.join(unknown)}; the flavor's order names options it does not have")
    positional = [pool[name].replace(kind=_POSITIONAL) for name in order]
    rest = [p for name, p in pool.items() if name not in order]
    rest.sort(key=lambda p: p.kind)
    return inspect.Signature([*start, *positional, *rest], return_annotation=returns)


def first(name: str, *, default: Any = inspect.Parameter.empty, annotation: str = "Any") -> inspect.Parameter:
    return inspect.Parameter(name, _POSITIONAL, default=default, annotation=annotation)


def descriptions(function: Callable[..., Any]) -> Mapping[str, str]:
    """What the "Args:" section of a docstring says, by parameter, each on one line.

    >>> def f(a, b):
    ...     '''Add.
    ...
    ...     Args:
    ...         a: One number,
    ...             of two.
    ...         b: The other.
    ...     '''
    >>> descriptions(f)
    {'a': 'One number, of two.', 'b': 'The other.'}
    """
    doc = inspect.getdoc(function) or ""
    section = re.search(r"^Args:\n((?:    .*\n?|\n)+)", doc, re.MULTILINE)
    entries = re.split(r"^    (?=\S)", section.group(1), flags=re.MULTILINE) if section else []
    pairs = (entry.partition(": ") for entry in entries if entry.strip())
    return {name.strip("* "): " ".join(text.split()) for name, _, text in pairs}
