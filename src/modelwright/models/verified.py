"""What loading a model back found, when it was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verified:
    """The answer of `verify.verify`; `Model.verified` holds it in memory."""

    ok: bool
    reason: str | None = None  # why it cannot be loaded, or cannot predict its own example
    skipped: str | None = None  # why nobody looked
    note: str | None = None  # it loads here, but needs something it does not carry
