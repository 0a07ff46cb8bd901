"""The requirements file that MLflow keeps beside a PyTorch model."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

from ...core.callers import stacklevel
from ...core.errors import InvalidArgument
from ...models.given_files import local


def requirements(root: Path, given: str | None) -> tuple[str | None, dict[str, Any]]:
    """The requirements file that stands for pip_requirements, and the entry of MLmodel that names its copy."""
    if not given:
        return None, {}
    if not isinstance(given, (str, Path)):
        raise InvalidArgument(f"requirements_file must be a path, got {given!r}")
    warnings.warn("requirements_file is now called pip_requirements", FutureWarning, stacklevel=stacklevel())
    source = local("requirements_file", given)
    shutil.copyfile(source, root / source.name)
    return str(source), {"requirements_file": {"path": source.name}}
