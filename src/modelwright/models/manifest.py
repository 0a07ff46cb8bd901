"""The manifest: path → size and SHA-256 of every file in a model directory, sealed with the user's key.

`save` writes it last. `load` compares: a missing, changed or added file is found before anything is loaded. The seal is
an HMAC by a key that only this user on this machine can read, so a directory this user saved is known again wherever it
was moved on this machine; what was made elsewhere, or by somebody else, is a stranger's. A directory without a manifest
(MLflow writes none) is fine, and a stranger's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import CorruptModel, InvalidArgument
from ..core.paths import relative

log = logging.getLogger(__name__)

NAME = "manifest.json"
VERSION = 1
_PIECE = 1 << 20  # bytes read at once


@dataclass(frozen=True)
class Manifest:
    """What the files of a model directory were when it was saved."""

    files: Mapping[str, Mapping[str, Any]]  # relative path → {"size": bytes, "sha256": hex}
    sealed: bool  # by this user's key


def write(root: Path, *, seal: bool = True) -> int:
    """Record every file under `root` as it is now; their size in bytes. Call it again after a change made on purpose.

    Args:
        root: The model directory.
        seal: Whether to vouch for it as this user; False where somebody else's model was changed.
    """
    files: dict[str, dict[str, Any]] = {}
    for name, path in _walk(root):
        files[name] = {"size": os.path.getsize(path), "sha256": _digest(path)}
    body: dict[str, Any] = {"version": VERSION, "files": files}
    if seal and (key := _key(create=True)) is not None:
        body["seal"] = _seal(files, key)
    (root / NAME).write_text(json.dumps(body, indent=1, sort_keys=True), "utf-8")
    return sum(entry["size"] for entry in files.values())


def read(root: Path) -> Manifest | None:
    """The manifest of `root`, its seal checked, its files not; None where there is none."""
    path = root / NAME
    try:
        body = json.loads(path.read_text("utf-8"))
        files, seal = body["files"], body.get("seal")
        for name, entry in files.items():
            relative(name)
            entry["size"], entry["sha256"]
        if body["version"] != VERSION:
            raise CorruptModel(f"'{path}' has version {body['version']!r}; this release reads version {VERSION}")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError, InvalidArgument) as error:
        raise CorruptModel(f"'{path}' is not a manifest: {error!r}") from error
    key = _key(create=False) if isinstance(seal, str) else None
    return Manifest(
        files, key is not None and hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(files, key).encode())
    )


def check(root: Path, code: str | None = None) -> Manifest | None:
    """The manifest of `root` after comparing every file with it; None where there is none.

    Args:
        root: The model directory.
        code: Its folder of modules, which may hold no file the manifest lacks: one could shadow a module.

    Raises:
        CorruptModel: Files are missing, changed or added; the message names each.
    """
    manifest = read(root)
    if manifest is None:
        return None
    problems = []
    for name, entry in sorted(manifest.files.items()):
        path = os.path.join(root, name)
        try:
            found = os.lstat(path)
        except OSError:
            problems.append(f"{name} is missing")
            continue
        if not stat.S_ISREG(found.st_mode) or found.st_size != entry["size"] or _digest(path) != entry["sha256"]:
            problems.append(f"{name} is not the file that was saved")
    if code and (root / code).is_dir():
        top = code.partition("/")[0]
        names = (f"{top}/{name}" for name, _ in _walk(root / top))
        added = (name for name in names if name not in manifest.files and "__pycache__" not in name.split("/"))
        problems += [f"{name} was added" for name in added]
    if problems:
        raise CorruptModel(
            f"The model in '{root}' was changed after it was saved: {'; '.join(problems)}. Fetch it again; "
            f"if the change is yours, write the manifest anew with modelwright.models.manifest.write"
        )
    return manifest


def size(folder: str | Path) -> int:
    """Bytes of the files in a folder, those that links lead to among them."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                total += size(entry.path)
            elif entry.is_file():
                total += entry.stat().st_size
    return total


def _walk(root: Path, below: str = "") -> list[tuple[str, str]]:
    """Relative and whole path of each file, and of each link to a folder."""
    found = []
    with os.scandir(root) as entries:
        for entry in entries:
            name = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                found += _walk(Path(entry.path), f"{name}/")
            elif name != NAME:
                found.append((name, entry.path))
    return sorted(found)


def _digest(path: str | Path) -> str:
    with open(path, "rb", buffering=0) as file:
        found = hashlib.sha256()
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _seal(files: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(files, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key(*, create: bool) -> bytes | None:
    """The user's key; None where there is none, or where somebody else could have read or written it."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    path = Path(home, "modelwright", "key")
    try:
        if create and not path.exists():
            _make_key(path)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
                log.warning("'%s' can be read or written by others, so it proves nothing: remove it", path)
                return None
            key = file.read()
        return key if len(key) == 32 else None
    except OSError as error:
        if create:
            log.debug("manifest: not sealed: %s", error)
        return None


def _make_key(path: Path) -> None:
    """Whole or not at all, and never over another process's key: written aside, then linked into place."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(aside, path)
        except FileExistsError:
            log.debug("manifest: another process made the key first")
    finally:
        os.unlink(aside)
