"""The requests of one address, divided among deployments that change while it answers.

Clients are connected to the gate, and workers of each deployment stand behind it. A new version's workers load and warm
up beside the old one's; then requests go to the new ones, and the old ones end when they have answered what they hold.
The socket and every connection stay.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from ..core.errors import BrokenModel, Error, NotFound, Unavailable
from ..serving.answers import Reply
from ..serving.entrance import Call, Entrance
from ..serving.front import LIVE, Front, Left
from ..serving.metrics import Metrics
from ..serving.options import Options

_HEADER = b"azureml-model-deployment"  # names the deployment: in a request to choose it, in an answer to tell
_NAMED = re.compile(r"(?:/v2)?/models/([^/]+)")


class Wanted(NamedTuple):
    """How one deployment is to be served."""

    options: Options
    python: str


class _Placed(NamedTuple):
    wanted: Wanted
    front: Front


class Gate(Entrance):
    """An ASGI application.

    Args:
        options: What requests may take.
        metrics: What counts them.
    """

    def __init__(self, options: Options, metrics: Metrics) -> None:
        super().__init__(options, metrics)
        self._placed: dict[str, _Placed] = {}
        self._traffic: dict[str, float] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def change(self, options: Options, wanted: Mapping[str, Wanted], traffic: Mapping[str, float]) -> None:
        """Serve what is wanted, once all of it is ready; nothing has changed when that fails.

        Raises BrokenModel with the reason of the deployment that cannot be served.
        """
        async with self._turn:
            kept = {name: there for name, there in self._placed.items() if wanted.get(name) == there.wanted}
            fresh = {name: one for name, one in wanted.items() if name not in kept}
            started = await self._started(fresh)
            left = [there.front for name, there in self._placed.items() if name not in kept]
            self.options, self._placed, self._traffic = options, {**kept, **started}, dict(traffic)
            for front in left:
                task = asyncio.create_task(_dismissed(front))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        """End all workers."""
        fronts = [there.front.stop() for there in self._placed.values()]
        await asyncio.gather(*fronts, *self._leaving)

    async def reply(self, call: Call) -> Reply:
        if call.path == "/metrics":
            call.route = call.path
            return Reply(200, self.metrics.text(), b"text/plain; version=0.0.4; charset=utf-8")
        if call.path in LIVE:  # whether or not there is a deployment
            call.route = call.path
            return Reply(200, *LIVE[call.path])
        body = await call.raw_body()
        while True:
            name = self._chosen(call)
            with suppress(Left):  # replaced while the request waited for a worker: another has its place
                reply = await self._placed[name].front.forward(call, body)
                break
        return reply._replace(headers=(*reply.headers, (_HEADER, name.encode())))

    def _chosen(self, call: Call) -> str:
        """The deployment that a request names, else one by its share of the traffic."""
        header, address = call.header(_HEADER), _NAMED.match(call.path)
        name = header.decode("latin-1") if header is not None else address[1] if address else None
        if name is not None:
            if name not in self._placed:
                raise NotFound(f"There is no deployment {name!r} here; there are: {', '.join(self._placed) or 'none'}")
            return name
        shares = {name: share for name, share in self._traffic.items() if share > 0}
        if not shares:
            raise Unavailable("This endpoint has no deployment that gets traffic yet")
        if call.method != "POST":  # pages and documents are of one deployment, not of another each time
            return max(shares, key=shares.__getitem__)
        return random.choices(list(shares), list(shares.values()))[0]

    async def _started(self, wanted: Mapping[str, Wanted]) -> dict[str, _Placed]:
        """Workers of all that is wanted, ready to answer."""
        placed = {name: _Placed(one, Front(one.options, self.metrics, one.python)) for name, one in wanted.items()}
        done = await asyncio.gather(*(one.front.start() for one in placed.values()), return_exceptions=True)
        for name, problem in zip(placed, done, strict=True):
            if problem is None:
                continue
            await asyncio.gather(*(one.front.stop() for one in placed.values()))
            if not isinstance(problem, Error | OSError):
                raise problem
            said = problem.message if isinstance(problem, Error) else str(problem)
            raise BrokenModel(f"Deployment {name!r} cannot be served, so nothing has changed: {said}") from problem
        return placed


async def _dismissed(front: Front) -> None:
    """End workers when they have answered what they hold."""
    with suppress(TimeoutError):
        async with asyncio.timeout(front.options.grace):
            await front.idle()
    await front.stop()
