"""The Open Inference Protocol (KServe's V2), with Triton's binary tensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from ...core import VERSION
from ...core.errors import Unavailable
from ..answers import JSON, Reply, dumps
from ..bodies import JSON as JSON_KIND
from ..bodies import OCTETS, Refused, kind_of
from ..endpoint import Endpoint
from ..entrance import Call
from ..routes import Responder, Route
from . import data as v2_data
from . import metadata as v2_metadata
from .answers import outputs
from .data import Given
from .tensors import Output, Tensor, read, refused

NAME = "modelwright"
_LENGTH = b"inference-header-content-length"
# What parameters of a request say to servers and not to models, unless a model has a param of that name.
_SERVERS = frozenset(
    {"binary_data_output", "content_type", "headers", "priority", "timeout"}
    | {"sequence_id", "sequence_start", "sequence_end"}
)


class Wanted(msgspec.Struct):
    """An output that a client asks for."""

    name: str
    parameters: dict[str, Any] | None = None


class Inference(msgspec.Struct):
    """A request to predict."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[Wanted] | None = None

    @property
    def options(self) -> dict[str, Any]:
        return self.parameters or {}


_decode = msgspec.json.Decoder(Inference).decode


def routes(endpoints: Sequence[Endpoint]) -> dict[str, Route]:
    """Its addresses for these models."""
    server = {"name": NAME, "version": VERSION, "extensions": ["binary_tensor_data"]}
    found = {
        "/v2": Route("/v2", {"GET": _fixed(server)}),
        "/v2/health/live": Route("/v2/health/live", {"GET": _fixed({"live": True})}),
        "/v2/health/ready": Route("/v2/health/ready", {"GET": _ready(endpoints, {"ready": True})}),
    }
    for endpoint in endpoints:
        base = f"/v2/models/{endpoint.name}"
        for path in (base, *([f"{base}/versions/{endpoint.version}"] if endpoint.version else [])):
            found[path] = Route("/v2/models/{model}", {"GET": _fixed(v2_metadata.of(endpoint), endpoint.name)})
            ready = _ready([endpoint], {"name": endpoint.name, "ready": True}, endpoint.name)
            found[f"{path}/ready"] = Route("/v2/models/{model}/ready", {"GET": ready})
            found[f"{path}/infer"] = Route("/v2/models/{model}/infer", {"POST": partial(_infer, endpoint)})
    return found


def _fixed(value: Any, model: str = "") -> Responder:
    body = dumps(value)

    async def answer(call: Call) -> Reply:
        call.model = model
        return Reply(200, body)

    return answer


def _ready(endpoints: Sequence[Endpoint], value: Any, model: str = "") -> Responder:
    told = _fixed(value, model)

    async def answer(call: Call) -> Reply:
        if stuck := [endpoint.name for endpoint in endpoints if endpoint.stuck]:
            raise Unavailable(f"{', '.join(stuck)}: the model has been at work on one request for too long")
        return await told(call)

    return answer


async def _infer(endpoint: Endpoint, call: Call) -> Reply:
    call.model = endpoint.name
    given = call.header(b"content-type")
    if (
        given is not None
        and given.partition(b";")[0].strip().lower() != OCTETS.encode()
        and kind_of(given) != JSON_KIND
    ):
        raise Refused(
            415, "BAD_REQUEST", f"This address takes {JSON_KIND}, with binary tensors {OCTETS}; got {given!r}"
        )
    asked, tensors = _read(await call.body(), call.header(_LENGTH), endpoint.redact)
    found = outputs(await _predicted(endpoint, asked, tensors), _outputs(endpoint))
    return _answer(endpoint, asked, _chosen(found, asked.outputs))


