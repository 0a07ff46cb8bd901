"""Small models, the application that serves them, and requests to it without a network between."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modelwright.models.load import flavor
from modelwright.models.python_model import PythonModel
from modelwright.models.save import save_model
from modelwright.models.schema import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature
from modelwright.serving import server
from modelwright.serving.app import App
from modelwright.serving.metrics import Metrics
from modelwright.serving.options import Options, Source

JSON = "application/json"
GATES: dict[str, threading.Event] = {}  # what models of tests wait for


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_constant=_no_json)

    @property
    def predictions(self) -> Any:
        assert self.status == 200, self.body
        return self.json["predictions"]


def _no_json(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def serve(*models: Path | Source, **options: Any) -> App:
    """The application of these models, each named after its directory."""
    given = Options(tuple(m if isinstance(m, Source) else Source(m.name, m) for m in models), trust=True, **options)
    metrics = Metrics()
    return App(server.load(given, metrics), given, metrics)


def ask(app: Any, path: str, body: Any = None, content: str | None = JSON, **more: Any) -> Answer:
    """One request, answered: a POST if it has a body, which is made JSON unless it is bytes."""
    return asyncio.run(asked(app, path, body, content, **more))


async def asked(
    app: Any,
    path: str,
    body: Any = None,
    content: str | None = JSON,
    *,
    method: str | None = None,
    headers: dict[str, str] | None = None,
    receive: Callable[[], Any] | None = None,
) -> Answer:
    """The same in a running loop."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = {**({"content-type": content} if content and body is not None else {}), **(headers or {})}
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method or ("GET" if body is None else "POST"),
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }
    messages = iter([{"type": "http.request", "body": data, "more_body": False}])
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive or _received(messages), send)
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert not sent[-1].get("more_body")
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


def _received(messages: Iterator[dict[str, Any]]) -> Callable[[], Any]:
    async def receive() -> dict[str, Any]:
        message = next(messages, None)
        if message is None:  # the client stays, and says no more
            await asyncio.Event().wait()
        assert message is not None
        return message

    return receive


def save(path: Path, model: Any, signature: ModelSignature | None = None, **options: Any) -> Path:
    """A Python model's directory."""
    kind = options.pop("flavor", "pyfunc")
    given = {"pip_requirements": [], "verify": False, "signature": signature or False, **options}
    save_model(flavor(kind), model, path, **given)
    return path


def columns(*specs: tuple[Any, ...], outputs: Any = None, params: Any = None) -> ModelSignature:
    """A signature of columns: (name, type) or (name, type, required)."""
    found = [ColSpec(kind, name, required=all(required)) for name, kind, *required in specs]
    return ModelSignature(Schema(found), outputs, ParamSchema(params) if params else None)


def sums() -> PythonModel:
    """Adds up the numbers of each row."""

    class Sums(PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input.to_numpy().sum(axis=1) * (params or {}).get("times", 1)

    return Sums()


def sees() -> PythonModel:
    """Answers with what reached it: the values and their kinds."""

    class Sees(PythonModel):
        def predict(self, context, model_input, params=None):
            import numpy
            import pandas

            if isinstance(model_input, pandas.DataFrame):
                kinds = {str(name): str(dtype) for name, dtype in model_input.dtypes.items()}
                values = {str(name): model_input[name].tolist() for name in model_input.columns}
            elif isinstance(model_input, numpy.ndarray):
                kinds, values = str(model_input.dtype), model_input.tolist()
            elif isinstance(model_input, dict) and all(isinstance(v, numpy.ndarray) for v in model_input.values()):
                kinds = {name: str(array.dtype) for name, array in model_input.items()}
                values = {name: array.tolist() for name, array in model_input.items()}
            else:
                kinds, values = type(model_input).__name__, model_input
            return {"kinds": kinds, "values": values, "params": params}

    return Sees()


MIXED = columns(
    ("amount", "double"), ("count", "long"), ("city", "string"), ("ok", "boolean"), ("when", "datetime"),
    ("raw", "binary"), ("note", "string", False),
)  # fmt: skip
MIXED_ROW = [1.5, 3, "Köln", True, "2024-02-29T12:00:00", "aGk=", None]
NUMBERS = columns(("x", "double"), ("n", "long"), outputs=Schema([ColSpec("double")]))
TIMES = [ParamSpec("times", "double", 1.0)]
TENSOR = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2))]))
TENSORS = ModelSignature(
    Schema([TensorSpec(np.dtype("float32"), (-1, 2), "a"), TensorSpec(np.dtype("int64"), (-1,), "b")])
)


def frame(names: list[str], *rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=names)
