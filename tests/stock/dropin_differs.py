"""The facts that are deliberately not stock MLflow 2.16's, by script, each with the reason."""

from __future__ import annotations

_MORE = "2.16 refuses this; ours takes it"
_EARLY = "a mistake that 2.16 lets pass, and that shows up later, is refused at once"
_BETTER_ERROR = "stock's own error is an accident (a KeyError, a TypeError, a database's message)"
_AS_GIVEN = "dicts, lists and texts reach a PythonModel as they are"
_TAGGED = "every run that autolog wrote to says so in the tag, not only those that it began"
_NO_NONES = "parameters left at None are not logged"
_FOLDS = "the fits inside a cross-validation are not the user's fit"
_SCORES = "metric functions imported before autolog() are recorded too"
_INTERNAL = "no public name"


def _each(labels: str, reason: str) -> dict[str, str]:
    return dict.fromkeys((label.strip() for label in labels.split(";")), reason)


DIFFERS: dict[str, dict[str, str]] = {
    "artifacts": {
        **_each("log_image step; log_image keyed", "the pending write is given back, as by log_metric"),
        **_each("read no dict; load_table bad column", _BETTER_ERROR),
        "list climbing": "a path that leads out of the run is refused",
    },
    "autolog_sklearn": {
        **_each("pipeline: metrics; pipeline: metric values; metric info", _SCORES),
        **_each(
            "pipeline: tags; pipeline: autologging; grid: tags; grid: autologging; random: tags; random: autologging; "
            "kmeans: tags; kmeans: autologging; two fits: tags; two fits: autologging; no models: tags; "
            "no models: autologging",
            _TAGGED,
        ),
        **_each(
            "cross_val: params; cross_val: metrics; cross_val: metric values; cross_val: tags; cross_val: estimator; "
            "cross_val: files; cross_val: model files; cross_val: inputs",
            _FOLDS,
        ),
        "signature": "a model has the signature it has when it is logged by hand",
    },
    "autolog_xgboost": {
        **_each(
            "train: params; implicit: params; classifier: params; regressor: params; registered: params; "
            "manual: params",
            _NO_NONES,
        ),
        **_each("train: tags; classifier: tags; regressor: tags; registered: tags; manual: tags", _TAGGED),
        "manual: inputs": "the same data is one input, not two",
    },
    "code_models": {"wrong set_model": "a model that cannot be loaded is reported: an error with verify=True"},
    "datasets": _each("from_huggingface", "this version has no such data sets"),
    "experiments": {
        "serialized": "the message is ours",
        "delete tag": "3.x has it",
        "rename to existing": _BETTER_ERROR,
        "set deleted": "a deleted experiment's name can be used again",
        "delete twice": "the error says that it is deleted, not that it never was",
    },
    "imports": {
        "mlflow.types.schema.AnyType": "3.x has it",
        **_each(
            "import mlflow.keras; mlflow.keras.log_model; import mlflow.tensorflow; mlflow.tensorflow.log_model",
            "stock needs the framework for it",
        ),
        **_each(
            "import mlflow.entities.model_registry.model_version_status; "
            "mlflow.entities.model_registry.model_version_status.ModelVersionStatus; mlflow.models.flavor_backend; "
            "mlflow.pyfunc.model.get_default_conda_env; mlflow.pyfunc.model.get_default_pip_requirements; "
            "mlflow.pyfunc.context.Context; mlflow.pyfunc.context.set_prediction_context; "
            "import mlflow.sklearn.utils; mlflow.sklearn.utils._get_estimator_info_tags; "
            "mlflow.types.utils.clean_tensor_type; mlflow.data.http_dataset_source; "
            "import mlflow.data.http_dataset_source; mlflow.data.http_dataset_source.HTTPDatasetSource; "
            "import mlflow.data.filesystem_dataset_source; "
            "mlflow.data.filesystem_dataset_source.FileSystemDatasetSource; import mlflow.data.code_dataset_source; "
            "mlflow.data.code_dataset_source.CodeDatasetSource; import mlflow.data.sources; "
            "mlflow.data.sources.LocalArtifactDatasetSource; import mlflow.data.meta_dataset; "
            "mlflow.data.meta_dataset.MetaDataset; import mlflow.data.dataset_source_registry; "
            "mlflow.data.dataset_source_registry.resolve_dataset_source",
            _INTERNAL,
        ),
    },
    "python_models": {
        **_each("instead of instance class; params ['e']", _EARLY),
        **_each("lambda two; predict_stream; example series; example predict series; example info series", _MORE),
        "params ['x']": "3.x has params of objects",
        **_each(
            "function; art; art params; art bad params; art2; example predict list; example predict text; "
            "example predict dict; example predict records",
            _AS_GIVEN,
        ),
        **_each("example frame; example array; example list; example text; example dict; example records",
                "3.x has PyFuncModel.input_example"),
    },
    "registry": {
        **_each("create slash; search", "'/' and ':' cannot stand in a model URI; 3.x refuses them too"),
        **_each("by unknown alias; load models:/const@zzz", "what is not there is RESOURCE_DOES_NOT_EXIST"),
        **_each("versions stage; rename", _MORE),
        "register missing path": _EARLY,
        "fields": "3.x has model_id",
    },
    "searching": {
        "empty": "times keep their type in an empty frame",
        "filter metrics.loss < 0.3 AND": _EARLY,
        **_each(
            "filter params.depth = 3; filter params.kind IN ('tree'); filter metrics.loss IN (0.5); "
            "filter metrics.loss == 0.5; filter metrics.loss <> 0.5; filter params.kind IS NULL; "
            "filter params.rare IS NOT NULL; filter status IN ('FINISHED', 'RUNNING'); "
            "filter run_name IN ('run-1', 'run-5')",
            _MORE,
        ),
        "filter    ": _MORE,
    },
    "settings": {
        "set path": "addresses are given back as they were given",
        "set relative": "every store has its default experiment from the start",
    },
    "signatures": {"Map": "only the text of repr differs"},
    "sklearn_models": {
        **_each("load keyword; copied; predict list", _MORE),
        "formats": "skops is a format too",
        "bad predict_fn": _EARLY,
        "repr": "the order of the lines",
        "load None": _BETTER_ERROR,
    },
    "tracking_basics": {
        **_each("log_param int key; get None", _BETTER_ERROR),
        "resume bad id": "there is no such run, whatever its id looks like",
        "run dict": "3.x has outputs",
        "batch metrics": "infinities are read back as they were",
    },
    "xgboost_models": {"bad format": _EARLY, "not a model": _BETTER_ERROR},
}  # fmt: skip
