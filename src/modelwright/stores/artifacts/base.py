"""What a store of files must do: five verbs over keys, which are relative POSIX paths ("a/b.txt", "" for the root)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable


class Entry(NamedTuple):
    """One name in a listing; `path` is the whole key, `size` None for a directory."""

    path: str
    is_dir: bool
    size: int | None


class ArtifactStore(Protocol):
    """Trees, parallelism and retries live once, in transfer.py. Keys that leave the root raise `InvalidArgument`."""

    def put(self, local: Path, key: str) -> None:
        """Stores one file; whoever reads sees the old bytes or the new, never a part."""

    def get(self, key: str, local: Path) -> None:
        """Copies one file out; `NotFound` when there is none."""

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """One level below `prefix`, by name; nothing when there is no such directory."""

    def open(self, key: str) -> BinaryIO:
        """The bytes of one file; `NotFound` when there is none."""

    def delete(self, prefix: str) -> None:
        """Removes a file or a whole tree; nothing when there is none."""


@runtime_checkable
class Local(Protocol):
    """The store is a directory of this machine: no copy is needed to read it, one rename publishes a tree."""

    def path(self, key: str = "") -> Path:
        """Where `key` lies, whether or not it exists."""

    def stage(self) -> Path:
        """A new empty directory on the same file system, invisible to `list`."""

    def publish(self, staged: Path, key: str) -> None:
        """Moves a staged tree to `key` by one rename, in place of what is there."""
