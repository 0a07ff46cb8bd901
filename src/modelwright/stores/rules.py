"""What keys, names and values may be, in every store: MLflow's rules for keys, no tight limits on values."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Iterable

from ..core.errors import InvalidArgument

KEY = 250
VALUE = 1 << 20
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
MODEL_STATUSES = ("LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED")
VIEWS = {"ACTIVE_ONLY": "= 0", "DELETED_ONLY": "> 0", "ALL": ">= 0"}
_KEY = re.compile(r"[/\w.\- :]+")
_ALIAS = re.compile(r"[\w\-]{1,255}")


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def key(kind: str, given: str) -> str:
    """A metric, param or tag key: also usable as a relative path, as MLflow demands."""
    if not isinstance(given, str) or not given:
        raise InvalidArgument(f"{kind} key {given!r} cannot be used; expected a name")
    if len(given) > KEY:
        raise InvalidArgument(f"{kind} key {given[:40]!r}… has {len(given)} characters; at most {KEY} are possible")
    if not _KEY.fullmatch(given):
        bad = "".join(sorted(set(re.sub(_KEY, "", given))))
        raise InvalidArgument(f"{kind} key {given!r} holds {bad!r}; expected letters, digits, _ - . : / and spaces")
    if posixpath.normpath(given) != given or given.startswith(("..", "/")) or given == ".":
        raise InvalidArgument(
            f"{kind} key {given!r} is not a clean relative path; did you mean "
            f"{posixpath.normpath('/' + given).lstrip('/')!r}?"
        )
    return given


def value(kind: str, name: str, given: str) -> str:
    if not isinstance(given, str):
        raise InvalidArgument(f"{kind} {name!r} has the value {given!r} of type {type(given).__name__}; expected text")
    if len(given) > VALUE:
        raise InvalidArgument(
            f"{kind} {name!r} has {len(given)} characters; at most {VALUE} fit, log it as an artifact"
        )
    return given


def name(kind: str, given: str, limit: int = 500) -> str:
    """The name of an experiment."""
    if not isinstance(given, str) or not given.strip() or "\0" in given:
        raise InvalidArgument(f"{kind} name {given!r} cannot be used; expected a non-empty text without NUL")
    if len(given) > limit:
        raise InvalidArgument(f"{kind} name {given[:40]!r}… has {len(given)} characters; at most {limit} are possible")
    return given


def model_name(given: str) -> str:
    """The name of a registered model: part of `models:/<name>/<version>`."""
    name("Registered model", given, 256)
    if "/" in given or ":" in given:
        raise InvalidArgument(
            f"Registered model name {given!r} holds '/' or ':', which model URIs need; leave them out"
        )
    return given


def alias(given: str) -> str:
    if not isinstance(given, str) or not _ALIAS.fullmatch(given):
        raise InvalidArgument(f"Alias {given!r} cannot be used; expected up to 255 letters, digits, _ and -")
    if given.lower() == "latest" or re.fullmatch(r"[vV]\d+", given):
        raise InvalidArgument(f"Alias {given!r} reads like a version; 'latest' and 'v<number>' are reserved")
    return given


def one_of(what: str, given: str, words: Iterable[str]) -> str:
    """`given` if it is one of `words`, in any case."""
    table = {word.lower(): word for word in words}
    found = table.get(str(given).lower())
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(str(given).lower(), table, 1)
        hint = f"; did you mean {table[near[0]]!r}?" if near else ""
        raise InvalidArgument(f"{what} {given!r} is unknown; expected one of {', '.join(table.values())}{hint}")
    return found


def number(text: str) -> float | None:
    """What a param's text means as a number, for comparisons with numbers."""
    if len(text) > 40:
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found else None
