"""A function as a PyTorch hook that does not travel with what it hangs on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any


class Hook:
    """Calls a function and gives nothing back, so that what PyTorch computes stays as it is.

    Copies of a module, such as the best one so far, and pickles of it hold something in its place that does nothing.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> None:
        self._function(*args)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _nothing

    def __reduce__(self) -> Any:
        return getattr, (nullcontext(), "__exit__")  # of the standard library: a pickle shall not need this package


_nothing = nullcontext().__exit__  # takes whatever it is given
