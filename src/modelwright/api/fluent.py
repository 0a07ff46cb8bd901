"""The functions at the top of the package, and the module each is in; also the public `mlflow.tracking.fluent`."""

from __future__ import annotations

from ..core import lazy

_PLACES = {
    "stores": """
        get_registry_uri get_tracking_uri is_tracking_uri_set set_registry_uri set_tracking_uri
    """,
    "runs": """
        delete_run end_run get_parent_run get_run last_active_run restore_run search_runs start_run
    """,
    "experiments": """
        create_experiment delete_experiment delete_experiment_tag get_experiment get_experiment_by_name
        restore_experiment search_experiments set_experiment set_experiment_tag set_experiment_tags
    """,
    "logging": """
        delete_tag flush_artifact_async_logging flush_async_logging log_input log_inputs log_metric log_metrics
        log_outputs log_param log_params set_tag set_tags
    """,
    "artifacts": """
        get_artifact_uri load_table log_artifact log_artifacts log_dict log_figure log_image log_table log_text
    """,
    "models": """
        create_external_model delete_logged_model_tag finalize_logged_model get_logged_model initialize_logged_model
        last_logged_model log_model_params search_logged_models search_model_versions search_registered_models
        set_logged_model_tags set_model_version_tag
    """,
}
NAMES = {name: f"modelwright.api.fluent_{place}:{name}" for place, names in _PLACES.items() for name in names.split()}
NAMES |= {name: f"modelwright.tracking.active:{name}" for name in ("ActiveRun", "active_run")}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
