"""Errors under MLflow's names and ours (`mlflow.exceptions`)."""
# Made by tools/stubs.py.

from modelwright.api.exceptions import AlreadyExists as AlreadyExists
from modelwright.api.exceptions import BrokenModel as BrokenModel
from modelwright.api.exceptions import CorruptModel as CorruptModel
from modelwright.api.exceptions import Error as Error
from modelwright.api.exceptions import ExecutionException as ExecutionException
from modelwright.api.exceptions import InvalidArgument as InvalidArgument
from modelwright.api.exceptions import InvalidUrlException as InvalidUrlException
from modelwright.api.exceptions import MissingConfigException as MissingConfigException
from modelwright.api.exceptions import MissingDependency as MissingDependency
from modelwright.api.exceptions import MlflowException as MlflowException
from modelwright.api.exceptions import NotFound as NotFound
from modelwright.api.exceptions import RestError as RestError
from modelwright.api.exceptions import RestException as RestException
from modelwright.api.exceptions import SchemaMismatch as SchemaMismatch
from modelwright.api.exceptions import Unavailable as Unavailable
from modelwright.api.exceptions import UntrustedModel as UntrustedModel
from modelwright.api.exceptions import WrongState as WrongState
from modelwright.api.exceptions import get_error_code as get_error_code
