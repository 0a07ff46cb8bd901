"""Names of metrics as a run can hold them."""

from __future__ import annotations

import re

_REFUSED = re.compile(r"[^\w.\-/ ]")


def metric_key(*parts: str) -> str:
    """The parts joined by hyphens; what MLflow refuses in a name becomes an underscore, and "@" becomes "_at_".

    >>> metric_key("valid_0", "ndcg@3"), metric_key("learn", "F:beta=0.5;class=0")
    ('valid_0-ndcg_at_3', 'learn-F_beta_0.5_class_0')
    """
    return _REFUSED.sub("_", "-".join(parts).replace("@", "_at_"))
