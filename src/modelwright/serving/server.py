"""The server's process: models loaded, the port opened, the signals heard."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from ..core.errors import BrokenModel, Error, InvalidArgument, Unavailable
from ..core.extras import need
from . import front
from .app import App
from .endpoint import Endpoint
from .impatient import impatient
from .metrics import Metrics
from .options import Options, Source

log = logging.getLogger(__name__)
T = TypeVar("T")


def run(options: Options) -> None:
    """Serve until a signal says stop; requests in hand are answered first.

    Raises:
        InvalidArgument: Two models have one name.
        Unavailable: The port cannot be had.
        CorruptModel, UntrustedModel, NotFound, BrokenModel: A model cannot be loaded.
    """
    _distinct(options.models)
    prepare()
    leave(run_loop(_several(options) if options.workers > 1 else _alone(options)))


def prepare() -> None:
    """Make ready the process: what it needs is installed, its log is written."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    need("uvicorn", "serve", "serve a model")


def leave(busy: bool) -> None:
    """End the process at once if a model still works: its thread, which may never end, would be waited for."""
    if busy:
        logging.shutdown()
        os._exit(0)


async def _alone(options: Options) -> bool:
    """Everything in this process; whether a model still works when all is over."""
    metrics = Metrics()
    app = App(load(options, metrics), options, metrics)
    try:
        await listen(app, options)
    finally:
        app.close()
    return app.busy


async def _several(options: Options) -> bool:
    """Workers that predict, and this process in front of them."""
    app = front.Front(options, Metrics())
    try:
        await app.start()
        await listen(app, options)
    finally:
        await app.stop()
    return False


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on uvloop where that is installed, else on asyncio's own loop."""
    try:
        factory = need("uvloop", "serve", "serve a model").new_event_loop
    except ImportError:
        factory = None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def load(options: Options, metrics: Metrics) -> list[Endpoint]:
    """The models, loaded and warm.

    Raises an Error of ours, whatever goes wrong.
    """
    return [_loaded(source, options, metrics) for source in options.models]


def _loaded(source: Source, options: Options, metrics: Metrics) -> Endpoint:
    try:
        return Endpoint(source, options, metrics.rows)
    except Error:
        raise
    except Exception as error:
        log.exception("%s cannot be loaded", source.name)
        notes = "".join(f". {note}" for note in getattr(error, "__notes__", ()))
        raise BrokenModel(f"{source.name} cannot be loaded: {type(error).__name__}: {error}{notes}") from error


async def listen(app: Any, options: Options) -> None:
    """Open the port, say where it is, and answer; returns when told to stop."""
    bound = bind(options.host, options.port)
    await answer(app, options, bound, lambda: _tell(address(bound), options))


def _tell(url: str, options: Options) -> None:
    names = [source.name for source in options.models]
    if options.json:
        print(json.dumps({"url": url, "models": names, "pid": os.getpid()}), flush=True)
    else:
        print(f"Serving {', '.join(names)} at {url}  (try it: {url}/docs)", flush=True)


def address(bound: socket.socket) -> str:
    """The URL of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def answer(app: Any, options: Options, bound: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Answer what comes in at a bound socket; returns when told to stop. `ready` is called once it can be told."""
    uvicorn = need("uvicorn", "serve", "serve a model")
    config = uvicorn.Config(
        app,
        http=_http(),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(int(options.grace), 1),
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = uvicorn.Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn hears them while it runs, and passes them on to these
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    ready()
    await server.serve(sockets=[bound])


def _http() -> Any:
    """uvicorn's protocol on httptools where that is installed, with limits on what headers may take."""
    try:
        need("httptools", "serve", "read requests quickly")
        return impatient(need("uvicorn.protocols.http.httptools_impl", "serve", "serve a model").HttpToolsProtocol)
    except ImportError:
        return impatient(need("uvicorn.protocols.http.h11_impl", "serve", "serve a model").H11Protocol)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; Unavailable when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise Unavailable(
            f"Port {port} of {host} cannot be had: {error.strerror}; choose another with --port"
        ) from error
    bound.listen(2048)
    bound.set_inheritable(True)
    return bound


def _distinct(models: Sequence[Source]) -> None:
    names = [source.name for source in models]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidArgument(f"Two models are called {twice}; give them names: NAME=URI")
    if bad := [name for name in names if not name or set(name) & set("/?#%")]:
        raise InvalidArgument(f"A model's name becomes part of its address, so it cannot be {bad}; give one: NAME=URI")
