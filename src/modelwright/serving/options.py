"""How models are served: every choice that a server can be given, with its default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Batching = Literal["auto", "on", "off"]
Accelerate = Literal["onnx"]


@dataclass(frozen=True)
class Source:
    """One model to serve: where its directory is, what it is called, and who wrote it."""

    name: str
    path: Path
    origin: str = "stranger"
    version: str | None = None


@dataclass(frozen=True)
class Options:
    """The choices of one server.

    Args:
        models: What to serve; the first answers where an address names none, unless `traffic` divides the calls.
        traffic: Name → its share of the calls that name no model, in any unit.
        host: The interface to listen on.
        port: The TCP port; 0 takes a free one.
        workers: Processes that predict. More than one stand behind a process that holds the connections.
        timeout: Seconds a prediction may take, and a client to send its request.
        queue: Requests in hand at once; further ones are told to come back later (429).
        max_body: Bytes of a request's body, unpacked.
        max_batch: Rows that are predicted in one call when requests are put together.
        batching: Whether requests are put together: "auto" asks a probe, and only for models that treat each row alone.
        accelerate: "onnx" predicts by ONNX Runtime where that agrees with the model itself.
        redact: Leave the values of a request out of error messages and logs.
        extra_columns: "error" refuses columns that the signature does not name; "ignore" drops them, as MLflow does.
        trust: Let code from the models run, wherever they come from.
        grace: Seconds that requests in hand may still take when the server is told to stop.
        json: Say the address as one line of JSON, for a program to read.
    """

    models: tuple[Source, ...]
    traffic: tuple[tuple[str, float], ...] = ()
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    timeout: float = 60.0
    queue: int = 1024
    max_body: int = 100 * 2**20
    max_batch: int = 256
    batching: Batching = "auto"
    accelerate: Accelerate | None = None
    redact: bool = False
    extra_columns: Literal["ignore", "error"] = "ignore"
    trust: bool = False
    grace: float = 30.0
    json: bool = False
