"""The decision whether loading a model may run code, taken once for all processes that will load it."""

from __future__ import annotations

from pathlib import Path

from ..core.trust import policy
from ..models import load, manifest


def trusted(root: str | Path, *, origin: str, trust: bool | None) -> bool:
    """What the other processes pass as `trust=`: they would judge by a policy and a key of their own.

    Args:
        root: The model directory.
        origin: "store" when the configured tracking store holds it, else "stranger".
        trust: The caller's word, or None.

    Raises:
        UntrustedModel: Loading would run code that nobody allowed.
    """
    load.admit(root, origin=origin, trust=trust)
    if trust is False or policy() == "none":
        return False  # let through because it cannot run code, or by the copy that cannot
    if trust or policy() == "all" or origin == "store":
        return True
    written = manifest.read(Path(root))
    return written is not None and written.sealed
