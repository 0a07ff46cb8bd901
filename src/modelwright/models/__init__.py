"""Model directories: what a model is, how it is saved and loaded; the public `mlflow.models`.

The names that need a store or a run are answered by a higher layer, through the table of strings.
"""

from __future__ import annotations

from ..core import lazy

NAMES = {
    "Model": "modelwright.models.mlmodel:Model",
    "ModelInfo": "modelwright.models.mlmodel:ModelInfo",
    "ModelSignature": "modelwright.models.signature:ModelSignature",
    "infer_signature": "modelwright.models.signature:infer_signature",
    "validate_schema": "modelwright.models.enforce:validate_schema",
    "ModelConfig": "modelwright.models.python_model:ModelConfig",
    "ModelInputExample": "modelwright.api.models:ModelInputExample",
    "build_docker": "modelwright.api.images:build_docker",
    "convert_input_example_to_serving_input": "modelwright.api.models:convert_input_example_to_serving_input",
    "get_model_info": "modelwright.api.models:get_model_info",
    "get_model_requirements_files": "modelwright.api.models:get_model_requirements_files",
    "infer_pip_requirements": "modelwright.api.models:infer_pip_requirements",
    "predict": "modelwright.api.scoring:predict",
    "set_model": "modelwright.models.python_model:set_model",
    "set_signature": "modelwright.api.models:set_signature",
    "update_model_requirements": "modelwright.api.models:update_model_requirements",
    "validate_serving_input": "modelwright.api.scoring:validate_serving_input",
    "model": "modelwright.api.models",
    "signature": "modelwright.models.signature",
}

__getattr__, __dir__ = lazy.attach(__name__, NAMES, "modelwright.core.absent:reason")
