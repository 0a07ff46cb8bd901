"""The forms in which a request can send data to a model, as JSON Schema."""

from __future__ import annotations

from ...models.datatypes import DataType
from ...models.schema import Schema, TensorSpec
from ...models.serving_input import UNWRAPPED
from ...models.signature import ModelSignature
from .schemas import JsonSchema, column, named, object_of, record, split, tensor


def of(signature: ModelSignature | None) -> dict[str, JsonSchema]:
    """Name → schema of what stands under it, for each form in which a request can send the data.

    The name "" stands for a request that is the record itself, as chat and completion models take.

    >>> from modelwright.models.schema import ColSpec
    >>> list(of(ModelSignature(Schema([ColSpec("double", "x")]))))
    ['dataframe_split', 'dataframe_records', 'instances', 'inputs', 'input_data']
    """
    schema = signature.inputs if signature is not None else None
    if schema is None:
        return _any_forms()
    if schema.is_tensor_spec():
        return _tensor_forms(schema)
    if not schema.has_input_names():
        kinds = [column(spec) for spec in schema]
        count = len(kinds)
        row = kinds[0] if count == 1 else {"type": "array", "prefixItems": kinds, "minItems": count, "maxItems": count}
        rows: JsonSchema = {"type": "array", "items": row}
        return {"dataframe_split": split(schema), "instances": rows, "inputs": rows, "input_data": rows}
    rows = {"type": "array", "items": record(schema)}
    lists = {str(name): {"type": "array", "items": column(spec)} for name, spec in named(schema).items()}
    listed = object_of(lists, [str(name) for name in schema.required_input_names()])
    inputs = {"anyOf": [listed, rows]} if in_lists(schema) else rows
    return {
        "dataframe_split": split(schema),
        "dataframe_records": rows,
        "instances": rows,
        "inputs": inputs,
        "input_data": split(schema) if azure_split(schema) else inputs,
        **({"": record(schema)} if _may_be_bare(schema) else {}),
    }


def in_lists(schema: Schema) -> bool:
    """Whether "inputs" can be a list for each column: where one holds lists itself, that would say two things."""
    return all(isinstance(kind, DataType) for kind in schema.input_types())


def azure_split(schema: Schema) -> bool:
    """Whether "input_data" can be columns and data, which it is not where a column is called "data"."""
    return "data" not in schema.input_names()


def _may_be_bare(schema: Schema) -> bool:
    names = schema.input_names()
    return any(name in UNWRAPPED for name in names) and all(isinstance(name, str) for name in names)


def _tensor_forms(schema: Schema) -> dict[str, JsonSchema]:
    specs: list[TensorSpec] = schema.inputs
    if not schema.has_input_names():
        (spec,) = specs
        whole = tensor(spec)
        return {"instances": whole, "inputs": whole, "input_data": whole}
    names = [str(spec.name) for spec in specs]
    whole = object_of(dict(zip(names, map(tensor, specs), strict=True)), names)
    rows: dict[str, JsonSchema] = {}
    if all(spec.shape for spec in specs):
        row = object_of({str(spec.name): tensor(spec, row=True) for spec in specs}, names)
        rows = {"instances": {"type": "array", "items": row}}
    return {**rows, "inputs": whole, "input_data": whole}


def _any_forms() -> dict[str, JsonSchema]:
    """The forms where there is no signature: what stands in them is not known."""
    rows: JsonSchema = {"type": "array", "items": {"type": "object"}}
    labels = {"type": "array", "items": {"type": ["string", "number"]}}
    anything: JsonSchema = {"type": "array", "items": {}}
    data = {"type": "array", "items": anything}
    frame = object_of({"columns": labels, "index": labels, "data": data}, ["data"], additionalProperties=False)
    return {
        "dataframe_split": frame,
        "dataframe_records": rows,
        "instances": anything,
        "inputs": {},
        "input_data": {},
    }
