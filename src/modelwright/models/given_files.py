"""Files that the caller names to go with a model: on this machine, or fetched from where a URI says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..core import lazy
from ..core.errors import InvalidArgument

EXTRA = "extra_files"  # the folder, and the key in MLmodel
_RESOLVE = "modelwright.tracking.resolve:local_path"  # by name: the format knows no store until a URI asks for one


def local(what: str, given: str | os.PathLike[str]) -> Path:
    """The file or folder on this machine; what is elsewhere is fetched.

    Args:
        what: The option that names it, for errors.
        given: A path, or the URI of an artifact.

    Raises InvalidArgument when there is no such path.
    """
    given = os.fspath(given)
    if len(urlsplit(given).scheme) < 2:  # none, or a drive letter
        path = Path(given).expanduser()
        if not path.exists():
            raise InvalidArgument(f"{what} is '{given}', which does not exist (looked in '{Path.cwd()}')")
        return path
    fetched: Path = lazy.resolve(_RESOLVE)(given).path
    return fetched


def copy_extra(root: Path, given: Sequence[str | os.PathLike[str]] | None) -> dict[str, Any]:
    """Copy extra files into the model's folder for them; the entry of MLmodel that lists them.

    Raises InvalidArgument when two have one name, or one does not exist.
    """
    if not given:
        return {}
    if isinstance(given, str | os.PathLike) or not isinstance(given, Sequence):
        raise InvalidArgument(f"extra_files must be a list of paths or URIs, got {given!r}")
    sources = [local(f"extra_files[{number}]", one) for number, one in enumerate(given)]
    names = [source.resolve().name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidArgument(f"extra_files holds several files named {', '.join(twice)}; rename them")
    (root / EXTRA).mkdir()
    for source, name in zip(sources, names, strict=True):
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, root / EXTRA / name)
    return {EXTRA: [{"path": f"{EXTRA}/{name}"} for name in names]}
