"""The server of models: MLflow's addresses, Azure's, the Open Inference Protocol's, and the documents of them all."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any
from urllib.parse import parse_qs

from ..core.errors import Error, InvalidArgument, NotFound, Unavailable
from ..models.env import MLFLOW
from . import bodies
from .answers import Cut, Reply, bare, dumps, jsonable, refusal, told, wrapped
from .documents import openapi, page, swagger
from .endpoint import METHODS, Endpoint
from .entrance import Call, Entrance
from .metrics import Metrics
from .options import Options
from .routes import Responder, Route
from .v2 import protocol as v2

Pick = Callable[[Call], Endpoint]
_VERSION = MLFLOW.partition("==")[2]  # whose protocol this is
TEXT, NDJSON, EVENTS = b"text/plain; charset=utf-8", b"application/x-ndjson", b"text/event-stream"


class App(Entrance):
    """An ASGI application.

    Args:
        endpoints: The models, at least one.
        options: How they are served.
        metrics: What counts the requests.
    """

    def __init__(self, endpoints: Sequence[Endpoint], options: Options, metrics: Metrics) -> None:
        super().__init__(options, metrics)
        self.endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._shares = _shares(options.traffic, self.endpoints)
        many = len(self.endpoints) > 1
        self._described = [one.described(f"/models/{one.name}" if many else "") for one in endpoints]
        self._routes = self._server_routes()
        self._add("", self._pick)
        for endpoint in endpoints:
            self._add(f"/models/{endpoint.name}", partial(_this, endpoint))
        self._routes.update(v2.routes(endpoints))
        self._prefixes = ("", *(f"/models/{name}" for name in self.endpoints))

    async def reply(self, call: Call) -> Reply:
        route = self._routes.get(call.path) or self._method_route(call)
        if route is None:
            raise NotFound(f"There is nothing at {call.path!r}; /docs shows what there is, /openapi.json says it all")
        handler = route.handlers.get("GET" if call.method == "HEAD" else call.method)
        call.route = route.label
        return await handler(call) if handler is not None else _other_method(call, route)

    @property
    def busy(self) -> bool:
        """Whether a model still works on something."""
        return any(endpoint.busy for endpoint in self.endpoints.values())

    def stuck(self) -> list[str]:
        """The models that work on one call, and may never be done."""
        return [name for name, endpoint in self.endpoints.items() if endpoint.stuck]

    def close(self) -> None:
        """Let the models go."""
        for endpoint in self.endpoints.values():
            endpoint.close()

    def _server_routes(self) -> dict[str, Route]:
        """What is the server's own, whatever it serves."""

        def text(body: bytes, media: bytes = TEXT) -> Responder:
            async def answer(call: Call) -> Reply:
                return Reply(200, body, media)

            return answer

        async def ready(call: Call) -> Reply:
            if stuck := self.stuck():
                raise Unavailable(f"{', '.join(stuck)}: the model has been at work on one request for too long")
            return Reply(200, b"\n")  # as MLflow answers

        async def measured(call: Call) -> Reply:
            return Reply(200, self.metrics.text(), b"text/plain; version=0.0.4; charset=utf-8")

        routes = {
            "/": text(b"Healthy"),
            "/ping": ready,
            "/health": ready,
            "/version": text(_VERSION.encode()),
            "/metrics": measured,
            **{f"/docs/{name}".rstrip("/"): self._asset(name) for name in page.NAMES},
        }
        return {path: Route(path, {"GET": handler}) for path, handler in routes.items()}

    def _add(self, prefix: str, pick: Pick) -> None:
        """A model's addresses below `prefix`."""

        def handler(answer: Callable[[Call, Endpoint], Awaitable[Reply]]) -> Responder:
            async def handled(call: Call) -> Reply:
                endpoint = pick(call)
                call.model = endpoint.name
                return await answer(call, endpoint)

            return handled

        self._routes[f"{prefix}/invocations"] = Route("/invocations", {"POST": handler(_invocations)})
        self._routes[f"{prefix}/score"] = Route("/score", {"POST": handler(_score)})
        self._routes[f"{prefix}/swagger.json"] = Route("/swagger.json", {"GET": self._swagger(prefix)})
        self._routes[f"{prefix}/openapi.json"] = Route("/openapi.json", {"GET": self._openapi(prefix)})

    def _method_route(self, call: Call) -> Route | None:
        """`/invocations/predict_proba`: another method of the model."""
        prefix, found, name = call.path.partition("/invocations/")
        if not found or prefix not in self._prefixes:
            return None

        async def called(call: Call) -> Reply:
            endpoint = self.endpoints[prefix.rpartition("/")[2]] if prefix else self._pick(call)
            call.model = endpoint.name
            return await _method(call, endpoint, name)

        return Route("/invocations/{method}", {"POST": called})

    def _pick(self, call: Call) -> Endpoint:
        """The model of a call that names none, or names it in Azure's header."""
        if (asked := call.header(b"azureml-model-deployment")) is not None:
            name = asked.decode("latin-1")
            if name not in self.endpoints:
                raise NotFound(f"There is no model {name!r} here; there are: {', '.join(self.endpoints)}")
            return self.endpoints[name]
        names, weights = self._shares
        return self.endpoints[names[0] if len(names) == 1 else random.choices(names, cum_weights=weights)[0]]

    def _of(self, prefix: str) -> list[Any]:
        return [one for one in self._described if prefix in ("", one.prefix)] or self._described

    def _openapi(self, prefix: str) -> Responder:
        body = _once(lambda: dumps(openapi.document(self._of(prefix))))

        async def answer(call: Call) -> Reply:
            return Reply(200, body())

        return answer

    def _swagger(self, prefix: str) -> Responder:
        made: dict[str, bytes] = {}

        async def answer(call: Call) -> Reply:
            asked = parse_qs(call.query.decode("latin-1")).get("version", ["2"])[0]
            if asked not in made:
                made[asked] = dumps(swagger.document(self._of(prefix), version=asked))
            return Reply(200, made[asked])

        return answer

    def _asset(self, name: str) -> Responder:
        async def answer(call: Call) -> Reply:
            found = page.asset(name)
            if found is None:
                raise NotFound(f"The page has no file {name!r}")
            body, media = found
            return Reply(200, body, media.encode(), ((b"content-security-policy", page.POLICY.encode()),))

        return answer


