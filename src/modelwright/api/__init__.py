"""What users call. This file holds only the table of public modules, so that importing it costs nothing.

A key is the name after `modelwright.` (and after `mlflow.` under the alias); a value is the module that answers.
The flavors (`modelwright.sklearn`, `modelwright.xgboost` …) are not listed: "*" asks for them.
"""

from __future__ import annotations

MODULES = {
    "artifacts": "modelwright.api.artifacts",
    "batch": "modelwright.batch",
    "client": "modelwright.api.client",
    "config": "modelwright.api.config",
    "data": "modelwright.api.data",
    "data.dataset": "modelwright.api.data",
    "data.dataset_source": "modelwright.api.data",
    "data.numpy_dataset": "modelwright.api.data",
    "data.delta_dataset_source": "modelwright.api.data",
    "data.pandas_dataset": "modelwright.api.data",
    "data.spark_dataset": "modelwright.api.data",
    "data.spark_dataset_source": "modelwright.api.data",
    "data.tensorflow_dataset": "modelwright.api.data",
    "deployments": "modelwright.deployments",
    "entities": "modelwright.api.entities",
    "entities.model_registry": "modelwright.api.entities",
    "exceptions": "modelwright.api.exceptions",
    "mleap": "modelwright.api.mleap",
    "models": "modelwright.models",
    "models.model": "modelwright.api.models",
    "models.model_config": "modelwright.models.python_model",
    "models.signature": "modelwright.models.signature",
    "pyfunc": "modelwright.api.pyfunc",
    "pyfunc.context": "modelwright.api.pyfunc",
    "pyfunc.model": "modelwright.models.python_model",
    "pyspark": "modelwright.api.pyspark",
    "pyspark.ml": "modelwright.api.pyspark_ml",
    "pytorch.pickle_module": "modelwright.flavors.pytorch.pickle_module",
    "system_metrics": "modelwright.api.system_metrics",
    "tracking": "modelwright.tracking",
    "tracking.client": "modelwright.tracking.client",
    "tracking.fluent": "modelwright.api.fluent",
    "types": "modelwright.api.types",
    "types.schema": "modelwright.models.schema",
    "types.utils": "modelwright.api.types",
    "version": "modelwright.api.version",
    "*": "modelwright.api.modules",
}
