"""The garbage collector, held off while this package makes objects that stay.

Each of Python's full collections walks every object of the process, all of pandas and its kin: a tenth of a second. How
many there are depends on how many objects appeared, so what we import would make the user's script wait for more.
"""

from __future__ import annotations

import gc


class Paused:
    """No automatic collection inside; one that was off already stays off. Threads may hold it at once.

    >>> with Paused():
    ...     gc.isenabled()
    False
    """

    __slots__ = ("_was",)

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was:
            gc.enable()
