"""Samples of CPU, memory, disk, network and GPU use (`mlflow.system_metrics`)."""

from __future__ import annotations

from ..core import lazy

_NAMES = (
    "enable_system_metrics_logging", "disable_system_metrics_logging", "set_system_metrics_sampling_interval",
    "set_system_metrics_samples_before_logging", "set_system_metrics_node_id",
)  # fmt: skip
NAMES = {name: f"modelwright.tracking.system:{name}" for name in _NAMES}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
