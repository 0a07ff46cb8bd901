"""Log, package, load and inspect models."""

from __future__ import annotations

from .api import MODULES
from .api.fluent import NAMES as _FLUENT
from .core import VERSION, lazy

__version__ = VERSION

# Public name → "module:attribute", imported when first used.
_SYSTEM = """
    disable_system_metrics_logging enable_system_metrics_logging set_system_metrics_node_id
    set_system_metrics_samples_before_logging set_system_metrics_sampling_interval
"""
_NAMES = {
    **_FLUENT,
    **{name: f"modelwright.tracking.system:{name}" for name in _SYSTEM.split()},
    "ActiveModel": "modelwright.tracking.measured:ActiveModel",
    "Image": "modelwright.tracking.images:Image",
    "MlflowClient": "modelwright.tracking.client:MlflowClient",
    "MlflowException": "modelwright.core.errors:Error",
    "autolog": "modelwright.api.autologging:autolog",
    "clear_active_model": "modelwright.tracking.measured:clear_active_model",
    "doctor": "modelwright.tracking.doctor:doctor",
    "get_active_model_id": "modelwright.tracking.measured:get_active_model_id",
    "install_as_mlflow": "modelwright.compat.alias:install",
    "register_model": "modelwright.tracking.register:register_model",
    "set_active_model": "modelwright.tracking.measured:set_active_model",
}

_ABSENT = "modelwright.core.absent:reason"
__getattr__, __dir__ = lazy.attach(__name__, {**_NAMES, **MODULES}, _ABSENT)
lazy.publish(__name__, MODULES, _NAMES, _ABSENT)
