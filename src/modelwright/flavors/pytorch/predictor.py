"""A PyTorch module as a predictor: frames and arrays in, frames and arrays out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...models.calls import accepted


class TensorPredictor:
    """Calls a module with one tensor, and takes one tensor from it.

    Args:
        model: The module.
        device: Where the tensor goes before the call; where the module's own tensors are, if not given.
    """

    def __init__(self, model: Any, device: str | None = None) -> None:
        self.native = self.pytorch_model = model
        self.device = device or where(model)
        self._precision = _precision(model)

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params and "device" in params:
            raise InvalidArgument(
                f"params name a device, {params['device']!r}, which is chosen when the model is loaded: "
                f"pyfunc.load_model(uri, model_config={{'device': {params['device']!r}}})"
            )
        accepted(params or {}, frozenset())
        torch, given = require("pytorch"), _array(data)
        tensor = torch.from_numpy(given)
        if self._precision is not None and (data is not given or tensor.dtype is torch.float64):
            tensor = tensor.to(self._precision)  # plain arrays are float64, which few modules compute with
        with evaluating(self.native), torch.no_grad():
            found = self.native(tensor.to(self.device))
        if not isinstance(found, torch.Tensor):
            raise InvalidArgument(
                f"The model gives a {type(found).__name__}; scoring expects one tensor. Wrap the module in one whose "
                f"forward picks the tensor, or load it with pytorch.load_model"
            )
        result = _numpy(torch, found)
        if data is given:
            return result
        import pandas

        return pandas.DataFrame(result, index=data.index)


def _array(data: Any) -> Any:
    """The rows as an array: a frame's as float32, which modules compute with; an array as it is."""
    import numpy

    if isinstance(data, numpy.ndarray):
        return data
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return data.to_numpy().astype(numpy.float32)
    raise InvalidArgument(f"A PyTorch model scores a pandas.DataFrame or a numpy.ndarray, got a {type(data).__name__}")


def _numpy(torch: Any, found: Any) -> Any:
    found = found.detach().to("cpu")
    return (found.float() if found.dtype is torch.bfloat16 else found).numpy()  # NumPy has no bfloat16


def _precision(model: Any) -> Any:
    """The floating point type of a module's first such parameter; None for a module without."""
    return next((tensor.dtype for tensor in model.parameters() if tensor.dtype.is_floating_point), None)


def where(model: Any) -> str:
    """The device of a module's first tensor; the processor for a module that has none."""
    for tensors in (model.parameters, model.buffers):
        for tensor in tensors():
            return str(tensor.device)
    return "cpu"


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """The module in evaluation mode; afterwards each of its parts is in the mode it was in."""
    training = [part for part in model.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True
