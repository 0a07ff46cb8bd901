"""The OpenAPI 3.1 document of a server of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ..bodies import ARROW, CSV, JSON, PARQUET
from . import v2_schemas
from .described import Described
from .parts import Parts, words
from .schemas import JsonSchema

Document = dict[str, Any]

ERROR: JsonSchema = {
    "type": "object",
    "description": "What went wrong.",
    "properties": {
        "error_code": {"type": "string", "description": "The kind of error, for programs."},
        "message": {"type": "string", "description": "What was given, what was expected, what to do; for people."},
    },
    "required": ["error_code", "message"],
}
_RETRY = {"Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}}}
_ID = {"X-Request-Id": {"description": "The request's id: the client's, or a new one.", "schema": {"type": "string"}}}
_REFUSALS = {  # status → what it means
    "400": "The request cannot be read, does not fit the signature, or the model raised an error for it.",
    "408": "The request's body took too long to arrive.",
    "413": "The request's body is larger than the server accepts.",
    "415": "The body's media type, charset or packing is not understood.",
    "429": "Too many requests are in hand.",
    "503": "The model is not ready, or the process that held the request ended.",
    "504": "The prediction took longer than the server allows.",
}
_BEFORE_ANY_MODEL = ("429", "503")  # these go away by waiting
_SERVER = "server"
_PIECES = {"schema": {"type": "string", "description": "The answer piece by piece, each as JSON."}}


def document(models: Sequence[Described], *, title: str | None = None, version: str | None = None) -> Document:
    """The document of a server of `models`, the first of which answers where an address names none.

    Args:
        models: What it serves; each under its prefix.
        title: A name for the service; the model's, if there is one model.
        version: The version of the service; the model's, if there is one model that has one.

    >>> from pathlib import Path
    >>> from modelwright.models.mlmodel import Model
    >>> sorted(document([Described("m", Model(), Path())])["paths"])[:4]
    ['/', '/docs', '/health', '/invocations']
    """
    several = len(models) > 1
    found = zip(models, words(model.name for model in models), strict=True)
    parts = [Parts(model, word if several else "") for model, word in found]
    paths = {
        **(_scored(parts[0], "", "") if parts[0].model.prefix else {}),
        **{path: item for part in parts for path, item in _model_paths(part).items()},
        **_server_paths(),
    }
    schemas = {name: schema for part in parts for name, schema in part.schemas.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title or title_of(models),
            "version": version or version_of(models),
            "description": "\n".join(map(_told, models)),
        },
        "tags": [{"name": name} for name in dict.fromkeys([*(model.name for model in models), _SERVER])],
        "paths": paths,
        "components": {
            "schemas": {"ErrorResponse": ERROR, **v2_schemas.SHARED, **schemas},
            "requestBodies": {part.named("Request"): _request(part) for part in parts},
            "responses": _responses(),
        },
        "x-models": [_listed(part) for part in parts],
    }


def title_of(models: Sequence[Described]) -> str:
    return ", ".join(model.name for model in models)


def version_of(models: Sequence[Described]) -> str:
    """The version of the only model; 1 where there is none."""
    return models[0].version or "1" if len(models) == 1 else "1"


def _told(model: Described) -> str:
    """A line about a model."""
    version = f", version {model.version}" if model.version else ""
    return f"* **{model.name}**{version}: {', '.join(_flavors(model))}, made {model.meta.utc_time_created[:10]}"


def _flavors(model: Described) -> list[str]:
    return [name for name in model.meta.flavors if name != "python_function"] or ["python_function"]


def _listed(part: Parts) -> Document:
    """What the page needs to know of a model besides its paths."""
    model, schema = part.model, part.model.meta.get_input_schema()
    takes = "anything" if schema is None else "values"
    if part.has("Record"):
        takes = "records"
    elif schema is not None and schema.is_tensor_spec():
        takes = "tensors" if schema.has_input_names() else "tensor"
    return {
        "name": model.name,
        "version": model.version,
        "flavors": _flavors(model),
        "prefix": quote(model.prefix),
        "methods": ["predict", *model.methods],
        "takes": takes,
        "forms": part.forms,
        "names": {name: part.ref(name)["$ref"] for name in ("Record", "Params", "Inputs") if part.has(name)},
        "example": part.sample.origin,
    }


def _model_paths(part: Parts) -> Document:
    """The paths of one model."""
    model, ending = part.model, f"_{part.word}" if part.word else ""
    v2 = f"/v2/models/{quote(model.name, safe='')}"
    versions = {f"{v2}/versions/{quote(model.version, safe='')}": f"_version{ending}"} if model.version else {}
    paths = _scored(part, model.prefix, ending)
    for path, end in {v2: ending, **versions}.items():
        infer = _post(part, "Predict by the Open Inference Protocol", f"v2_infer{end}")
        infer["requestBody"] = {"required": True, "content": {JSON: v2_schemas.request(part)}}
        infer["responses"]["200"]["content"] = {JSON: {"schema": v2_schemas.ANSWER}}
        about = f"The tensors that {model.name} takes and gives"
        paths[path] = {"get": _get(f"v2_model{end}", about, _OBJECT, model.name)}
        paths[f"{path}/ready"] = {
            "get": _ready(f"v2_model_ready{end}", f"Whether {model.name} can predict", model.name)
        }
        paths[f"{path}/infer"] = {"post": infer}
    return paths


def _scored(part: Parts, prefix: str, ending: str) -> Document:
    """The paths below a prefix by which a model is asked."""
    model, prefix = part.model, quote(prefix)
    known = _post(part, "Predict", f"invoke{ending}")
    known["responses"]["200"]["content"] = _answers(part)
    paths = {f"{prefix}/invocations": {"post": known}}
    for method in model.methods:
        called = _post(part, f"Call {method}", f"invoke_{method}{ending}")
        called["responses"]["200"]["content"] = {JSON: {"schema": _wrapped({})}}
        paths[f"{prefix}/invocations/{method}"] = {"post": called}
    if model.streams:
        piece = _post(part, "Predict piece by piece", f"invoke_predict_stream{ending}")
        piece["responses"]["200"]["content"] = {"application/x-ndjson": _PIECES}
        paths[f"{prefix}/invocations/predict_stream"] = {"post": piece}
    score = _post(part, "Predict as Azure ML's online endpoints do", f"score{ending}")
    score["requestBody"] = {"required": True, "content": {JSON: {"schema": part.ref("ServiceInput")}}}
    score["responses"]["200"]["content"] = {JSON: {"schema": part.ref("ServiceOutput")}}
    return {**paths, f"{prefix}/score": {"post": score}}


def _post(part: Parts, summary: str, operation: str) -> Document:
    """A question to a model, in any of the forms; the answer's content is to be filled in."""
    good: Document = {"description": "The predictions.", "headers": _ID}
    return {
        "operationId": operation,
        "summary": f"{summary} with {part.model.name}" if summary.startswith("Predict") else summary,
        "tags": [part.model.name],
        "requestBody": {"$ref": f"#/components/requestBodies/{part.named('Request')}"},
        "responses": {"200": good, **{status: {"$ref": f"#/components/responses/{status}"} for status in _REFUSALS}},
    }


