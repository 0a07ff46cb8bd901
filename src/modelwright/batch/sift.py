"""Finding the rows that fail: a batch that fails is halved until what fails is single rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")
PROBES = 100  # single rows, spread over a batch, that must all fail before the rest of it is given up


class Sifted(NamedTuple, Generic[T]):
    """Places that were done, with what came of each, and places that failed, with why; together they are all."""

    good: list[tuple[Any, T]]
    bad: list[tuple[Any, Exception]]


def sift(
    places: Any, attempt: Callable[[Any], T], *, known: Exception | None = None, fatal: tuple[type[Exception], ...] = ()
) -> Sifted[T]:
    """Do what can be done of a batch.

    Args:
        places: A numpy array that names its rows.
        attempt: Does some of them, or raises.
        known: Why all of them together fail, where that is known already.
        fatal: Errors that are not the rows' fault, so that they are raised.

    >>> import numpy as np
    >>> found = sift(np.arange(5), lambda some: [100 // (3 - row) for row in some.tolist()])
    >>> [some.tolist() for some, _ in found.good], [(some.tolist(), str(why)) for some, why in found.bad]
    ([[0, 1], [2], [4]], [([3], 'integer division or modulo by zero')])
    """
    found: Sifted[T] = Sifted([], [])
    waiting = [places] if len(places) else []
    while waiting:
        some = waiting.pop()
        error, known = known, None
        if error is None:
            try:
                found.good.append((some, attempt(some)))
                continue
            except fatal:
                raise
            except Exception as failure:
                error = failure
        if len(some) == 1 or (len(some) == len(places) and _hopeless(some, attempt, fatal)):
            found.bad.append((some, error))
        else:
            middle = len(some) // 2
            waiting += [some[middle:], some[:middle]]
    return found


def _hopeless(places: Any, attempt: Callable[[Any], object], fatal: tuple[type[Exception], ...]) -> bool:
    """Whether single rows from all over a large batch fail, each for itself; a thousand more would tell nothing new."""
    if len(places) <= PROBES:
        return False
    for probe in range(PROBES):
        place = len(places) * probe // PROBES
        try:
            attempt(places[place : place + 1])
        except fatal:
            raise
        except Exception:
            continue
        return False
    return True
