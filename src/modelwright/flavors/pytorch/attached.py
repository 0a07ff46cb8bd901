"""Files that MLflow keeps beside a PyTorch model: extra files, and a requirements file."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.callers import stacklevel
from ...core.errors import InvalidArgument
from ...tracking.resolve import local_path

_EXTRA = "extra_files"


def files(root: Path, given: Sequence[str] | None) -> dict[str, Any]:
    """Copy the extra files; the entry of MLmodel that lists them."""
    if not given:
        return {}
    if isinstance(given, (str, Path)) or not isinstance(given, Sequence):
        raise InvalidArgument(f"extra_files must be a list of paths, got {given!r}")
    (root / _EXTRA).mkdir()
    listed = []
    for uri in given:
        source = local_path(uri).path
        target = root / _EXTRA / source.name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        listed.append({"path": f"{_EXTRA}/{source.name}"})
    return {_EXTRA: listed}


def requirements(root: Path, given: str | None) -> tuple[str | None, dict[str, Any]]:
    """The requirements file that stands for pip_requirements, and the entry of MLmodel that names its copy."""
    if not given:
        return None, {}
    if not isinstance(given, (str, Path)):
        raise InvalidArgument(f"requirements_file must be a path, got {given!r}")
    warnings.warn("requirements_file is now called pip_requirements", FutureWarning, stacklevel=stacklevel())
    source = local_path(given).path
    shutil.copyfile(source, root / source.name)
    return str(source), {"requirements_file": {"path": source.name}}
