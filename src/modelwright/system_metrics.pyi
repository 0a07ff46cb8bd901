"""Samples of CPU, memory, disk, network and GPU use (`mlflow.system_metrics`)."""
# Made by tools/stubs.py.

from modelwright.tracking.system import disable_system_metrics_logging as disable_system_metrics_logging
from modelwright.tracking.system import enable_system_metrics_logging as enable_system_metrics_logging
from modelwright.tracking.system import set_system_metrics_node_id as set_system_metrics_node_id
from modelwright.tracking.system import (
    set_system_metrics_samples_before_logging as set_system_metrics_samples_before_logging,
)
from modelwright.tracking.system import set_system_metrics_sampling_interval as set_system_metrics_sampling_interval