async def _predicted(endpoint: Endpoint, asked: Inference, tensors: Mapping[str, Given]) -> Any:
    """What the model answers: by its compiled plan where the tensors are its columns of numbers."""
    known = endpoint.params
    params = {name: value for name, value in asked.options.items() if name in known or name not in _SERVERS}
    if not params and endpoint.columns is not None:
        matrix = v2_data.matrix(tensors, endpoint.columns)
        if matrix is not None and (rows := endpoint.rows(matrix)) is not None:
            return await endpoint.predict_rows(rows)
    inputs = endpoint.signature.inputs if endpoint.signature else None
    frame = asked.options.get("content_type") == "pd"  # as MLServer's clients say
    data = v2_data.data(tensors, inputs, native=endpoint.native, frame=frame)
    return await endpoint.predict(data, params or None)


def _read(body: bytes, length: bytes | None, redact: bool) -> tuple[Inference, dict[str, Given]]:
    """A request's JSON, and its tensors; those whose values come behind the JSON follow each other in its order."""
    end = len(body)
    if length is not None:
        if not length.isdigit() or len(length) > 18 or int(length) > end:
            raise refused(f"Inference-Header-Content-Length must be the length of the JSON, at most {end}")
        end = int(length)
    asked = _parsed(body[:end])
    behind, tensors = memoryview(body)[end:], {}
    for tensor in asked.inputs:
        raw, size = None, tensor.size
        if size is not None:
            raw, behind = behind[:size], behind[size:]
            if len(raw) < size:
                raise refused(f"The body ends before the {size} bytes of tensor {tensor.name!r}")
        if tensor.name in tensors:
            raise refused(f"The request has two tensors {tensor.name!r}")
        tensors[tensor.name] = Given(read(tensor, raw, redact), tensor.content)
    if len(behind):
        raise refused(f"The body has {len(behind)} bytes that belong to no tensor; say binary_data_size")
    if not tensors:
        raise refused("The request has no tensors in 'inputs'")
    return asked, tensors


def _parsed(text: bytes) -> Inference:
    try:
        return _decode(text)
    except msgspec.ValidationError as error:
        raise refused(f"The request is not one of this protocol: {error}") from error
    except (msgspec.DecodeError, RecursionError):
        pass  # NaN is no JSON, and common
    try:
        return msgspec.convert(json.loads(text), Inference)
    except msgspec.ValidationError as error:
        raise refused(f"The request is not one of this protocol: {error}") from error
    except (ValueError, RecursionError) as error:
        raise refused(f"The request's body is not JSON: {error}") from error


def _outputs(endpoint: Endpoint) -> Any:
    return endpoint.signature.outputs if endpoint.signature else None


def _chosen(found: list[Output], wanted: list[Wanted] | None) -> list[tuple[Output, bool | None]]:
    """The outputs that the client wants, and whether as bytes."""
    if not wanted:
        return [(output, None) for output in found]
    known = {output.name: output for output in found}
    chosen = []
    for one in wanted:
        options = one.parameters or {}
        if one.name not in known:
            raise refused(f"The model has no output {one.name!r}; there are: {', '.join(known)}")
        if options.get("classification"):
            raise refused("Classes are not sorted out here; leave 'classification' away")
        chosen.append((known[one.name], options.get("binary_data")))
    return chosen


def _answer(endpoint: Endpoint, asked: Inference, chosen: list[tuple[Output, bool | None]]) -> Reply:
    described, pieces = [], []
    everything = asked.options.get("binary_data_output")
    for output, binary in chosen:
        raw = output.raw() if (everything if binary is None else binary) else None
        described.append(output.described(None if raw is None else len(raw)))
        pieces += [] if raw is None else [raw]
    said = {"model_name": endpoint.name}
    if endpoint.version:
        said["model_version"] = endpoint.version
    if asked.id is not None:
        said["id"] = asked.id
    text = dumps({**said, "outputs": described})
    if not pieces:
        return Reply(200, text, JSON)
    headers = ((_LENGTH, b"%d" % len(text)),)
    return Reply(200, b"".join([text, *pieces]), OCTETS.encode(), headers)
