"""MLflow's dotted module names and who answers them."""

from __future__ import annotations

from ..api import MODULES

VERSION = "2.16.2"  # the MLflow whose API, files and wire format we follow

NAMES = {
    "mlflow": "modelwright",
    **{f"mlflow.{name}": target for name, target in MODULES.items() if name != "*"},
    "mlflow.protos": "modelwright.compat.protos",
    "mlflow.protos.databricks_pb2": "modelwright.compat.protos",
    "mlflow.utils": "modelwright.compat.constants",
    "mlflow.utils.mlflow_tags": "modelwright.compat.constants",
    "mlflow.utils.validation": "modelwright.compat.constants",
    "mlflow.version": "modelwright.compat.names",
    # One file per class, as MLflow has them: people import from there too.
    **dict.fromkeys(
        [f"mlflow.entities.{name}" for name in (
            "dataset", "dataset_input", "experiment", "experiment_tag", "file_info", "input_tag", "lifecycle_stage",
            "logged_model", "metric", "param", "run", "run_data", "run_info", "run_inputs", "run_outputs",
            "run_status", "run_tag", "source_type", "view_type",
            "model_registry.model_version", "model_registry.model_version_tag", "model_registry.registered_model",
            "model_registry.registered_model_alias", "model_registry.registered_model_tag",
        )],
        "modelwright.api.entities",
    ),
    "mlflow.entities.model_registry.model_version_stages": "modelwright.compat.constants",
    "mlflow.deployments.base": "modelwright.deployments.base",
    "mlflow.deployments.interface": "modelwright.deployments.targets",
    "mlflow.deployments.utils": "modelwright.deployments.targets",
    "mlflow.environment_variables": "modelwright.compat.environment",
    "mlflow.keras.callback": "modelwright.autolog.keras_callbacks",
    "mlflow.models.utils": "modelwright.api.models",
    "mlflow.store": "modelwright.compat.constants",
    "mlflow.store.entities": "modelwright.tracking.entities",
    "mlflow.store.entities.paged_list": "modelwright.tracking.entities",
    "mlflow.store.tracking": "modelwright.compat.constants",
    "mlflow.tensorflow.callback": "modelwright.autolog.tensorflow",
    "mlflow.tracking.artifact_utils": "modelwright.compat.loggers",
    "mlflow.tracking.context": "modelwright.compat.loggers",
    "mlflow.tracking.context.registry": "modelwright.compat.loggers",
    "mlflow.tracking.default_experiment": "modelwright.compat.constants",
}  # fmt: skip
