"""Turning integrations on and off, and running their watchers so that the user's call cannot notice.

enable ──▶ places: one replaced function each ──▶ a call ──▶ watcher up to its yield
                                                          ──▶ the framework's own function, exactly once
                                                          ──▶ the rest of the watcher
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

from ..core.collector import Paused
from ..core.frameworks import within
from .imports import when_imported
from .integration import Call, Family, Integration, Options, Session, Watch, Watcher
from .places import Place, family, functions, methods

log = logging.getLogger(__name__)

OpenSession = Callable[["Enabled"], Session]


@dataclass
class Enabled:
    """An integration that is on."""

    integration: Integration
    options: Options
    open: OpenSession
    admit: Callable[[], bool]  # whether a call made now may be recorded (`exclusive`)
    undo: list[Callable[[], None]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.integration.name

    def watch(self, owner: type, watched: Mapping[str, Watcher]) -> None:
        """Watch methods of one class from now on."""
        with _lock:
            if _enabled.get(self.name) is self:
                for attr, around in watched.items():
                    for place in methods(owner, attr):
                        self.put(place, Watch(f"{owner.__qualname__}.{attr}", around))

    def put(self, place: Place, watch: Watch) -> None:
        if self.name not in place.watches:
            self.undo.append(partial(place.drop, self.name))
        place.watches[self.name] = watch
        place.run = _call

    def say(self, message: str, *args: object) -> None:
        """A line in the log with the error at hand, unless `silent` was asked for; its traceback is for DEBUG."""
        if self.options.get("silent"):
            return
        error = sys.exc_info()[1]
        if error is not None:
            message, args = message + ": %s: %s", (*args, type(error).__name__, error)
            log.debug("autolog", exc_info=True)
        log.warning(message, *args)


@dataclass(frozen=True)
class _Recording:
    """Who records in this context; nobody, in a call that is merely kept quiet."""

    name: str = ""
    session: Session | None = None


_enabled: dict[str, Enabled] = {}
_awaited: dict[
    str, Callable[[], None]
] = {}  # integrations to be turned on with their framework, and how to call it off
_lock = threading.RLock()
_current: ContextVar[_Recording | None] = ContextVar("modelwright_autolog", default=None)
_running: set[object] = set()  # watched calls under way, in any thread


def enable(integration: Integration, options: Options, open_session: OpenSession, *, admit: Any = None) -> None:
    """Watch the framework's calls: now if it is imported, otherwise the moment it is.

    Args:
        integration: What to watch; one that is already on is turned off first.
        options: What `autolog()` was given; `silent` and `disable_for_unsupported_versions` are read here.
        open_session: Makes the session of one watched call.
        admit: Asked before each call; False leaves the call alone.
    """
    with _lock:
        disable(integration.name)
        enabled = Enabled(integration, options, open_session, admit or (lambda: True))
        _enabled[integration.name] = enabled
        for watch in integration.watches(options):
            module = watch.target.partition(":")[0]
            enabled.undo.append(when_imported(module, partial(_apply, enabled, watch, module)))


def enable_with(package: str, name: str, turn_on: Callable[[], None]) -> None:
    """Call `turn_on`, which enables the integration `name`, when `package` is imported; not even our part of it is read
    before.
    """

    def arrived() -> None:
        with _lock:
            if _awaited.pop(name, None) is not None:
                turn_on()

    with _lock:
        disable(name)
        _awaited[name] = lambda: None
        call_off = when_imported(package, arrived)
        if name in _awaited:
            _awaited[name] = call_off


def disable(name: str) -> None:
    """Put back the very objects that were there."""
    with _lock:
        _awaited.pop(name, lambda: None)()
        enabled = _enabled.pop(name, None)
        for undo in reversed(enabled.undo if enabled else ()):
            undo()


def enabled() -> list[str]:
    return sorted({*_enabled, *_awaited})


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing called in here is recorded."""
    token = _current.set(_Recording())
    try:
        yield
    finally:
        _current.reset(token)


def _apply(enabled: Enabled, watch: Watch | Family, module: str) -> None:
    with _lock:
        if _enabled.get(enabled.name) is not enabled or not _supported(enabled):
            return
        if isinstance(watch, Family):
            put = partial(_put_quietly, enabled)
            enabled.undo.append(family(watch, lambda place, target: put(place, Watch(target, watch.around))))
            return
        for place in functions(watch.target, watch.but):
            _put_quietly(enabled, place, watch)


