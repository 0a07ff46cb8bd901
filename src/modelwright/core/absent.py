"""What MLflow has and this package has not, and why."""

from __future__ import annotations

_GENAI = "traces, prompts and tools for language models are out of scope"
_FLAVOR = "this version has no such flavor"
_EVALUATION = "this version does not evaluate models"
_PROJECTS = "running projects and recipes is out of scope"
_SERVER = "this version has no tracking server"
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
        ["gluon",
         "johnsnowlabs", "shap"],
        _FLAVOR,
    ),
    **dict.fromkeys(
        ["evaluate", "metrics", "models.evaluate", "models.make_metric", "models.list_evaluators",
         "models.evaluation", "models.EvaluationArtifact", "models.EvaluationMetric", "models.EvaluationResult",
         "models.MetricThreshold", "validate_evaluation_results"],
        _EVALUATION,
    ),
    **dict.fromkeys(["projects", "recipes", "run"], _PROJECTS),
    "server": _SERVER,
    **dict.fromkeys(
        ["azure", "databricks", "login", "models.Resource", "models.ResourceType", "models.resources", "sagemaker",
         "deployments.DatabricksDeploymentClient", "deployments.DatabricksEndpoint", "models.add_libraries_to_model"],
        _DATABRICKS,
    ),
    **dict.fromkeys(["deployments.MlflowDeploymentClient", "deployments.OpenAIDeploymentClient"], _GENAI),
    **dict.fromkeys(["models.FlavorBackend", "models.container", "models.docker_utils", "pyfunc.scoring_server",
                     "store", "protos", "utils", "tracking", "environment_variables", "cli", "ml_package_versions"],
                    _INTERNAL),
}  # fmt: skip

# Flavors of MLflow 2.16 that it gave up itself, and what to do instead.
RETIRED = {
    "mleap": "the mleap flavor is retired: MLflow deprecated it in 2.6 and removed it in 3.0. Save the model with the "
    "spark flavor; to score it without Spark, convert it to ONNX and save it with the onnx flavor, or write and read "
    "bundles with the mleap package itself and log them with log_artifacts",
}


def refusal(name: str) -> str:
    """The message for a dotted name below `mlflow` that is not answered.

    >>> refusal("mlflow.tracing.export")
    'modelwright has no mlflow.tracing.export: traces, prompts and tools for language models are out of scope'
    """
    why = reason(name)
    return f"modelwright has no {name}" + (f": {why}" if why else "")


def reason(name: str) -> str:
    """Why there is no such name below `mlflow` or `modelwright`; "" where we know none.

    >>> reason("modelwright.evaluate"), reason("modelwright.evalute")
    ('this version does not evaluate models', '')
    """
    key = name.partition(".")[2].removeprefix("api.")  # public modules live there
    while key and key not in REASONS:
        key = key.rpartition(".")[0]
    return REASONS.get(key, "")
