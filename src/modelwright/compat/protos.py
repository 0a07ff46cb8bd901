"""`mlflow.protos.databricks_pb2`: the error codes that user code passes as `error_code=`."""

from __future__ import annotations

from ..core.errors import CODES

globals().update({name: number for number, name in CODES.items()})


class ErrorCode:
    """The two questions asked of MLflow's protobuf enum.

    >>> ErrorCode.Name(1000), ErrorCode.Value("RESOURCE_DOES_NOT_EXIST")
    ('INVALID_PARAMETER_VALUE', 3002)
    """

    @staticmethod
    def Name(number: int) -> str:  # noqa: N802 - protobuf's spelling
        return CODES[number]

    @staticmethod
    def Value(name: str) -> int:  # noqa: N802 - protobuf's spelling
        return {text: number for number, text in CODES.items()}[name]

    @staticmethod
    def keys() -> list[str]:
        return list(CODES.values())
