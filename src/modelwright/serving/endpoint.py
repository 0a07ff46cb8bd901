"""One loaded model and how a request reaches it: by the compiled plan where it can, the general way where it must."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import msgspec

from ..core.errors import Error
from ..models import load, serving_input
from . import plan, probe, tables
from .accelerate import accelerated
from .answers import dumps
from .batcher import Batcher
from .bodies import CSV, JSON
from .documents import sample
from .documents.described import Described
from .options import Options, Source
from .runner import Runner

log = logging.getLogger(__name__)

# Methods that only answer. Others of a model may change it or write files, and are not for everybody to call.
METHODS = re.compile(r"predict(_\w+)?|decision_function|score_samples|transform|apply")
_decode = msgspec.json.Decoder().decode
_STREAM_END = object()
_LARGE = 2**19  # bytes of a body that takes long to read


class Failed(Error):
    """The model raised an exception for what a request holds."""

    code = "BAD_REQUEST"


class Endpoint:
    """A served model.

    Args:
        source: Where it is.
        options: How it is served.
        heard: Called with the number of rows of each call of the model.
    """

    def __init__(self, source: Source, options: Options, heard: Callable[[int], object] = lambda rows: None) -> None:
        self.name, self.version = source.name, source.version
        self.model = load.load_pyfunc(source.path, origin=source.origin, trust=options.trust or None)
        self.model.enforcing(extra_columns=options.extra_columns, redact=options.redact)
        self.meta, self.root = self.model.metadata, source.path
        self.signature = self.meta.signature
        self.native = self.model.takes_json
        self.redact, self._limit = options.redact, options.max_body
        self._plan = None if self.native else plan.compile(self.signature)
        self._rows, found = self._quickest(options)
        self._runner = Runner(found.first, found.row, options.timeout)
        together = found.alone and options.batching == "auto" and self._treats_rows_alone()
        self._together = together or (options.batching == "on" and self._plan is not None)
        self._heard = heard
        self._batched = Batcher(self._rows, self._runner, options.max_batch, heard)
        self._warm_up()

    def described(self, prefix: str = "") -> Described:
        """What its documents are made from."""
        return Described(self.name, self.meta, self.root, prefix, tuple(self.methods()), self.version)

    @property
    def streams(self) -> bool:
        """Whether it answers piece by piece."""
        return bool(self.meta.flavors["python_function"].get("streamable"))

    @property
    def columns(self) -> list[str] | None:
        """The names of its columns, if all are numbers."""
        return self._plan.names if self._plan is not None else None

    @property
    def params(self) -> set[str]:
        """The names of its params."""
        return {spec.name for spec in (self.signature.params if self.signature else None) or ()}

    def methods(self) -> list[str]:
        """Names of the methods besides predict that can be called by address."""
        return [name for name in self.model.methods() if METHODS.fullmatch(name) and name != "predict"]

    async def answer(self, body: bytes, kind: str) -> Any:
        """The predictions for a request's body; `kind` is its media type."""
        if len(body) > _LARGE:
            return await self._answer_large(body, kind)
        if kind == JSON:
            if (matrix := self._matrix(body)) is not None:
                return await self.predict_rows(matrix)
            data, params = self.parsed(body)
            return await self.predict(data, params)
        return await self.predict(self.table(body, kind), None)

    async def _answer_large(self, body: bytes, kind: str) -> Any:
        """The same for a body that takes so long to read that it is read beside the loop."""

        def read() -> tuple[Any, Any, Any]:
            if kind != JSON:
                return None, self.table(body, kind), None
            matrix = self._matrix(body)
            return (None, *self.parsed(body)) if matrix is None else (matrix, None, None)

        matrix, data, params = await self._runner(read, rows=0)
        return await (self.predict(data, params) if matrix is None else self.predict_rows(matrix))

    def rows(self, matrix: Any) -> Any:
        """A matrix of float64 for `predict_rows`; None where the signature must be asked about it in general."""
        return self._plan.take(matrix) if self._plan is not None and matrix.ndim == 2 and len(matrix) else None

    async def predict_rows(self, matrix: Any) -> Any:
        """The predictions for a matrix that the plan has read."""
        if self._together:
            return await self._guarded(self._batched(matrix))
        self._heard(len(matrix))
        return await self._guarded(self._runner(self._rows, matrix, rows=len(matrix)))

    async def predict(self, data: Any, params: Any) -> Any:
        """The predictions for data that the signature is still to be asked about."""
        rows = _count(data)
        predictions = await self._guarded(self._runner(self.model.predict, data, params, rows=rows))
        self._heard(rows)
        return predictions

    async def call(self, method: str, data: Any, params: Any) -> Any:
        """The answer of another method."""
        given = dict(params or {})
        return await self._guarded(self._runner(lambda: self.model.call(method, data, **given), rows=0))

    async def stream(self, data: Any, params: Any) -> AsyncGenerator[Any, None]:
        """The pieces of one answer, as the model makes them."""
        pieces: Iterator[Any] = await self._guarded(
            self._runner(lambda: iter(self.model.predict_stream(data, params)), rows=0)
        )
        try:
            while (piece := await self._guarded(self._runner(next, pieces, _STREAM_END, rows=0))) is not _STREAM_END:
                yield piece
        finally:
            if close := getattr(pieces, "close", None):  # nobody may want the rest
                await self._guarded(self._runner(close, rows=0))

    def parsed(self, body: bytes) -> tuple[Any, Any]:
        """The data and params of a JSON body, in any of the forms."""
        return serving_input.parse(body, JSON, self.signature, native=self.native)

    def read(self, body: bytes, kind: str) -> tuple[Any, Any]:
        """The data and params of a body of any kind."""
        return self.parsed(body) if kind == JSON else (self.table(body, kind), None)

    def unwrapped(self, body: bytes) -> bool:
        """Whether a body is a chat or completion request, whose answer goes out as it is."""
        if self._plan is not None or not any(f'"{key}"'.encode() in body for key in serving_input.UNWRAPPED):
            return False
        return serving_input.unwrapped(json.loads(body))

    def table(self, body: bytes, kind: str) -> Any:
        """The frame of a body that is a table."""
        if kind == CSV:
            return serving_input.parse(body, CSV, self.signature)[0]
        return tables.read(body, kind, self._limit)

    @property
    def busy(self) -> bool:
        """Whether the model works on something in its thread."""
        return self._runner.busy

    @property
    def stuck(self) -> bool:
        """Whether the model works on one call, and may never be done."""
        return self._runner.stuck

    def close(self) -> None:
        """Let the model go; what runs ends by itself."""
        self._runner.close()

    def _matrix(self, body: bytes) -> Any:
        if self._plan is None:
            return None
        try:
            payload = _decode(body)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None  # the general way says what is wrong, or knows better: NaN is no JSON, and common
        return self._plan.read(payload)

    async def _guarded(self, answer: Any) -> Any:
        """What the model answers; whatever it raises becomes one error without its inside."""
        try:
            return await answer
        except Error:
            raise
        except (Exception, SystemExit) as error:
            log.warning("%s: predict failed: %s", self.name, type(error).__name__, exc_info=not self.redact)
            said = "" if self.redact else f": {(str(error).strip().splitlines() or [''])[0][:500]}"
            raise Failed(f"The model raised {type(error).__name__}{said}") from error

    def _quickest(self, options: Options) -> tuple[Callable[[Any], Any], probe.Probe]:
        """The way to predict a matrix, and what the probe says of it. A short cut must give what the long way gives."""
        made = self._plan
        if made is None:
            if options.accelerate:
                log.warning("%s: --accelerate onnx: only models whose columns are numbers can be converted", self.name)
            return self.model.predict, self._tried_once()

        def general(matrix: Any) -> Any:
            return self.model.predict(made.frame(matrix))

        if options.accelerate and (self.params or not self._treats_rows_alone()):
            log.warning("%s: --accelerate onnx: only models of rows, without params, can be converted", self.name)
        if not self._treats_rows_alone() and options.batching != "on":  # nor is it known what made-up rows would do
            return general, self._tried_once()
        try:
            tried = made.whole(probe.samples(self._example(made)))
            right = general(tried)
            ways: list[Callable[[Any], Any]] = [general]
            if not self.params:
                way = self.model.rows(made.names)
                ways += [way] if way and _agrees(way, tried, right) else []
                way = accelerated(self.model, self.meta, made.names, tried, right) if options.accelerate else None
                ways += [way] if way else []
            way = _whole_of(ways, made.gaps(tried))
            return way, probe.probe(way, tried)
        except Exception as error:
            log.info("%s: the probe failed, so requests run one by one in a thread: %s", self.name, error)
            return general, probe.Probe(1.0, 0.0, False)

    def _tried_once(self) -> probe.Probe:
        """How long the stored example takes."""
        try:
            example = self._stored()
            if example is None:
                return probe.Probe(1.0, 0.0, False)
            took = probe.took(lambda: self.model.predict(*example))
            alone = self._treats_rows_alone()  # code of somebody's own may wait for anything: never in the loop
            return probe.Probe(took if alone else max(took, 1.0), took, False)
        except Exception as error:
            log.warning("%s: the stored example cannot be predicted: %s: %s", self.name, type(error).__name__, error)
            return probe.Probe(1.0, 0.0, False)

    def _example(self, made: plan.MatrixPlan) -> Any:
        """Rows to try: the stored example's where it is whole, else ones."""
        import numpy as np

        stored = self._body()
        rows = made.read(_decode(stored)) if stored is not None else None
        if rows is None or np.isnan(rows).any():
            return np.ones((1, made.width))
        return rows

    def _stored(self) -> tuple[Any, Any] | None:
        if not self.meta.saved_input_example_info:
            return None
        return self.meta.load_input_example(self.root), self.meta.load_input_example_params(self.root)

    def _body(self) -> bytes | None:
        text = self.meta.get_serving_input(self.root) if self.meta.saved_input_example_info else None
        return text.encode() if text else None

    def _treats_rows_alone(self) -> bool:
        """Whether the flavor's models predict each row from itself alone."""
        return load.loader(self.meta.flavors["python_function"]).rowwise

    def _warm_up(self) -> None:
        """The way of a request once, so that the first client does not pay for what is only paid once.

        A request that nobody stored goes as far as the model and not into it.
        """
        body = self._body()
        try:
            if body is None:
                self.parsed(dumps(sample.of(self.described()).first))
                return
            matrix = self._matrix(body)
            self._rows(matrix) if matrix is not None else self.model.predict(*self.parsed(body))
        except Exception as error:
            log.warning("%s: the stored example cannot be predicted: %s: %s", self.name, type(error).__name__, error)


def _agrees(way: Callable[[Any], Any], tried: Any, right: Any) -> bool:
    """Whether a quicker way gives what the model does; one that cannot, for this kind of model, raises."""
    try:
        return probe.same(way(tried), right)
    except Exception as error:
        log.debug("the quicker way is not taken: %s: %s", type(error).__name__, error)
        return False


def _whole_of(ways: list[Callable[[Any], Any]], gaps: Any) -> Callable[[Any], Any]:
    """The last of `ways`; but the first for rows with missing values, where the two differ about those."""
    general, way = ways[0], ways[-1]
    try:
        if way is general or gaps is None or probe.same(way(gaps), general(gaps), close=True):
            return way
    except Exception:
        log.debug("missing values go the general way, which says why they cannot be")
    import numpy as np

    return lambda matrix: general(matrix) if np.isnan(matrix).any() else way(matrix)


def _count(data: Any) -> int:
    """Rows of data, as far as it says; 1 for a single value."""
    if isinstance(data, dict):
        return max(map(_count, data.values()), default=1)
    try:
        return max(len(data), 1)
    except TypeError:
        return 1
