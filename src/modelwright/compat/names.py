"""MLflow's dotted module names and who answers them, and why the rest is not answered."""

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
    "mlflow.environment_variables": "modelwright.compat.environment",
    "mlflow.models.utils": "modelwright.api.models",
    "mlflow.store": "modelwright.compat.constants",
    "mlflow.store.entities": "modelwright.tracking.entities",
    "mlflow.store.entities.paged_list": "modelwright.tracking.entities",
    "mlflow.store.tracking": "modelwright.compat.constants",
    "mlflow.tracking.artifact_utils": "modelwright.compat.loggers",
    "mlflow.tracking.context": "modelwright.compat.loggers",
    "mlflow.tracking.context.registry": "modelwright.compat.loggers",
    "mlflow.tracking.default_experiment": "modelwright.compat.constants",
}  # fmt: skip

_GENAI = "traces, prompts and tools for language models are out of scope"
_FLAVOR = "this version has no such flavor"
_EVALUATION = "this version does not evaluate models"
_PROJECTS = "running projects and recipes is out of scope"
_SERVING = "this version does not serve or deploy models"
_DATABRICKS = "services of one vendor are out of scope"
_INTERNAL = "MLflow's internals have no counterpart here"

REASONS = {
    **dict.fromkeys(
        ["add_trace", "trace", "start_span", "get_trace", "search_traces", "get_current_active_span", "tracing",
         "get_last_active_trace", "flush_trace_async_logging", "delete_traces", "genai", "gateway", "llm", "prompt",
         "langchain", "openai", "llama_index", "anthropic", "dspy", "litellm", "promptflow", "types.llm",
         "pyfunc.ChatModel", "models.set_retriever_schema"],
        _GENAI,
    ),
    **dict.fromkeys(
        ["lightgbm", "catboost", "pytorch", "tensorflow", "keras", "onnx", "statsmodels", "prophet", "pmdarima",
         "spacy", "spark", "pyspark", "transformers", "sentence_transformers", "h2o", "fastai", "paddle", "gluon",
         "mleap", "diviner", "johnsnowlabs", "shap"],
        _FLAVOR,
    ),
    **dict.fromkeys(
        ["evaluate", "metrics", "models.evaluate", "models.make_metric", "models.list_evaluators",
         "models.evaluation", "models.EvaluationArtifact", "models.EvaluationMetric", "models.EvaluationResult",
         "models.MetricThreshold", "validate_evaluation_results"],
        _EVALUATION,
    ),
    **dict.fromkeys(["projects", "recipes", "run"], _PROJECTS),
    **dict.fromkeys(
        ["deployments", "sagemaker", "server", "models.build_docker", "models.docker_utils", "models.FlavorBackend",
         "pyfunc.scoring_server", "pyfunc.spark_udf", "models.container",
         "models.add_libraries_to_model"],
        _SERVING,
    ),
    **dict.fromkeys(
        ["azure", "databricks", "login", "models.Resource", "models.ResourceType", "models.resources"], _DATABRICKS
    ),
    **dict.fromkeys(["store", "protos", "utils", "tracking", "environment_variables", "cli", "ml_package_versions"],
                    _INTERNAL),
}  # fmt: skip


def refusal(name: str) -> str:
    """Why `mlflow.…` is not answered.

    >>> refusal("mlflow.tracing.export")
    'modelwright has no mlflow.tracing.export: traces, prompts and tools for language models are out of scope'
    """
    key = name.partition(".")[2]
    while key:
        if key in REASONS:
            return f"modelwright has no {name}: {REASONS[key]}"
        key = key.rpartition(".")[0]
    return f"modelwright has no {name}"
