"""Scalars and hyperparameters that PyTorch's SummaryWriter is given, in the active run as well."""

from __future__ import annotations

import time
from typing import Any

from ...tracking.active import active_run
from ...tracking.entities import Metric
from ..integration import Call, Session


def event(call: Call, session: Session) -> Any:
    """Scalars of every n-th step."""
    every, run = session.options.get("log_every_n_step"), active_run()
    if not every or run is None:
        return
    event, step = call.arguments["event"], call.arguments.get("step") or 0
    yield
    if event.WhichOneof("what") != "summary" or step % every:
        return
    with session.part("scalars"):
        when = int((event.wall_time or time.time()) * 1000)
        values = [value for value in event.summary.value if value.HasField("simple_value")]
        points = [Metric(value.tag, float(value.simple_value), when, int(step)) for value in values]
        if points:  # in the background: the loop that draws them does not wait for a store
            run.client.log_batch(run.info.run_id, metrics=points, synchronous=False)


def hyperparameters(call: Call, session: Session) -> Any:
    yield
    session.params({name: str(value) for name, value in (call.arguments["hparam_dict"] or {}).items()})
    session.metrics({name: float(value) for name, value in (call.arguments["metric_dict"] or {}).items()})
