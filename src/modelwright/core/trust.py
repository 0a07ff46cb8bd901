"""The gate: who may run code while a model loads.

Every loader says why it could run code (its hazards). A model without hazards always loads. One with hazards loads when
the caller says so (`trust=True`), or when the policy allows where it came from:

    all      whatever it is; MLflow's behaviour, and the default once `modelwright` answers `import mlflow`
    store    what the configured tracking store or this user on this machine wrote; the default
    none     nothing that could run code
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from .errors import UntrustedModel
from .settings import TRUST

log = logging.getLogger(__name__)

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
        trust: The caller's word: True allows, False refuses any hazard, None leaves it to the policy.

    >>> allow([], root="m", origin="stranger", trust=False)
    >>> allow(["it is a pickle"], root="m", origin="stranger", trust=False)
    Traceback (most recent call last):
    ...
    modelwright.core.errors.UntrustedModel: Loading 'm' may run code from it, and trust=False was given: it is a pickle
    """
    if not hazards or trust:
        if hazards:
            log.debug("trust: %s loads by the caller's word: %s", root, "; ".join(hazards))
        return
    reasons = "; ".join(hazards)
    if trust is False:
        raise UntrustedModel(f"Loading '{root}' may run code from it, and trust=False was given: {reasons}")
    rule = policy()
    if rule == "all" or (rule == "store" and origin == "store"):
        log.debug("trust: %s loads under policy %r from %r: %s", root, rule, origin, reasons)
        return
    whose = "the policy is MODELWRIGHT_TRUST=none"
    if rule == "store":
        whose = "neither the configured tracking store nor you on this machine wrote it"
    raise UntrustedModel(
        f"Loading '{root}' may run code from it, and {whose}: {reasons}. "
        f"See what is inside with `modelwright models inspect {root}`; pass trust=True if you trust whoever made it"
    )
