"""Artifacts in a directory of this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ...core import uris
from ...core.errors import InvalidArgument, MissingFile
from ...core.paths import inside, relative
from .base import Entry

_HIDDEN = ".mw-"
_DAY = 86_400


class LocalArtifacts:
    """Files below `root`, which is made when first written to. Nothing outside it is read or written.

    >>> import tempfile
    >>> store = LocalArtifacts(Path(tempfile.mkdtemp()))
    >>> staged = store.stage()
    >>> _ = (staged / "a.txt").write_text("x")
    >>> store.publish(staged, "model")
    >>> [entry.path for entry in store.list("model")]
    ['model/a.txt']
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str = "") -> Path:
        if any(part.startswith(_HIDDEN) for part in relative(key).split("/")):
            raise InvalidArgument(f"Path {key!r} holds a name that begins with {_HIDDEN!r}, which is kept for staging")
        return inside(self.root, key)

    def put(self, local: Path, key: str) -> None:
        import shutil

        if not relative(key):
            raise InvalidArgument(f"{str(local)!r} needs a name in the store; give a path below the root")
        target = self.path(key)
        self._room(target)
        new = self._new()
        try:
            shutil.copyfile(local, new)
            os.replace(new, target)
        finally:
            new.unlink(missing_ok=True)

    def get(self, key: str, local: Path) -> None:
        import shutil

        source = self._file(key)
        local.parent.mkdir(parents=True, exist_ok=True)
        new = local.with_name(f"{_HIDDEN}{os.urandom(8).hex()}")
        try:
            shutil.copyfile(source, new)
            os.replace(new, local)
        finally:
            new.unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        folder = self.path(prefix)
        if not folder.is_dir():
            return
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        home = os.path.realpath(self.root)
        start = f"{relative(prefix)}/".lstrip("/")
        for entry in entries:
            if entry.name.startswith(_HIDDEN):
                continue
            if entry.is_symlink() and not os.path.realpath(entry.path).startswith(home + os.sep):
                continue
            is_dir = entry.is_dir()
            if is_dir or entry.is_file():
                yield Entry(start + entry.name, is_dir, None if is_dir else entry.stat().st_size)

    def open(self, key: str) -> BinaryIO:
        return self._file(key).open("rb")

    def delete(self, prefix: str) -> None:
        import shutil

        target = self.path(prefix)
        if target.is_dir() and not target.is_symlink():
            gone = self._new()
            if target == self.root:
                shutil.rmtree(target)
                return
            os.rename(target, gone)
            shutil.rmtree(gone)
        else:
            target.unlink(missing_ok=True)

    def stage(self) -> Path:
        self._sweep()
        staged = self._new()
        staged.mkdir(parents=True)
        return staged

    def publish(self, staged: Path, key: str) -> None:
        if not relative(key):
            raise InvalidArgument("A tree is published under a name; give a path below the root")
        target = self.path(key)
        self._room(target)
        try:
            os.rename(staged, target)
        except OSError:
            if not os.path.lexists(target):
                raise
            _exchange(staged, target)
            self._discard(staged)

    def _room(self, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidArgument(f"{str(target)!r} cannot be written: a part of its path is a file") from error

    def _file(self, key: str) -> Path:
        path = self.path(key)
        if not path.is_file():
            what = "is a directory; name a file in it" if path.is_dir() else "is not there"
            raise MissingFile(f"Artifact {key!r} of {str(self.root)!r} {what}")
        return path

    def _new(self) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root / f"{_HIDDEN}{os.urandom(8).hex()}"

    def _discard(self, path: Path) -> None:
        import shutil

        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _sweep(self) -> None:
        """Removes what a killed process left more than a day ago."""
        if not self.root.is_dir():
            return
        with os.scandir(self.root) as entries:
            hidden = [entry for entry in entries if entry.name.startswith(_HIDDEN)]
        for entry in hidden:
            with suppress(FileNotFoundError):  # other writers finish, and other sweepers sweep, at the same time
                if entry.stat(follow_symlinks=False).st_mtime < time.time() - _DAY:
                    self._discard(Path(entry.path))


def _exchange(a: Path, b: Path) -> None:
    """Swaps two names: by one system call on Linux, else by renames with a moment between them."""
    import ctypes

    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here, swap = -100, 2
    if renameat2 is not None and renameat2(here, os.fsencode(a), here, os.fsencode(b), swap) == 0:
        return
    aside = a.with_name(f"{a.name}-old")
    os.rename(b, aside)
    os.rename(a, b)
    os.rename(aside, a)


def open_local(uri: str) -> LocalArtifacts:
    path = uris.local_path(uri)
    if path is None:
        raise InvalidArgument(f"{uri!r} is no directory of this machine")
    return LocalArtifacts(Path(os.path.abspath(path)))
