"""A booster's prediction of a matrix by XGBoost's C function for just that.

`Booster.inplace_predict` calls the same function, but makes a Python class for each answer and looks at every kind of
data it could have been given, which for a few rows costs several times the prediction. The function and its JSON
arguments are XGBoost's documented C API (`XGBoosterPredictFromDense`), there since 1.4.
"""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable
from typing import Any

from ..core.frameworks import require


def predictor(booster: Any, rounds: tuple[int, int], missing: float) -> Callable[[Any], Any] | None:
    """A function that predicts a matrix; None where the installed XGBoost does not show its library.

    Args:
        booster: A trained Booster.
        rounds: The first round used and the one after the last; (0, 0) for all.
        missing: The value that stands for a missing one.
    """
    import numpy as np

    core = require("xgboost", "xgboost.core")
    library, check = getattr(core, "_LIB", None), getattr(core, "_check_call", None)
    call = getattr(library, "XGBoosterPredictFromDense", None)
    if call is None or check is None:
        return None
    config = json.dumps({
        "type": 0, "training": False, "iteration_begin": rounds[0], "iteration_end": rounds[1], "missing": missing,
        "strict_shape": False, "cache_id": 0,
    }).encode()  # fmt: skip
    lengths, values, number = ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_float), ctypes.c_uint64
    byref, text = ctypes.byref, b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f8","version":3}'

    def predict(matrix: Any) -> Any:
        rows = np.ascontiguousarray(matrix, "<f8")
        given = text % (rows.__array_interface__["data"][0], *rows.shape)
        shape, dimensions, found = lengths(), number(), values()
        check(call(booster.handle, given, config, None, byref(shape), byref(dimensions), byref(found)))
        size = [shape[i] for i in range(dimensions.value)]
        kept = ctypes.string_at(found, 4 * math.prod(size))  # XGBoost's own memory is used again
        return np.frombuffer(kept, "float32").copy().reshape(size)

    return predict
