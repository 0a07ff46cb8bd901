"""Every exception this package raises.

Error                        base; carries `error_code`, the wire name, and `status`, the HTTP status
  InvalidArgument            the caller passed something we cannot use
    SchemaMismatch           data does not fit a model's signature
  NotFound                   no such run, model, version or file
    MissingFile              no such file: also the FileNotFoundError that code written for MLflow expects
  AlreadyExists              the name is taken
  WrongState                 the thing exists but not in the state the call needs (a deleted run, a full directory)
  CorruptModel               a model directory is incomplete, altered or not readable as one
  BrokenModel                a model was written but cannot be loaded back
  BrokenEnvironment          the environment a model records cannot be built
  MissingDependency          an optional package is not installed
  UntrustedModel             loading would execute code nobody allowed
  Unavailable                a store cannot be reached or is busy
  RestError                  a server's error, for code that catches it; no store of this version is a server
"""

from __future__ import annotations

import json

# MLflow's protobuf enum, by number: user code passes these as `error_code=`.
CODES = {
    1: "INTERNAL_ERROR",
    2: "TEMPORARILY_UNAVAILABLE",
    3: "IO_ERROR",
    4: "BAD_REQUEST",
    500: "CANCELLED",
    501: "RESOURCE_EXHAUSTED",
    1000: "INVALID_PARAMETER_VALUE",
    1001: "ENDPOINT_NOT_FOUND",
    1002: "MALFORMED_REQUEST",
    1003: "INVALID_STATE",
    1004: "PERMISSION_DENIED",
    1005: "FEATURE_DISABLED",
    1006: "CUSTOMER_UNAUTHORIZED",
    1007: "REQUEST_LIMIT_EXCEEDED",
    3001: "RESOURCE_ALREADY_EXISTS",
    3002: "RESOURCE_DOES_NOT_EXIST",
}
_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "MALFORMED_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "CUSTOMER_UNAUTHORIZED": 401,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "NOT_FOUND": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


class Error(Exception):
    """Anything this package refuses to do or could not do; `mlflow.exceptions.MlflowException` under the alias.

    Args:
        message: What was given, what was expected, what to do.
        error_code: The wire name ("INVALID_PARAMETER_VALUE") or MLflow's number for it; each subclass has its own.
        **kwargs: Further fields of the JSON form.

    >>> Error("no", error_code=1000).get_http_status_code()
    400
    """

    code = "INTERNAL_ERROR"

    def __init__(self, message: object = "", error_code: int | str | None = None, **kwargs: object) -> None:
        self.message = str(message)
        self.error_code = CODES.get(error_code, self.code) if isinstance(error_code, int) else error_code or self.code
        self.json_kwargs = kwargs
        super().__init__(self.message)

    @property
    def status(self) -> int:
        return _STATUS.get(self.error_code, 500)

    def get_http_status_code(self) -> int:
        return self.status

    def serialize_as_json(self) -> str:
        return json.dumps({"error_code": self.error_code, "message": self.message, **self.json_kwargs})

    @classmethod
    def invalid_parameter_value(cls, message: str, **kwargs: object) -> Error:
        return InvalidArgument(message, None, **kwargs)


class InvalidArgument(Error, ValueError):
    code = "INVALID_PARAMETER_VALUE"


class SchemaMismatch(InvalidArgument):
    """Carries `problems`: one line for each column, tensor or param that does not fit."""

    def __init__(
        self,
        message: object = "",
        problems: tuple[str, ...] = (),
        error_code: int | str | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(message, error_code, **kwargs)
        self.problems = problems


class NotFound(Error, LookupError):
    code = "RESOURCE_DOES_NOT_EXIST"


class MissingFile(NotFound, FileNotFoundError):
    pass


class AlreadyExists(Error):
    code = "RESOURCE_ALREADY_EXISTS"


class WrongState(Error):
    code = "INVALID_PARAMETER_VALUE"


class CorruptModel(Error):
    code = "INVALID_STATE"


class BrokenModel(Error):
    code = "INVALID_STATE"


class BrokenEnvironment(Error):
    code = "INVALID_STATE"


class MissingDependency(Error, ImportError):
    code = "INVALID_PARAMETER_VALUE"


class UntrustedModel(Error):
    code = "PERMISSION_DENIED"


class Unavailable(Error):
    code = "TEMPORARILY_UNAVAILABLE"


class RestError(Error):
    code = "INTERNAL_ERROR"
