"""The tags every new run gets: who started it, from which file, at which commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core import settings
from ..core.errors import InvalidArgument

USER, SOURCE_NAME, SOURCE_TYPE = "mlflow.user", "mlflow.source.name", "mlflow.source.type"
GIT_COMMIT = "mlflow.source.git.commit"
RUN_NAME, NOTE = "mlflow.runName", "mlflow.note.content"


contexts: list[Callable[[], Mapping[str, str]]] = []  # asked for further tags of every run that starts


def run_tags() -> dict[str, str]:
    """The tags of a run that starts now; what `MODELWRIGHT_RUN_CONTEXT` says comes on top."""
    tags = origin_tags()
    for context in tuple(contexts):
        tags.update(context())
    commit = git_commit(Path(_main_file() or "."))
    if commit:
        tags[GIT_COMMIT] = commit
    if raw := settings.RUN_CONTEXT.get():
        tags.update(_from_environment(raw))
    return tags


def origin_tags() -> dict[str, str]:
    """User, source file and kind of source."""
    notebook = os.environ.get("JPY_SESSION_NAME") if "ipykernel" in sys.modules else None
    name = notebook or _main_file() or "<console>"
    return {USER: user(), SOURCE_NAME: name, SOURCE_TYPE: "NOTEBOOK" if notebook else "LOCAL"}


def user() -> str:
    """The name of who runs this process."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if name := os.environ.get(variable):
            return name
    try:
        import pwd  # not on Windows
    except ImportError:
        return "unknown"
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def git_commit(path: Path) -> str | None:
    """The commit that is checked out where `path` lies, read from the repository's files; None outside of one."""
    try:
        for folder in path.absolute().parents if path.is_file() else (path.absolute(), *path.absolute().parents):
            dot_git = folder / ".git"
            if dot_git.exists():
                return _head(_git_directory(dot_git))
    except OSError:
        return None
    return None


def _git_directory(dot_git: Path) -> Path:
    if dot_git.is_dir():
        return dot_git
    pointer = dot_git.read_text("utf-8").removeprefix("gitdir:").strip()  # a worktree or submodule
    return dot_git.parent / pointer


def _head(directory: Path) -> str | None:
    head = (directory / "HEAD").read_text("utf-8").strip()
    if not head.startswith("ref:"):
        return head or None
    ref = head.removeprefix("ref:").strip()
    common = directory
    if (pointer := directory / "commondir").is_file():
        common = directory / pointer.read_text("utf-8").strip()
    for root in (directory, common):
        if (loose := root / ref).is_file():
            return loose.read_text("utf-8").strip() or None
    if (packed := common / "packed-refs").is_file():
        for line in packed.read_text("utf-8").splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return commit
    return None  # a branch without a commit yet


def _main_file() -> str | None:
    return sys.argv[0] if getattr(sys, "argv", None) and sys.argv[0] not in ("", "-c") else None


def _from_environment(raw: str) -> dict[str, Any]:
    import json

    name = settings.RUN_CONTEXT.names[0]
    try:
        tags = json.loads(raw)
    except ValueError as error:
        raise InvalidArgument(f"{name}={raw!r} is not JSON ({error}); give an object of tags") from error
    if not isinstance(tags, dict):
        raise InvalidArgument(f'{name}={raw!r} is not a JSON object; give tags such as {{"team": "a"}}')
    return tags
