"""Which of the processes that train together writes to the run: the first."""

from __future__ import annotations

import os
from typing import Any

from ...core.frameworks import require

# Variables by which launchers number their processes; a process may not have joined its group yet.
_VARIABLES = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")


def first_of(trainer: Any) -> bool:
    """Whether this process is the first of a Lightning Trainer's."""
    return bool(trainer.is_global_zero) and _launched_as() == "0"


def first() -> bool:
    """Whether this process is the first of its group, or alone."""
    distributed = require("pytorch", "torch.distributed")
    if distributed.is_available() and distributed.is_initialized():
        return bool(distributed.get_rank() == 0)
    return _launched_as() == "0"


def _launched_as() -> str:
    return next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "0")
