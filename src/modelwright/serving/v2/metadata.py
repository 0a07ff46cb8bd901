"""What the Open Inference Protocol tells of a model: the tensors it takes and gives, as far as its signature says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...models.datatypes import Array, DataType
from ...models.schema import Schema
from ..documents import v2_schemas
from ..endpoint import Endpoint
from . import answers as v2_answers


def of(endpoint: Endpoint) -> dict[str, Any]:
    """The answer to a question about a model."""
    signature = endpoint.signature
    flavors = [name for name in endpoint.meta.flavors if name != "python_function"]
    return {
        "name": endpoint.name,
        "versions": [endpoint.version] if endpoint.version else [],
        "platform": f"{flavors[0] if flavors else 'python_function'}_mlflow",
        "inputs": list(specs(signature.inputs if signature else None, v2_schemas.UNNAMED)),
        "outputs": list(specs(signature.outputs if signature else None, v2_answers.UNNAMED)),
    }


def specs(schema: Schema | None, unnamed: str) -> Iterable[dict[str, Any]]:
    """Names, datatypes and shapes of tensors; -1 is a length that is open.

    Args:
        schema: The inputs or outputs of a model.
        unnamed: What a tensor without a name is called.

    >>> from modelwright.models.schema import ColSpec
    >>> list(specs(Schema([ColSpec("double", "x")]), "input-0"))
    [{'name': 'x', 'datatype': 'FP64', 'shape': [-1]}]
    """
    if schema is None:
        return
    columns = not schema.is_tensor_spec()
    if columns and not schema.has_input_names() and len(schema) > 1:  # all in one
        yield {"name": unnamed, "datatype": _datatype(schema.inputs[0].type), "shape": [-1, len(schema)]}
        return
    for spec in schema:
        name = unnamed if spec.name is None else str(spec.name)
        shape = _shape(spec.type) if columns else list(spec.shape)
        yield {"name": name, "datatype": _datatype(spec.type), "shape": shape}


def _datatype(kind: Any) -> str:
    scalar = _scalar(kind)
    if isinstance(scalar, DataType):
        return v2_schemas.DATATYPES[scalar]
    return v2_schemas.of_numpy(kind) or "BYTES"  # objects and maps are texts of JSON


def _shape(kind: Any) -> list[int]:
    nested = isinstance(kind, Array) and isinstance(_scalar(kind), DataType)
    return [-1, *(_shape(kind.dtype) if nested else [])]


def _scalar(kind: Any) -> Any:
    """What nested lists hold."""
    return _scalar(kind.dtype) if isinstance(kind, Array) else kind