def _put_quietly(enabled: Enabled, place: Place, watch: Watch) -> None:
    try:
        enabled.put(place, watch)
    except Exception:
        enabled.say("autolog: %s is not watched", watch.target)


def _supported(enabled: Enabled) -> bool:
    """Whether to go on with the installed version; says so once when it was never tested."""
    version = getattr(sys.modules.get(enabled.integration.imports), "__version__", "")
    if within(version, enabled.integration.tested):
        return True
    skip = bool(enabled.options.get("disable_for_unsupported_versions"))
    key = (enabled.name, version, skip)
    if key not in _said:
        _said.add(key)
        enabled.say(
            "autolog: %s %s is outside the tested range %s%s",
            enabled.integration.imports, version, enabled.integration.tested, "; it is not watched" if skip else "",
        )  # fmt: skip
    return not skip


_said: set[tuple[str, str, bool]] = set()


def _call(place: Place, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One call of a watched function, by whoever made it."""
    current = _current.get()
    if current is not None:  # called by a call that is being recorded
        watch = place.watches.get(current.name)
        if current.session is None or watch is None or watch.inside is None:
            return function(*args, **kwargs)
        return _run(_enabled.get(current.name), watch, watch.inside, current.session, function, args, kwargs)
    name, watch = next((item for item in reversed(place.watches.items()) if item[1].applies()), ("", None))
    enabled = _enabled.get(name)
    if watch is None or enabled is None or (_running and _serving(enabled)):
        return function(*args, **kwargs)
    if watch.around is None:
        with _under_way(_Recording()):
            return function(*args, **kwargs)
    session = _open(enabled, watch)
    if session is None:
        return function(*args, **kwargs)
    with _under_way(_Recording(name, session)):
        return _run(enabled, watch, watch.around, session, function, args, kwargs, close=True)


def _open(enabled: Enabled, watch: Watch) -> Session | None:
    try:
        return enabled.open(enabled) if enabled.admit() else None
    except Exception:
        enabled.say("autolog: %s was not recorded", watch.target)
        return None


@contextmanager
def _under_way(recording: _Recording) -> Iterator[None]:
    token, here = _current.set(recording), object()
    _running.add(here)
    try:
        yield
    finally:
        _running.discard(here)
        _current.reset(token)


def _serving(enabled: Enabled) -> bool:
    """Whether this thread works for a watched call of another thread, by the pool modules on its stack."""
    pools = enabled.integration.pools
    if not pools or threading.current_thread() is threading.main_thread():
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") in pools:
            return True
        frame = frame.f_back
    return False


def _run(
    enabled: Enabled | None,
    watch: Watch,
    around: Watcher,
    session: Session,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    close: bool = False,
) -> Any:
    """The watcher up to its yield, the user's call, the rest of the watcher; `close` ends the session too."""
    ours = partial(_ours, enabled, watch, session)
    call, watcher = Call(function, args, kwargs), None
    with ours():
        generator = around(call, session)
        if next(generator, ours) is not ours:  # the default says: it returned before its yield
            watcher = generator
    if watcher is not None and call.changed:
        args, kwargs = call.args, call.kwargs
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        if watcher is not None:
            with ours():
                watcher.close()  # its `finally` blocks run now
        if close:
            with ours():
                session.failed(error)
        raise
    if watcher is not None:
        with ours():
            _finish(watcher, result)
    if close:
        with ours():
            session.finished()
    return result


@contextmanager
def _ours(enabled: Enabled | None, watch: Watch, session: Session) -> Iterator[None]:
    """Our own part of a call: errors are named in the outcome and logged, never raised."""
    hush = enabled is not None and bool(enabled.options.get("silent"))
    try:
        if hush:
            with Paused(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        else:
            with Paused():
                yield
    except Exception as error:
        if enabled is not None:
            enabled.say("autolog: part of %s was not recorded", watch.target)
        session.lost(watch.target, error)


def _finish(watcher: Any, result: Any) -> None:
    try:
        watcher.send(result)
    except StopIteration:
        return
    watcher.close()
    raise RuntimeError("a watcher yields exactly once")
