"""Model directories: what a model is, how it is saved and loaded; the public `mlflow.models`."""
# Made by tools/stubs.py.

from modelwright.api import models as _model
from modelwright.api.images import build_docker as build_docker
from modelwright.api.models import ModelInputExample as ModelInputExample
from modelwright.api.models import convert_input_example_to_serving_input as convert_input_example_to_serving_input
from modelwright.api.models import get_model_info as get_model_info
from modelwright.api.models import get_model_requirements_files as get_model_requirements_files
from modelwright.api.models import infer_pip_requirements as infer_pip_requirements
from modelwright.api.models import set_signature as set_signature
from modelwright.api.models import update_model_requirements as update_model_requirements
from modelwright.api.scoring import predict as predict
from modelwright.api.scoring import validate_serving_input as validate_serving_input
from modelwright.models import signature as signature
from modelwright.models.enforce import validate_schema as validate_schema
from modelwright.models.mlmodel import Model as Model
from modelwright.models.mlmodel import ModelInfo as ModelInfo
from modelwright.models.python_model import ModelConfig as ModelConfig
from modelwright.models.python_model import set_model as set_model
from modelwright.models.signature import ModelSignature as ModelSignature
from modelwright.models.signature import infer_signature as infer_signature

model = _model
