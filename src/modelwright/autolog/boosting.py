"""What the libraries of boosted trees record alike."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from . import plots
from .integration import Session

_REFUSED = re.compile(r"[^\w.\-/ ]")


def metric_key(*parts: str) -> str:
    """The parts joined by hyphens; what MLflow refuses in a name becomes an underscore, and "@" becomes "_at_".

    >>> metric_key("valid_0", "ndcg@3"), metric_key("learn", "F:beta=0.5;class=0")
    ('valid_0-ndcg_at_3', 'learn-F_beta_0.5_class_0')
    """
    return _REFUSED.sub("_", "-".join(parts).replace("@", "_at_"))


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that somebody chose: those left at None say nothing.

    >>> without_none({"max_depth": 3, "gamma": None})
    {'max_depth': 3}
    """
    return {name: value for name, value in values.items() if value is not None}


def importance(kind: str, scores: Mapping[str, float], session: Session) -> None:
    """Each feature's importance, as a file and as a chart."""
    session.artifact(f"feature_importance_{kind}.json", json.dumps(scores, indent=2))
    session.artifact(f"feature_importance_{kind}.png", plots.bars(f"Feature importance ({kind})", scores))
