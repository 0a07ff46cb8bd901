"""Errors under MLflow's names and ours (`mlflow.exceptions`)."""

from __future__ import annotations

from ..core.errors import (
    AlreadyExists,
    BrokenModel,
    CorruptModel,
    Error,
    InvalidArgument,
    MissingDependency,
    NotFound,
    RestError,
    SchemaMismatch,
    Unavailable,
    UntrustedModel,
    WrongState,
)

MlflowException = Error
RestException = RestError


class ExecutionException(Error):
    """A project could not be run; for code that catches it."""


class MissingConfigException(Error):
    """A configuration file is missing; for code that catches it."""


class InvalidUrlException(Error):
    """An address could not be used; for code that catches it."""


def get_error_code(http_status: int) -> int:
    """MLflow's number for the error that an HTTP status stands for; 1, INTERNAL_ERROR, where there is none.

    >>> get_error_code(404)
    1001
    """
    return _CODES_OF.get(http_status, 1)


_CODES_OF = {400: 4, 401: 1006, 403: 1004, 404: 1001, 429: 501, 499: 500, 503: 2}

__all__ = [
    "MlflowException", "RestException", "ExecutionException", "MissingConfigException", "InvalidUrlException",
    "get_error_code", "AlreadyExists", "BrokenModel", "CorruptModel", "Error", "InvalidArgument", "MissingDependency",
    "NotFound", "RestError", "SchemaMismatch", "Unavailable", "UntrustedModel", "WrongState",
]  # fmt: skip
