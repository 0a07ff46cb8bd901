"""The options of a server as flags: of `modelwright serve` and of `python -m modelwright.serving`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ..core.errors import InvalidArgument
from ..core.settings import SERVING_TIMEOUT
from .options import Options, Source

F = TypeVar("F", bound=Callable[..., Any])
_D = Options(())
_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}

FLAGS = (
    click.option("-h", "--host", default=_D.host, show_default=True, help="The interface to listen on."),
    click.option("-p", "--port", type=click.IntRange(0, 65535), default=_D.port, show_default=True,
                 help="The port; 0 takes a free one and says which."),
    click.option("-w", "--workers", type=click.IntRange(1), default=_D.workers, show_default=True,
                 help="Processes that predict."),
    click.option("-t", "--timeout", type=click.FloatRange(0, min_open=True), default=_D.timeout, show_default=True,
                 envvar=list(SERVING_TIMEOUT.names),
                 help="Seconds that a prediction may take, and a client to send its request."),
    click.option("--queue", type=click.IntRange(1), default=_D.queue, show_default=True,
                 help="Requests in hand at once; further ones are answered 429."),
    click.option("--max-body", default="100M", show_default=True, help="Size of a request, unpacked: 500K, 100M, 2G."),
    click.option("--max-batch", type=click.IntRange(1), default=_D.max_batch, show_default=True,
                 help="Rows of one call when requests are put together."),
    click.option("--batching", type=click.Choice(["auto", "on", "off"]), default=_D.batching, show_default=True,
                 help="Whether requests are put together; auto tries what it brings."),
    click.option("--accelerate", type=click.Choice(["onnx"]), help="Predict by ONNX Runtime where that agrees."),
    click.option("--extra-columns", type=click.Choice(["ignore", "error"]), default=_D.extra_columns, show_default=True,
                 help="What becomes of columns that the signature does not name."),
    click.option("--redact", is_flag=True, help="Leave the values of requests out of messages and logs."),
    click.option("--traffic", multiple=True, metavar="NAME=SHARE",
                 help="The share of the calls that name no model; once for each."),
    click.option("--grace", type=click.FloatRange(0), default=_D.grace, show_default=True,
                 help="Seconds that requests in hand may take once the server is to stop."),
    click.option("--trust", is_flag=True, help="Let code from the models run, wherever they come from."),
    click.option("--json", is_flag=True, help="Say the address as one line of JSON."),
)  # fmt: skip


def serving(function: F) -> F:
    """All the flags, on a command."""
    for flag in reversed(FLAGS):
        function = flag(function)
    return function


def options(models: tuple[Source, ...], given: Mapping[str, Any]) -> Options:
    """The options that the flags' values stand for."""
    return Options(
        models,
        **{**given, "max_body": size(given["max_body"]), "traffic": tuple(map(_share, given["traffic"]))},
    )


def arguments(given: Mapping[str, Any]) -> list[str]:
    """The values as a command line again, for another process to read.

    >>> arguments({"port": 80, "redact": True, "traffic": ("a=1",), "accelerate": None})
    ['--port=80', '--redact', '--traffic=a=1']
    """
    line: list[str] = []
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            line.append(flag)
        elif isinstance(value, tuple):
            line += [f"{flag}={one}" for one in value]
        elif value is not None and value is not False:
            line.append(f"{flag}={value}")
    return line


def size(text: str) -> int:
    """Bytes, as people write them.

    >>> size("100M"), size("2k")
    (104857600, 2048)
    """
    digits = text.strip().lower().removesuffix("b")
    number, unit = digits.rstrip("kmg"), digits[len(digits.rstrip("kmg")) :]
    if not number.isdigit() or unit not in _BYTES:
        raise InvalidArgument(f"A size is a number with K, M, G or nothing after it, such as 100M; got {text!r}")
    return int(number) * _BYTES[unit]


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not name or not 0 <= value < float("inf"):
        raise InvalidArgument(f"--traffic takes NAME=SHARE, such as blue=90; got {text!r}")
    return name, value
