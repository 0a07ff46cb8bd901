"""The same model on ONNX Runtime: taken only where it gives the same answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from ..models import load
from ..models.mlmodel import Model
from ..models.pyfunc import PyFuncModel
from . import probe

log = logging.getLogger(__name__)


def accelerated(
    model: PyFuncModel, meta: Model, names: Sequence[str], tried: Any, right: Any
) -> Callable[[Any], Any] | None:
    """A function that predicts a matrix by ONNX Runtime; None, with a warning, where the model cannot be converted.

    Args:
        model: The model as it was loaded.
        meta: What its MLmodel says.
        names: Its columns.
        tried: Rows to compare: the stored example and variations of it.
        right: What the model itself predicts for them.
    """
    flavor = load.loader(meta.flavors["python_function"])
    try:
        found = flavor.accelerated(model.get_raw_model(), meta.flavors["python_function"], len(names))
        agrees = found is not None and probe.same(found(tried), right, close=True)
    except Exception as error:  # whatever a converter raises, the model itself still serves
        log.warning("--accelerate onnx: the model serves as it is: %s: %s", type(error).__name__, error)
        return None
    if found is None:
        log.warning("--accelerate onnx: the %s flavor cannot be converted; the model serves as it is", flavor.name)
        return None
    if not agrees:
        log.warning(
            "--accelerate onnx: ONNX Runtime predicts otherwise than the model, which therefore serves as it is"
        )
        return None
    return found