def _other_method(call: Call, route: Route) -> Reply:
    """What a method is told that an address does not take; OPTIONS asks for nothing else."""
    allowed = ", ".join([*route.handlers, *(["HEAD"] if "GET" in route.handlers else []), "OPTIONS"])
    headers = [(b"allow", allowed.encode())]
    if call.method == "OPTIONS":
        return Reply(200, b"", TEXT, tuple(headers))
    return refusal(405, "METHOD_NOT_ALLOWED", f"{call.path!r} takes {allowed}, not {call.method}", headers)


def _this(endpoint: Endpoint, call: Call) -> Endpoint:
    return endpoint


async def _invocations(call: Call, endpoint: Endpoint) -> Reply:
    kind = bodies.kind_of(call.header(b"content-type"))
    body = await call.body()
    if endpoint.streams and (media := _streamed(call.header(b"accept", b""))):
        return await _stream(endpoint, body, kind, media)
    predictions = await endpoint.answer(body, kind)
    unwrapped = kind == bodies.JSON and endpoint.unwrapped(body)
    return Reply(200, bare(predictions) if unwrapped else wrapped(predictions))


async def _score(call: Call, endpoint: Endpoint) -> Reply:
    kind = bodies.kind_of(call.header(b"content-type"))
    return Reply(200, bare(await endpoint.answer(await call.body(), kind)))


async def _method(call: Call, endpoint: Endpoint, name: str) -> Reply:
    kind = bodies.kind_of(call.header(b"content-type"))
    body = await call.body()
    if name == "predict":
        return Reply(200, wrapped(await endpoint.answer(body, kind)))
    if name == "predict_stream" and endpoint.streams:
        return await _stream(endpoint, body, kind, NDJSON)
    if not METHODS.fullmatch(name):
        known = ", ".join(["predict", *endpoint.methods()])
        raise NotFound(f"{name!r} is no method that can be called by address; there are: {known}")
    return Reply(200, wrapped(await endpoint.call(name, *endpoint.read(body, kind))))


def _streamed(accept: bytes) -> bytes | None:
    """The form in which a client takes an answer piece by piece, if it asks for one."""
    return next((media for media in (EVENTS, NDJSON) if media in accept), None)


async def _stream(endpoint: Endpoint, body: bytes, kind: str, media: bytes) -> Reply:
    pieces = endpoint.stream(*endpoint.read(body, kind))
    try:
        first = await anext(pieces)  # what is wrong with the request shows before the answer begins
    except StopAsyncIteration:
        return Reply(200, b"", media)

    return Reply(200, b"", media, ((b"cache-control", b"no-store"),), _encoded(first, pieces, media))


async def _encoded(first: Any, pieces: AsyncGenerator[Any, None], media: bytes) -> AsyncIterator[bytes]:
    """The pieces as they are sent; where one fails, what went wrong is the last."""
    try:
        yield _piece(first, media)
        async for piece in pieces:
            yield _piece(piece, media)
    except Error as error:
        yield (b"event: error\n" if media == EVENTS else b"") + _piece(told(error), media)
        raise Cut from error
    finally:
        await pieces.aclose()


def _piece(value: Any, media: bytes) -> bytes:
    text = dumps(jsonable(value))
    return b"data: %s\n\n" % text if media == EVENTS else text + b"\n"


def _once(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """`make`, called when first asked."""
    kept: list[bytes] = []

    def get() -> bytes:
        if not kept:
            kept.append(make())
        return kept[0]

    return get


def _shares(traffic: Sequence[tuple[str, float]], known: Mapping[str, Endpoint]) -> tuple[list[str], list[float]]:
    """Names, and the running sum of their shares of the calls that name no model."""
    shares = [(name, share) for name, share in traffic if share > 0] or [(next(iter(known)), 1.0)]
    if unknown := [name for name, _ in shares if name not in known]:
        raise InvalidArgument(f"traffic names {unknown}, which are not served; there are: {', '.join(known)}")
    return [name for name, _ in shares], list(accumulate(share for _, share in shares))
