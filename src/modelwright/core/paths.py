"""The one place that joins a path given from outside to a root."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from .errors import InvalidArgument

_PART = 255  # bytes of one name


def relative(given: str) -> str:
    """`given` as a clean relative POSIX path ("" for the root), or InvalidArgument.

    >>> relative("a//b/./c.txt")
    'a/b/c.txt'
    """
    if "\\" in given or any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in given):
        raise InvalidArgument(f"Path {given!r} holds a backslash or a control character; use a/b/c")
    path = PurePosixPath(given)
    if 4 * len(given) > _PART and (long := [part for part in path.parts if len(part.encode()) > _PART]):
        raise InvalidArgument(f"Path holds the name {long[0][:40]!r}…; {_PART} bytes are the most a name can have")
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise InvalidArgument(f"Path {given!r} leaves its root; give a relative path without '..'")
    return "" if str(path) == "." else str(path)


def inside(root: Path, given: str) -> Path:
    """`root / given`, refused when it leaves `root`, also through a symbolic link."""
    path = root / relative(given)
    real, home = path.resolve(), root.resolve()
    if real != home and home not in real.parents:
        raise InvalidArgument(f"Path {given!r} leads out of its root through a symbolic link")
    return path
