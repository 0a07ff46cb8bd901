"""A server of models that runs already, ours or MLflow's, as a target: it answers, and is not changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from ..core.errors import Error, InvalidArgument, RestError, Unavailable
from ..core.settings import PREDICT_TIMEOUT
from ..models import example
from ..models.jsonable import dumps, plain
from ..models.serving_input import FORMS, UNWRAPPED
from .base import BaseDeploymentClient, Described
from .response import PredictionsResponse

_JSON, _LINES = "application/json", "application/x-ndjson"


class ServerClient(BaseDeploymentClient):
    """Asks a server for predictions.

    Args:
        target_uri: "http://host:port", or "https://…", with a path where the server lies below one.
    """

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> Described:
        raise self._lacks(_CHANGES)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> Described:
        raise self._lacks(_CHANGES)

    def delete_deployment(self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None) -> None:
        raise self._lacks(_CHANGES)

    def list_deployments(self, endpoint: str | None = None) -> list[Described]:
        raise self._lacks("list what it serves; its page /docs shows it")

    def get_deployment(self, name: str, endpoint: str | None = None) -> Described:
        raise self._lacks("describe what it serves; its page /docs shows it")

    def predict(self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None) -> Any:
        """The predictions for some inputs.

        Args:
            deployment_name: The model to ask, at a server of ours with several; the server chooses when left out.
            inputs: A frame, an array, a list, `(data, params)`, or the body of a scoring request as a dictionary.
            endpoint: The same as `deployment_name`.

        Raises:
            InvalidArgument: The inputs have no JSON form.
            RestError: The server refuses the request, in its words.
            Unavailable: Nobody answers there.
        """
        return predict(self._address(deployment_name or endpoint), inputs)

    def predict_stream(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> Iterator[Any]:
        """The pieces of one answer, as the model makes them.

        Args:
            deployment_name: As in `predict`.
            inputs: As in `predict`.
            endpoint: As in `predict`.
        """
        return stream(self._address(deployment_name or endpoint), inputs)

    def _address(self, name: str | None) -> str:
        return self.target_uri.rstrip("/") + (f"/models/{quote(name)}" if name else "")


_CHANGES = "deploy models: it is a server that runs already; the target 'local' starts servers"


def predict(address: str, inputs: Any, headers: Mapping[str, str] | None = None) -> Any:
    """The predictions of the server at an address.

    Args:
        address: Of the server, or of a model at it.
        inputs: As in `ServerClient.predict`.
        headers: Further headers of the request.
    """
    with _asked(address, inputs, {"accept": _JSON, **(headers or {})}) as answer:
        text = answer.read()
    if text.lstrip()[:1] == b"{" and "predictions" not in (found := json.loads(text)):
        return found  # a chat or completion model's own answer
    return PredictionsResponse.from_json(text)


def stream(address: str, inputs: Any, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The pieces that the server at an address answers, each when it has come.

    Args:
        address: As in `predict`.
        inputs: As in `predict`.
        headers: As in `predict`.
    """
    with _asked(address, inputs, {"accept": _LINES, **(headers or {})}) as answer:
        if answer.headers.get_content_type() != _LINES:
            raise InvalidArgument(f"The model at {address} does not answer piece by piece; call predict")
        for line in answer:
            yield json.loads(line)


def body(inputs: Any) -> bytes:
    """The request that scores some inputs.

    >>> body({"instances": [1]}), body([1, 2])
    (b'{"instances": [1]}', b'{"inputs": [1, 2]}')
    """
    if isinstance(inputs, dict) and any(form in inputs for form in (*FORMS, *UNWRAPPED)):
        return dumps(plain(inputs)).encode()
    if (found := example.request(inputs)) is None:
        raise InvalidArgument(f"Inputs of type {type(inputs).__name__} have no JSON form; give a frame or an array")
    return dumps(found).encode()


@contextmanager
def _asked(address: str, inputs: Any, headers: Mapping[str, str]) -> Iterator[HTTPResponse]:
    url = f"{address}/invocations"
    request = Request(url, body(inputs), {"content-type": _JSON, **headers})
    try:
        with _opener(url).open(request, timeout=PREDICT_TIMEOUT.get()) as answer:
            yield answer
    except HTTPError as error:
        with error:
            raise _refusal(url, error.code, error.read()) from None
    except (URLError, TimeoutError, OSError, HTTPException) as error:
        raise Unavailable(f"No answer from {url}: {getattr(error, 'reason', None) or error!r}") from error


def _opener(url: str) -> OpenerDirector:
    """The way to a server: this machine is not asked for through a proxy."""
    near = urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
    return build_opener(ProxyHandler({})) if near else build_opener()


def _refusal(url: str, status: int, text: bytes) -> Error:
    try:
        said = json.loads(text)
        return RestError(said["message"], said["error_code"])
    except (ValueError, KeyError, TypeError):
        return RestError(f"{url} answered {status}: {text[:500].decode('utf-8', 'replace')}")


def run_local(name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None) -> Any:
    """Nothing that this target does."""
    raise Error("A server that runs already starts no other; deploy to 'local'", error_code="NOT_IMPLEMENTED")


def target_help() -> str:
    """What the target says of itself."""
    return (
        "http://host:port and https://host:port are servers of models that run already, ours or MLflow's: predict asks "
        "them, --name chooses one of several models, and they are not changed."
    )
