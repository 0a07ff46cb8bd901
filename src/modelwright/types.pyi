"""Types of a signature (`mlflow.types`)."""
# Made by tools/stubs.py.

from modelwright.models import schema as schema
from modelwright.models.schema import ColSpec as ColSpec
from modelwright.models.schema import DataType as DataType
from modelwright.models.schema import ParamSchema as ParamSchema
from modelwright.models.schema import ParamSpec as ParamSpec
from modelwright.models.schema import Schema as Schema
from modelwright.models.schema import TensorSpec as TensorSpec
