"""A report of this installation, for questions and bug reports."""

from __future__ import annotations

import os
import platform
import sys

from ..core import lazy
from ..core.settings import ALL
from . import where


def doctor(mask_envs: bool = False) -> None:
    """Print the system, versions, addresses and settings that a bug report needs.

    Args:
        mask_envs: Whether the values of environment variables are left out.
    """
    names = [name for setting in ALL.values() for name in setting.names if name in os.environ]
    lines = {
        "System information": f"{platform.system()} {platform.release()}",
        "Python version": platform.python_version(),
        "Python executable": sys.executable,
        "Modelwright version": lazy.resolve("modelwright:__version__"),
        "Tracking URI": where.tracking_uri(),
        "Registry URI": where.registry_uri(),
        "Environment variables": ", ".join(f"{n}={'***' if mask_envs else os.environ[n]}" for n in names) or "none",
        "Dependencies": ", ".join(_versions()),
    }
    print("\n".join(f"{title}: {text}" for title, text in lines.items()))


def _versions() -> list[str]:
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    try:
        lines = requires("modelwright") or []
    except PackageNotFoundError:  # run from its source
        return []
    found = []
    for line in lines:
        name = Requirement(line).name
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return list(dict.fromkeys(found))
