"""JSON Schema as OpenAPI 3.0 and Swagger 2.0 have it: what they lack is said as far as they can."""

from __future__ import annotations

from typing import Any

from .schemas import JsonSchema

_UNKNOWN = ("contentEncoding", "prefixItems", "examples", "anyOf", "oneOf")


def older(schema: JsonSchema, version: int) -> JsonSchema:
    """A schema of 2020-12 for a document of an older version.

    Args:
        schema: The schema; without references.
        version: 3 for OpenAPI 3.0, 2 for Swagger 2.0.

    >>> older({"type": ["number", "null"]}, 3), older({"type": ["number", "null"]}, 2)
    ({'type': 'number', 'nullable': True}, {'type': 'number', 'x-nullable': True})
    >>> older({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]}, 2)["x-prefixItems"]
    [{'type': 'number'}, {'type': 'string'}]
    """
    found = {key: value for key, value in schema.items() if key not in _UNKNOWN}
    kind = schema.get("type")
    if isinstance(kind, list):
        del found["type"]
        kinds = [name for name in kind if name != "null"]
        found = {**(_any([{"type": name} for name in kinds], version)), **found}
        found |= {"nullable" if version == 3 else "x-nullable": True} if "null" in kind else {}
    if version == 2 and schema.get("default", "") is None:
        del found["default"]  # where null is no value of any type
    if "contentEncoding" in schema:
        found["format"] = "byte"
    if "examples" in schema:
        found["example"] = schema["examples"][0]
    if "prefixItems" in schema:
        found |= _places([older(item, version) for item in schema["prefixItems"]], version)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            found |= _any([older(item, version) for item in schema[key]], version)
    return {key: _inside(key, value, version) for key, value in found.items()}


def _inside(key: str, value: Any, version: int) -> Any:
    if key == "properties":
        return {name: older(item, version) for name, item in value.items()}
    if key in ("items", "additionalProperties") and isinstance(value, dict):
        return older(value, version)
    return value


def _places(schemas: list[JsonSchema], version: int) -> JsonSchema:
    """What is known of items of which each has its own schema."""
    distinct = [schema for place, schema in enumerate(schemas) if schema not in schemas[:place]]
    return {"items": _any(distinct, version), "x-prefixItems": schemas}


def _any(schemas: list[JsonSchema], version: int) -> JsonSchema:
    """Any of these; Swagger 2.0 has no way to say so, and takes anything."""
    if len(schemas) == 1:
        return schemas[0]
    return {"anyOf": schemas} if version == 3 else {"x-anyOf": schemas}
