"""A model's signature: the schemas of its inputs, outputs and params."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

from ..core import lazy
from ..core.errors import InvalidArgument
from .datatypes import DataType
from .infer import infer_params, infer_schema
from .params import ParamSchema
from .schema import Schema, convert_dataclass_to_schema

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ModelSignature", "infer_signature"]
# The public `mlflow.models.signature` has one more function, which needs the stores.
__getattr__, _ = lazy.attach(__name__, {"set_signature": "modelwright.api.models:set_signature"})


class ModelSignature:
    """What a model takes and gives.

    Args:
        inputs: A Schema, or a dataclass whose fields are the columns.
        outputs: The same for what `predict` returns.
        params: The parameters of `predict`.

    Raises TypeError for anything else and ValueError when all three are None, as MLflow does.

    >>> from modelwright.models.schema import ColSpec
    >>> ModelSignature(inputs=Schema([ColSpec("double", "x")])).to_dict()["inputs"]
    '[{"type": "double", "name": "x", "required": true}]'
    """

    def __init__(self, inputs: Any = None, outputs: Any = None, params: ParamSchema | None = None) -> None:
        self.inputs: Schema | None = _schema(inputs, "inputs")
        self.outputs: Schema | None = _schema(outputs, "outputs")
        if params is not None and not isinstance(params, ParamSchema):
            raise TypeError(f"params must be a ParamSchema or None, got {type(params).__name__}")
        if inputs is None and outputs is None and params is None:
            raise ValueError("A signature needs at least one of inputs, outputs and params")
        self.params = params
        # MLflow 3 keeps these beside the signature in the MLmodel file
        self._is_signature_from_type_hint = False
        self._is_type_hint_from_example = False

    def to_dict(self) -> dict[str, Any]:
        """Each schema as a JSON string or None, which is how MLmodel keeps it."""
        return {
            "inputs": self.inputs.to_json() if self.inputs else None,
            "outputs": self.outputs.to_json() if self.outputs else None,
            "params": self.params.to_json() if self.params else None,
        }

    @classmethod
    def from_dict(cls, signature_dict: dict[str, Any]) -> Self:
        """Read what `to_dict` gives; keys that are absent or None are None."""
        if not isinstance(signature_dict, dict):
            raise InvalidArgument(f"A signature is an object with inputs, outputs and params, got {signature_dict!r}")
        inputs, outputs, params = (signature_dict.get(key) or None for key in ("inputs", "outputs", "params"))
        return cls(
            inputs and Schema.from_json(inputs),
            outputs and Schema.from_json(outputs),
            params and ParamSchema.from_json(params),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelSignature) and (self.inputs, self.outputs, self.params) == (
            other.inputs,
            other.outputs,
            other.params,
        )

    def __repr__(self) -> str:
        return f"inputs: \n  {self.inputs!r}\noutputs: \n  {self.outputs!r}\nparams: \n  {self.params!r}\n"


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: dict[str, Any] | None = None
) -> ModelSignature:
    """The signature of a model that takes `model_input` and gives `model_output`.

    Args:
        model_input: A pandas, polars or Spark frame, Series, numpy array (any shape), dict of arrays, scipy sparse
            matrix, dict or list of JSON values, dataclass or pydantic instance, or one scalar. A column with missing
            values becomes optional.
        model_output: The same for the predictions.
        params: Name → default value (a scalar or a 1-D list) of each parameter of `predict`.

    Raises InvalidArgument for data that no signature type describes, ValueError when everything is None.

    >>> infer_signature({"x": [0.5]}, 1.0).outputs
    [double (required)]
    """
    inputs = None if model_input is None else infer_schema(model_input)
    outputs = None if model_output is None else infer_schema(model_output)
    _hint(inputs)
    return ModelSignature(inputs, outputs, infer_params(params) if params else None)


def _hint(inputs: Schema | None) -> None:
    whole = (DataType.integer, DataType.long)
    columns = [] if inputs is None or inputs.is_tensor_spec() else [c for c in inputs if c.required and c.type in whole]
    if columns:
        shown = ", ".join(repr(c.name) for c in columns[:5] if c.name is not None)
        warnings.warn(
            f"Integer columns{f' ({shown}, …)' if len(columns) > 5 else f' ({shown})' if shown else ''} were seen "
            "without missing values, so data with missing values will be refused for them. Hint: infer the signature "
            "from a sample that has missing values, or convert these columns to float64, if they may be missing later.",
            UserWarning,
            stacklevel=3,
        )


def _schema(given: Any, what: str) -> Schema | None:
    if given is None or isinstance(given, Schema):
        return given
    if dataclasses.is_dataclass(given) or hasattr(given, "model_fields"):
        return convert_dataclass_to_schema(given)
    raise TypeError(f"{what} must be a Schema, a dataclass or None, got {type(given).__name__}")
