"""The document that Azure ML's tools read: the scoring address in Swagger 2.0 or OpenAPI 3.0, their names in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ...core.errors import InvalidArgument
from ..bodies import JSON
from . import openapi, sample
from .described import Described
from .older import older
from .parts import service_input, service_output, words
from .schemas import JsonSchema

VERSIONS = ("2", "3", "3.1")
_FAILED = "What went wrong, as error_code and message."


def document(models: Sequence[Described], *, version: str = "2") -> dict[str, Any]:
    """The document of `models`, the first of which answers at /score.

    Args:
        models: What is served.
        version: "2" for Swagger 2.0, "3" for OpenAPI 3.0, "3.1" for all that /openapi.json says.

    Raises InvalidArgument for another version.

    >>> from pathlib import Path
    >>> from modelwright.models.mlmodel import Model
    >>> sorted(document([Described("m", Model(), Path())])["definitions"])
    ['ErrorResponse', 'ServiceInput', 'ServiceOutput']
    """
    if version == "3.1":
        return openapi.document(models)
    if version not in VERSIONS:
        raise InvalidArgument(f"There is no Swagger version {version!r} here; there are {', '.join(VERSIONS)}")
    new = version == "3"
    schemas: dict[str, JsonSchema] = {}
    paths: dict[str, Any] = {"/": {"get": _health(new)}}
    for place, (model, word) in enumerate(zip(models, words(m.name for m in models), strict=True)):
        before, after = ("", "") if not place else (f"{word}.", f"_{word}")  # Azure's tools look for the bare names
        tried = sample.of(model)
        schemas[f"{before}ServiceInput"] = service_input(model, tried)
        schemas[f"{before}ServiceOutput"] = service_output(model, tried)
        scoring = {"operationId": f"RunMLService{after}", "summary": f"Predict with {model.name}"}
        paths[f"{quote(model.prefix) if place else ''}/score"] = {"post": {**scoring, **_score(before, new)}}
    schemas = {
        name: older(schema, 3 if new else 2) for name, schema in {**schemas, "ErrorResponse": openapi.ERROR}.items()
    }
    info = {"title": openapi.title_of(models), "version": openapi.version_of(models)}
    if new:
        return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}
    media = {"consumes": [JSON], "produces": [JSON]}
    return {
        "swagger": "2.0",
        "info": info,
        "schemes": ["http", "https"],
        **media,
        "paths": paths,
        "definitions": schemas,
    }


def _ref(name: str, new: bool) -> JsonSchema:
    return {"$ref": f"#/{'components/schemas' if new else 'definitions'}/{name}"}


def _content(schema: JsonSchema, new: bool, media: str = JSON) -> dict[str, Any]:
    return {"content": {media: {"schema": schema}}} if new else {"schema": schema}


def _health(new: bool) -> dict[str, Any]:
    media = {} if new else {"produces": ["text/plain"]}
    good = {"description": "The server is up.", **_content({"type": "string"}, new, "text/plain")}
    return {
        "operationId": "ServiceHealthCheck",
        "summary": "Whether the server is up",
        **media,
        "responses": {"200": good},
    }


def _score(before: str, new: bool) -> dict[str, Any]:
    given, answer = _ref(f"{before}ServiceInput", new), _ref(f"{before}ServiceOutput", new)
    if new:
        body: dict[str, Any] = {"requestBody": {"required": True, **_content(given, new)}}
    else:
        body = {"parameters": [{"name": "body", "in": "body", "required": True, "schema": given}]}
    good = {"description": "The predictions.", **_content(answer, new)}
    bad = {"description": _FAILED, **_content(_ref("ErrorResponse", new), new)}
    return {**body, "responses": {"200": good, "default": bad}}
