"""Things to do right after a module's first import, at no cost if that never comes."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

log = logging.getLogger(__name__)
Action = Callable[[], None]
_armed: dict[str, list[Action]] = {}


def when_imported(module: str, action: Action) -> Action:
    """Do `action` now if `module` is there, otherwise once it is; the answer calls it off."""
    if module in sys.modules:
        _quietly(module, action)
        return lambda: None
    _armed.setdefault(module, []).append(action)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return lambda: _disarm(module, action)


def _disarm(module: str, action: Action) -> None:
    actions = _armed.get(module, [])
    if action in actions:
        actions.remove(action)
    if not actions:
        _armed.pop(module, None)


class _AfterImport(MetaPathFinder):
    """Lets the ordinary finders find an armed module, and runs what is armed once its own code has run.

    It stays on `sys.meta_path` once there: taking an entry away while another thread walks that list would make the
    other import skip a finder. Nothing armed costs one look into an empty dict per import.
    """

    def __init__(self) -> None:
        self._asking: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _armed or fullname in self._asking:
            return None
        self._asking.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._asking.discard(fullname)
        loader = spec.loader if spec else None
        if loader is None or isinstance(loader, type):  # nothing found, or a built-in: the others decide
            return None
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            loader.__dict__.pop("exec_module", None)
            execute(module)
            for action in _armed.pop(fullname, ()):
                _quietly(fullname, action)

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:
            log.warning("autolog: %s is loaded by %r, which cannot be followed", fullname, loader)
            return None
        return spec


def _quietly(module: str, action: Action) -> None:
    try:
        action()
    except Exception:
        log.warning("autolog: %s is not watched", module, exc_info=True)


_finder = _AfterImport()
