"""What a few calls tell of a loaded model: how long it takes, and whether rows may be put together."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

Predict = Callable[[Any], Any]
_ROWS = 16
_WORTH = 0.5  # rows are put together where 16 at once take less than this part of 16 times one


class Probe(NamedTuple):
    """What was found."""

    first: float  # seconds of a call with one row
    row: float  # seconds that each further row adds
    alone: bool  # every row is predicted from itself alone, and several at once are cheaper


def probe(predict: Predict, samples: Any) -> Probe:
    """Call `predict` with single rows of `samples` and with all of them.

    Args:
        predict: Takes a matrix, gives one prediction for each of its rows.
        samples: A matrix of 16 rows.
    """
    whole = predict(samples)
    single = [predict(samples[i : i + 1]) for i in range(len(samples))]
    first = min(took(lambda: predict(samples[:1])) for _ in range(5))
    many = min(took(lambda: predict(samples)) for _ in range(5))
    alone = many < _WORTH * len(samples) * first and _same_alone(whole, single)
    return Probe(first, max(many - first, 0.0) / (len(samples) - 1), alone)


def samples(rows: Any) -> Any:
    """16 rows like `rows` and other than them: what a model is tried with before it is trusted with a short cut.

    >>> import numpy as np
    >>> samples(np.array([[1.0, 2.0]])).shape
    (16, 2)
    """
    import numpy as np

    repeated = np.resize(rows, (_ROWS, rows.shape[1])).astype("float64")
    turned = repeated * np.linspace(0.5, 1.5, _ROWS)[:, None] + np.arange(_ROWS)[:, None] / 4
    turned[: len(rows)] = rows[:_ROWS]
    return turned


def same(one: Any, other: Any, *, close: bool = False) -> bool:
    """Whether two answers are equal: kind, shape and every value; or, with `close`, within the noise of 32-bit floats.

    >>> import numpy as np
    >>> same(np.array([1.0]), np.array([1.0 + 1e-7])), same(np.array([1.0]), np.array([1.0 + 1e-7]), close=True)
    (False, True)
    """
    import numpy as np

    if type(one) is not type(other):
        return False
    if hasattr(one, "columns"):
        return one.columns.equals(other.columns) and same(one.to_numpy(), other.to_numpy(), close=close)
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind == "f" and close:
        return bool(np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True))
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


def _same_alone(whole: Any, single: list[Any]) -> bool:
    """Whether predicting rows one by one gives what predicting them together does."""
    import numpy as np

    if any(type(one) is not type(whole) or len(one) != 1 for one in single) or len(whole) != len(single):
        return False
    if hasattr(whole, "iloc"):
        whole, single = whole.to_numpy(), [one.to_numpy() for one in single]
    if not isinstance(whole, np.ndarray):
        return False
    return same(whole, np.concatenate(single), close=True)


def took(call: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    began = perf_counter()
    call()
    return perf_counter() - began
