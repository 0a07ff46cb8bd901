"""Where runs and models live: the addresses set in code, else by the environment, else `./mwruns`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from ..core import settings
from ..core.errors import InvalidArgument

_DEFAULT = "mwruns"


class _Given(NamedTuple):
    text: str  # as given
    address: str  # with relative paths made absolute
    before: str | None  # what the environment said


_given: dict[str, _Given] = {}  # "tracking" and "registry", as far as set in code


def set_tracking_uri(uri: str | os.PathLike[str] | None) -> None:
    _set("tracking", uri, settings.TRACKING_URI)


def set_registry_uri(uri: str | os.PathLike[str] | None) -> None:
    _set("registry", uri, settings.REGISTRY_URI)


def tracking_uri() -> str:
    """The tracking address as it was given."""
    if "tracking" in _given:
        return _given["tracking"].text
    return settings.TRACKING_URI.get() or Path(_DEFAULT).absolute().as_uri()


def registry_uri() -> str:
    """The registry address as it was given; the tracking address when there is none."""
    if "registry" in _given:
        return _given["registry"].text
    return settings.REGISTRY_URI.get() or tracking_uri()


def tracking_address() -> str:
    """The tracking address to open a store with."""
    return _given["tracking"].address if "tracking" in _given else absolute(tracking_uri())


def registry_address() -> str:
    """The registry address to open a store with."""
    return _given["registry"].address if "registry" in _given else absolute(registry_uri())


def is_tracking_uri_set() -> bool:
    return "tracking" in _given or settings.TRACKING_URI.given


def absolute(uri: str) -> str:
    """`uri` with a relative path made absolute, so that a later `os.chdir` changes nothing.

    >>> absolute("https://example.org/x"), absolute("/tmp/runs")
    ('https://example.org/x', '/tmp/runs')
    """
    scheme, colon, rest = uri.partition(":")
    if not colon or len(scheme) == 1:  # a path, perhaps with a Windows drive
        return os.path.abspath(os.path.expanduser(uri))
    if scheme == "file" and not rest.startswith("/"):
        return Path(rest).absolute().as_uri()
    if scheme == "sqlite" and rest.startswith("///") and not rest.startswith("////"):
        path = rest.removeprefix("///")
        return uri if path in ("", ":memory:") else f"sqlite:///{os.path.abspath(path)}"
    return uri


def _set(which: str, uri: str | os.PathLike[str] | None, setting: settings.Setting[str]) -> None:
    """Keep `uri`, and tell child processes of it; nothing, or an empty text, goes back to the environment's."""
    earlier = _given.pop(which, None)
    variable = setting.names[0]
    if earlier is not None and os.environ.get(variable) == earlier.address:
        _export(variable, earlier.before)
    if uri is None or uri == "":
        return
    if not isinstance(uri, str | os.PathLike):
        raise InvalidArgument(f"A {which} address is a text or a path, not {uri!r}; give a directory or sqlite:///x.db")
    text = os.fspath(uri)
    _given[which] = _Given(text, absolute(text), os.environ.get(variable))
    _export(variable, _given[which].address)


def _export(variable: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value


def is_registry_uri_set() -> bool:
    return "registry" in _given or settings.REGISTRY_URI.given
