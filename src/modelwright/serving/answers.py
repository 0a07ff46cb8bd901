"""Predictions as the bytes of an answer: JSON that every reader accepts, so what JSON cannot say is null."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from ..core.errors import Error
from ..models.predictions import plain

JSON = b"application/json"
_encode = msgspec.json.Encoder().encode


class Cut(Exception):
    """The pieces of an answer end here, though it is not whole."""


class Reply(NamedTuple):
    """What the server answers: all of it, or its pieces as they come."""

    status: int
    body: bytes = b""
    media: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    pieces: Any = None  # an asynchronous iterator of bytes, in place of `body`


def jsonable(predictions: Any) -> Any:
    """Predictions as lists, dictionaries, strings, numbers and None; arrays of numbers the short way.

    >>> import numpy as np
    >>> jsonable(np.array([1.5, 2.0]))
    [1.5, 2.0]
    """
    kind = getattr(getattr(predictions, "dtype", None), "kind", "")
    return predictions.tolist() if kind in _PLAIN_KINDS and kind else plain(predictions)


_PLAIN_KINDS = "biuf"


def dumps(value: Any) -> bytes:
    """JSON values as bytes; NaN and infinities, which JSON lacks, as null.

    >>> dumps({"predictions": [1, float("nan")]})
    b'{"predictions":[1,null]}'
    """
    try:
        return _encode(value)
    except (OverflowError, msgspec.MsgspecError, ValueError, TypeError):  # integers beyond 64 bits
        return json.dumps(plain(value), separators=(",", ":")).encode()


def wrapped(predictions: Any) -> bytes:
    """MLflow's answer.

    >>> wrapped([1, 2])
    b'{"predictions":[1,2]}'
    """
    return dumps({"predictions": jsonable(predictions)})


def bare(predictions: Any) -> bytes:
    """Azure's answer: the predictions and nothing around them."""
    return dumps(jsonable(predictions))


def refusal(status: int, code: str, message: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Reply:
    """An error as MLflow's servers write it."""
    return Reply(status, dumps({"error_code": code, "message": message}), JSON, tuple(headers))


def failure(error: Error) -> Reply:
    """Our own errors as answers; what they say was written to be read by who asked."""
    return Reply(error.status, dumps(told(error)))


def told(error: Error) -> dict[str, str]:
    """What an answer says of an error."""
    return {"error_code": error.error_code, "message": error.message}