def _request(part: Parts) -> Document:
    """A request in any of the forms and media types."""
    content: Document = {JSON: {"schema": part.request(), "examples": part.examples()}}
    if part.tabular:
        table = part.sample.table
        content[CSV] = {"schema": {"type": "string"}, **({"example": table} if table else {})}
        content[ARROW] = content[PARQUET] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": content}


def _answers(part: Parts) -> Document:
    answer = part.ref("Answer")
    if "" in part.forms:  # a bare request gets a bare answer
        answer = {"anyOf": [answer, part.ref("Predictions")]}
    streamed = {"text/event-stream": _PIECES, "application/x-ndjson": _PIECES} if part.model.streams else {}
    return {JSON: {"schema": answer}, **streamed}


def _wrapped(schema: JsonSchema) -> JsonSchema:
    return {"type": "object", "properties": {"predictions": schema}, "required": ["predictions"]}


def _responses() -> Document:
    content = {JSON: {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}
    return {
        status: {
            "description": said,
            "headers": {**_ID, **(_RETRY if status in _BEFORE_ANY_MODEL else {})},
            "content": content,
        }
        for status, said in _REFUSALS.items()
    }


_OBJECT = {JSON: {"schema": {"type": "object"}}}
_TEXT = {"text/plain": {"schema": {"type": "string"}}}


def _server_paths() -> Document:
    """The paths that belong to no model."""
    swagger = _get("swagger", "The scoring address for Azure ML's tools: Swagger 2.0, or OpenAPI", _OBJECT)
    swagger["parameters"] = [{"name": "version", "in": "query", "schema": {"enum": ["2", "3", "3.1"], "default": "2"}}]
    found = {
        "/": _get("home", "Whether the server is up, as Azure ML asks", _TEXT),
        "/ping": _ready("ping", "Whether the models can predict"),
        "/health": _ready("health", "The same as /ping"),
        "/version": _get("version", "The version of MLflow whose protocol this is", _TEXT),
        "/metrics": _get("metrics", "Counts and durations for Prometheus", _TEXT),
        "/openapi.json": _get("openapi", "This document", _OBJECT),
        "/swagger.json": swagger,
        "/docs": _get("docs", "A page to try the models", {"text/html": {"schema": {"type": "string"}}}),
        "/v2": _get("v2_server", "The server's name and version, as KServe asks", _OBJECT),
        "/v2/health/live": _get("v2_live", "Whether the server is up, as KServe asks"),
        "/v2/health/ready": _ready("v2_ready", "Whether the models can predict, as KServe asks"),
    }
    return {path: {"get": operation} for path, operation in found.items()}


def _ready(operation: str, summary: str, tag: str = _SERVER) -> Document:
    found = _get(operation, summary, tag=tag)
    found["responses"]["503"] = {"$ref": "#/components/responses/503"}
    return found


def _get(operation: str, summary: str, content: Document | None = None, tag: str = _SERVER) -> Document:
    good = {"description": f"{summary}.", **({"content": content} if content else {})}
    return {"operationId": operation, "summary": summary, "tags": [tag], "responses": {"200": good}}
