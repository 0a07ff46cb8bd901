"""The one place that joins a path given from outside to a root."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from .errors import InvalidArgument

_PART = 255  # bytes of one name
_REFUSED = re.compile(r"[\\\x00-\x1f\ud800-\udfff]")


def relative(given: str) -> str:
    """`given` as a clean relative POSIX path ("" for the root), or InvalidArgument.

    >>> relative("a//b/./c.txt")
    'a/b/c.txt'
    """
    if _REFUSED.search(given):
        raise InvalidArgument(f"Path {given!r} holds a backslash or a control character; use a/b/c")
    parts = [part for part in given.split("/") if part not in ("", ".")]
    if 4 * len(given) > _PART and (long := [part for part in parts if len(part.encode()) > _PART]):
        raise InvalidArgument(f"Path holds the name {long[0][:40]!r}…; {_PART} bytes are the most a name can have")
    if given.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
        raise InvalidArgument(f"Path {given!r} leaves its root; give a relative path without '..'")
    return "/".join(parts)


def inside(root: Path, given: str) -> Path:
    """`root / given`, refused when it leaves `root`, also through a symbolic link."""
    clean = relative(given)
    path = root / clean
    if _through_link(str(root), clean):
        real, home = path.resolve(), root.resolve()
        if real != home and home not in real.parents:
            raise InvalidArgument(f"Path {given!r} leads out of its root through a symbolic link")
    return path


def _through_link(root: str, clean: str) -> bool:
    """Whether one of the names below the root is a symbolic link; without one, nothing leads out."""
    at = root
    for part in clean.split("/") if clean else ():
        at = os.path.join(at, part)
        try:
            mode = os.lstat(at).st_mode
        except OSError:  # what is not there leads nowhere
            return False
        if stat.S_ISLNK(mode):
            return True
    return False
