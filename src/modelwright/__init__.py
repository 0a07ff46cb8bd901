"""Log, package, load and serve models."""

from __future__ import annotations

from .api import MODULES
from .core import lazy

__version__ = "0.1.0"

# Public name → "module:attribute", imported when first used. Lists of names share a module.
_FLUENT = """
    create_experiment delete_experiment delete_experiment_tag delete_run delete_tag end_run flush_artifact_async_logging
    flush_async_logging get_artifact_uri get_experiment get_experiment_by_name get_parent_run get_registry_uri get_run
    get_tracking_uri is_tracking_uri_set last_active_run load_table log_artifact log_artifacts log_dict log_figure
    log_image log_input log_inputs log_metric log_metrics log_outputs log_param log_params log_table log_text
    restore_experiment restore_run search_experiments search_runs set_experiment set_experiment_tag set_experiment_tags
    set_registry_uri set_tag set_tags set_tracking_uri start_run
"""
_MODELS = """
    create_external_model delete_logged_model_tag finalize_logged_model get_logged_model initialize_logged_model
    last_logged_model log_model_params search_logged_models search_model_versions search_registered_models
    set_logged_model_tags set_model_version_tag
"""
_SYSTEM = """
    disable_system_metrics_logging enable_system_metrics_logging set_system_metrics_node_id
    set_system_metrics_samples_before_logging set_system_metrics_sampling_interval
"""
_NAMES = {
    **{name: f"modelwright.api.fluent:{name}" for name in _FLUENT.split()},
    **{name: f"modelwright.api.fluent_models:{name}" for name in _MODELS.split()},
    **{name: f"modelwright.tracking.system:{name}" for name in _SYSTEM.split()},
    "ActiveModel": "modelwright.tracking.measured:ActiveModel",
    "ActiveRun": "modelwright.tracking.active:ActiveRun",
    "Image": "modelwright.tracking.images:Image",
    "MlflowClient": "modelwright.tracking.client:MlflowClient",
    "MlflowException": "modelwright.core.errors:Error",
    "active_run": "modelwright.tracking.active:active_run",
    "autolog": "modelwright.api.autologging:autolog",
    "clear_active_model": "modelwright.tracking.measured:clear_active_model",
    "doctor": "modelwright.tracking.doctor:doctor",
    "get_active_model_id": "modelwright.tracking.measured:get_active_model_id",
    "install_as_mlflow": "modelwright.compat.alias:install",
    "register_model": "modelwright.tracking.register:register_model",
    "set_active_model": "modelwright.tracking.measured:set_active_model",
}

__getattr__, __dir__ = lazy.attach(__name__, {**_NAMES, **MODULES})
lazy.publish(__name__, MODULES, _NAMES)
