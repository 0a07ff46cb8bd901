"""The gate: who may run code while a model loads.

Every loader says why it could run code (its hazards). A model without hazards always loads. One with hazards loads when
the policy allows where it came from, or the caller says so (`trust=True`) and the policy is not `none`:

    all      whatever it is; MLflow's behaviour, and the default once `modelwright` answers `import mlflow`
    store    what the configured tracking store or this user on this machine wrote; the default
    none     nothing that could run code, whatever the caller says: whoever runs the process decides, not the program
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from .errors import UntrustedModel
from .settings import TRUST

log = logging.getLogger(__name__)

WORD = "pass trust=True"  # how a program says that it trusts; the command line has an option instead
_fallback = "store"


def set_default(policy: str) -> None:
    """The policy where the environment names none."""
    global _fallback  # one word for the process, set by the alias
    _fallback = policy


def policy() -> str:
    """The policy in force: all, store or none.

    >>> policy() in ("all", "store", "none")
    True
    """
    return TRUST.get() if TRUST.given else _fallback


def allow(hazards: Sequence[str], *, root: str | Path, origin: str, trust: bool | None) -> None:
    """Return if the model under `root` may be loaded, else raise UntrustedModel naming every hazard.

    Args:
        hazards: Why loading may run code from the directory, one reason each; empty when it cannot.
        root: The model directory, for the message.
        origin: "store" when the tracking store or this user wrote it, else "stranger".
        trust: The caller's word: True allows unless the policy is `none`, False refuses any hazard, None leaves it to
            the policy.

    >>> allow([], root="m", origin="stranger", trust=False)
    >>> allow(["it is a pickle"], root="m", origin="stranger", trust=False)
    Traceback (most recent call last):
    ...
    modelwright.core.errors.UntrustedModel: Loading 'm' may run code from it, and trust=False was given: it is a pickle
    """
    if not hazards:
        return
    reasons, rule = "; ".join(hazards), policy()
    begun = f"Loading '{root}' may run code from it, and"
    if trust is False:
        raise UntrustedModel(f"{begun} trust=False was given: {reasons}")
    if rule == "none":
        raise UntrustedModel(
            f"{begun} the policy is MODELWRIGHT_TRUST=none, which trust=True cannot lift: {reasons}. "
            f"See what is inside with `modelwright models inspect {root}`; set MODELWRIGHT_TRUST=store to load it"
        )
    if trust or rule == "all" or origin == "store":
        log.debug("trust: %s loads under policy %r from %r, trust=%s: %s", root, rule, origin, trust, reasons)
        return
    raise UntrustedModel(
        f"{begun} neither the configured tracking store nor you on this machine wrote it: {reasons}. "
        f"See what is inside with `modelwright models inspect {root}`; {WORD} if you trust whoever made it"
    )
