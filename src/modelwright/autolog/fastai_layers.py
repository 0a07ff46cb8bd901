"""The layers of a fastai model as its first batch of training passes through them, in the words of fastai's summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

_WIDE = 76


class _Layer(NamedTuple):
    kind: str
    params: int | None  # None: one without weights
    trained: bool
    shape: Any  # of what it gives, for a tuple the first tensor's
    kept: bool  # whether it gives what has the shape of what it takes


class Layers:
    """Watches one pass of a batch, and tells of it once."""

    def __init__(self, model: Any, batch: Sequence[Any]) -> None:
        from fastai.layers import flatten_model

        self._model = type(model).__name__
        self._size = len(batch[0])
        self._inputs = [self._text(one.shape) for one in batch]
        self._found: list[_Layer | None] = []
        self._hooks = []
        for number, module in enumerate(flatten_model(model)):
            self._found.append(None)
            self._hooks.append(module.register_forward_hook(self._see(number)))

    def tell(self) -> tuple[dict[str, Any], str]:
        """The number of layers and the inputs as params, and the table."""
        for hook in self._hooks:
            hook.remove()
        return {"input_size": str(self._inputs), "num_layers": len(self._found)}, self._table()

    def _see(self, number: int) -> Any:
        def see(module: Any, given: Any, result: Any) -> None:
            try:
                self._found[number] = _layer(module, given, result)
            except Exception:  # of a layer that deals in something else than tensors; the training goes on
                self._found[number] = None

        return see

    def _text(self, shape: Any) -> str:
        return " x ".join(map(str, (self._size, *shape[1:])))

    def _table(self) -> str:
        lines = [f"{self._model} (Input shape: {self._inputs[0]})", "=" * _WIDE]
        lines += [f"{'Layer (type)':<20} {'Output Shape':<20} {'Param #':<10} {'Trainable':<10}", "=" * _WIDE]
        layers = [layer for layer in self._found if layer is not None]
        before = None
        for number, layer in enumerate(layers):
            if number == 0 or (not layer.kept and before != layer.shape):
                lines += ["_" * _WIDE] * (number > 0) + [f"{'':<20} {self._text(layer.shape)[:19]:<20}"]
            count = ("", "") if layer.params is None else (layer.params, layer.trained)
            lines.append(f"{layer.kind:<20} {'':<20} {count[0]:<10} {count[1]!s:<10}")
            before = layer.shape
        total = sum(layer.params or 0 for layer in layers)
        trained = sum(layer.params or 0 for layer in layers if layer.trained)
        lines += ["_" * _WIDE, "", f"Total params: {total:,}", f"Total trainable params: {trained:,}"]
        return "\n".join([*lines, f"Total non-trainable params: {total - trained:,}", "", ""])


def _layer(module: Any, given: Any, result: Any) -> _Layer:
    first = result[0] if isinstance(result, (tuple, list)) else result
    kept = bool(given) and getattr(given[0], "shape", None) == first.shape
    if not hasattr(module, "weight"):
        return _Layer(type(module).__name__, None, False, first.shape, kept)
    params = list(module.parameters())
    count = sum(param.numel() for param in params)
    return _Layer(type(module).__name__, count, bool(params) and params[0].requires_grad, first.shape, kept)
