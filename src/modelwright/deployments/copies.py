"""The copy of a model that an endpoint serves: nobody changes or removes it while it may be loaded again."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..tracking.resolve import Resolved
from .record import Folder, State


def copied(found: Resolved, folder: Folder) -> Path:
    """A copy of a model's files among those of an endpoint.

    The store never writes into a file that it has published, so its files are linked, which takes no room; what lies
    elsewhere is copied.
    """
    to = folder.models / secrets.token_hex(6)
    to.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copytree(found.path, to, copy_function=_linked if found.origin == "store" else shutil.copy2)
    return to


def clear(folder: Folder, states: Iterable[State]) -> None:
    """Remove the copies that none of the states names."""
    named = {Path(one.path).name for state in states for one in state.deployments.values()}
    with suppress(FileNotFoundError):
        for path in folder.models.iterdir():
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)


def _linked(source: str, to: str) -> None:
    try:
        os.link(source, to)
    except OSError:  # another disk
        shutil.copy2(source, to)
