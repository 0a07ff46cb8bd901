"""Values of a training since its last epoch: their means, and the newest of each."""

from __future__ import annotations

from typing import Any


class Averages:
    """Sums of numbers and of tensors; a tensor stays on its device until it is asked for.

    >>> seen = Averages()
    >>> seen.add("loss", 3.0), seen.add("loss", 1.0), seen.put("learning_rate", 0.1)
    (None, None, None)
    >>> seen.latest(), seen.latest()
    ({'loss': 1.0}, {})
    >>> seen.epoch(), seen.epoch()
    ({'loss': 2.0, 'learning_rate': 0.1}, {})
    """

    def __init__(self) -> None:
        self._sums: dict[str, tuple[Any, int]] = {}
        self._latest: dict[str, Any] = {}

    @property
    def pending(self) -> bool:
        """Whether there is anything that no epoch has told yet."""
        return bool(self._sums)

    def add(self, name: str, value: Any, *, of_step: bool = True) -> None:
        """One more value, for the mean; `of_step` if it belongs to the curve of steps too."""
        value = _scalar(value)
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = (total + value, count + 1)
        if of_step:
            self._latest[name] = value

    def put(self, name: str, value: Any, *, of_step: bool = False) -> None:
        """A value that takes the place of earlier ones."""
        self._sums.pop(name, None)
        self.add(name, value, of_step=of_step)

    def latest(self) -> dict[str, float]:
        """The newest values since this was asked last."""
        found, self._latest = self._latest, {}
        return {name: float(value) for name, value in found.items()}

    def epoch(self) -> dict[str, float]:
        """The means; the next epoch begins."""
        found, self._sums, self._latest = self._sums, {}, {}
        return {name: float(total) / count for name, (total, count) in found.items()}


def _scalar(value: Any) -> Any:
    """A number, or a tensor of one number that needs no graph; the mean of a tensor of several."""
    if not hasattr(value, "detach"):
        return float(value)
    value = value.detach().float()
    return value if value.ndim == 0 else value.mean()
