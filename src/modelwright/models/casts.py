"""Conversions between numeric numpy dtypes that tell which values they would change."""

from __future__ import annotations

from typing import Any


class Unfit(Exception):
    """Why some data does not fit a type: `reason` names no data, `value` is an offender where one is known."""

    def __init__(self, reason: str, *value: Any) -> None:
        super().__init__(reason)
        self.reason, self.value = reason, value

    def text(self, redact: bool) -> str:
        return self.reason if redact or not self.value else f"{self.reason}, such as {_short(self.value[0])}"


def cast(values: Any, dtype: Any) -> tuple[Any, Any]:
    """`values` (an array of bool, int, uint or float) as `dtype`, and a mask of the values it cannot hold, or None.

    Rounding within the precision of a narrower float is accepted (JSON has no float32); overflow is not. An integer
    must survive the way to a float and back. NaN cannot be an integer or a boolean.

    >>> import numpy as np
    >>> cast(np.array([1.0, 2.5]), np.dtype("int32"))
    (array([1, 0], dtype=int32), array([False,  True]))
    """
    import numpy as np

    source = values.dtype
    if source == dtype or (np.can_cast(source, dtype, "safe") and not (source.kind in "iu" and dtype.kind == "f")):
        return values.astype(dtype, copy=False), None
    with np.errstate(all="ignore"):
        if dtype.kind == "f":
            out = values.astype(dtype)
            bad = np.isinf(out) & np.isfinite(values) if source.kind == "f" else _rounded(values, out)
        elif dtype.kind == "b":
            out, bad = values == 1, (values != 0) & (values != 1)
        else:
            limits = np.iinfo(dtype)
            if source.kind == "f":
                low, high = float(limits.min), float(limits.max)
                fits = (values >= low) & ((values <= high) if int(high) == limits.max else (values < high))
                bad = ~(fits & (np.floor(values) == values))
            else:
                bad = (values < limits.min) | (values > limits.max)
            out = np.where(bad, np.zeros((), source), values).astype(dtype)
    return out, bad if bad.any() else None


def _rounded(values: Any, out: Any) -> Any:
    import numpy as np

    if values.dtype.itemsize < out.dtype.itemsize:
        return np.zeros(values.shape, bool)
    edge = 2.0 ** (64 if values.dtype.kind == "u" else 63)  # where the way back would overflow
    return (out >= edge) | ~np.isfinite(out) | (np.where(out >= edge, 0, out).astype(values.dtype) != values)


_NEEDS = {
    "b": "holds values other than true and false (or 1 and 0)",
    "i": "holds values that are not whole numbers in range",
    "u": "holds values that are not whole numbers in range",
    "f": "holds numbers that cannot be kept exactly",
}


def need(dtype: Any) -> str:
    """What is wrong with the values that `cast` to `dtype` marked."""
    return _NEEDS[dtype.kind]


def _short(value: Any) -> str:
    text = repr(value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value)
    return text if len(text) <= 80 else text[:77] + "…"
