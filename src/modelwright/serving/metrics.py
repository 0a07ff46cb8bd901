"""What a server counts of itself, in Prometheus' format."""

from __future__ import annotations

from typing import Any

from ..core.extras import need

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 8192)


class Metrics:
    """Counters of one process."""

    def __init__(self) -> None:
        client = need("prometheus_client", "serve", "serve a model")
        self._registry = client.CollectorRegistry()
        self._requests = client.Counter(
            "modelwright_requests", "Requests answered", ["model", "route", "status"], registry=self._registry
        )
        self._seconds = client.Histogram(
            "modelwright_request_seconds", "Seconds from a request's headers to its answer", ["model", "route"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._rows = client.Histogram(
            "modelwright_call_rows", "Rows of one call of a model", buckets=_ROWS, registry=self._registry
        )
        self._in_hand = client.Gauge(
            "modelwright_requests_in_hand", "Requests being answered now", registry=self._registry
        )
        self._restarts = client.Counter(
            "modelwright_worker_restarts", "Workers that ended by themselves", registry=self._registry
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self._text = client.generate_latest
        self.rows = self._rows.observe
        self.in_hand = self._in_hand.set_function
        self.restarted = self._restarts.inc

    def count(self, model: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        found = self._children.get((model, route, status))
        if found is None:
            found = (self._requests.labels(model, route, str(status)).inc, self._seconds.labels(model, route).observe)
            self._children[model, route, status] = found
        found[0]()
        found[1](seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        text: bytes = self._text(self._registry)
        return text
