"""Where and how to log (`mlflow.config`)."""
# Made by tools/stubs.py.

from modelwright.api.config import enable_async_logging as enable_async_logging
from modelwright.api.fluent_stores import get_registry_uri as get_registry_uri
from modelwright.api.fluent_stores import get_tracking_uri as get_tracking_uri
from modelwright.api.fluent_stores import is_tracking_uri_set as is_tracking_uri_set
from modelwright.api.fluent_stores import set_registry_uri as set_registry_uri
from modelwright.api.fluent_stores import set_tracking_uri as set_tracking_uri
from modelwright.tracking.system import disable_system_metrics_logging as disable_system_metrics_logging
from modelwright.tracking.system import enable_system_metrics_logging as enable_system_metrics_logging
from modelwright.tracking.system import set_system_metrics_node_id as set_system_metrics_node_id
from modelwright.tracking.system import (
    set_system_metrics_samples_before_logging as set_system_metrics_samples_before_logging,
)
from modelwright.tracking.system import set_system_metrics_sampling_interval as set_system_metrics_sampling_interval
