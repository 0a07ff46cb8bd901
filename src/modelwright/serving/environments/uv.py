"""uv as it is asked here: make an environment, resolve requirements, install what they resolved to."""

from __future__ import annotations

import logging
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ...core.errors import BrokenEnvironment
from ...core.extras import need
from . import package_index

log = logging.getLogger(__name__)


class Failed(Exception):
    """uv could not; the text is what it said."""


def program() -> str:
    """The path of uv: the one that is installed as a package here, else the one on the PATH."""
    if find_spec("uv") is None and (found := shutil.which("uv")):
        return found
    return str(need("uv", "environments", "build the environment of a model").find_uv_bin())


def version() -> str:
    """uv's version, such as "0.9.5"."""
    return ask("--version").split()[1]


def ask(*arguments: str | Path, folder: Path | None = None, quickly: bool = False) -> str:
    """What uv answers.

    Args:
        *arguments: The command.
        folder: Where to run it; uv reads the settings of a project there.
        quickly: Whether to give up early where the network is not there.

    Raises Failed.
    """
    environ = {**os.environ, **package_index.settings(), "NO_COLOR": "1", "UV_NO_PROGRESS": "1"}
    if quickly:
        environ.setdefault("UV_HTTP_RETRIES", "0")
    command = [program(), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(_error(done.stderr) or done.stdout.strip() or f"it ended with code {done.returncode}")
    return done.stdout


def _error(stderr: str) -> str:
    """What it says went wrong, without the warnings before it."""
    begun = re.search(r"^(?:error:|\s*×) ", stderr, re.MULTILINE)
    return stderr[begun.end() if begun else 0 :].strip()


def make(at: Path, python: str) -> None:
    """A virtual environment with the Python that is asked for, or another patch release of it, which is then said.

    It can be moved: it finds itself from where it lies.

    Raises BrokenEnvironment when there is no such Python.
    """
    said = ""
    for request in dict.fromkeys((python, minor(python))):
        there = sys.executable if request == platform.python_version() else request  # no search
        try:
            ask("venv", "--quiet", "--relocatable", "--python", there, at, folder=at.parent, quickly=True)
        except Failed as failed:
            said = said or str(failed)
            continue
        if request != python:
            log.warning("environments: Python %s is not to be had here, so the model gets another %s", python, request)
        return
    raise BrokenEnvironment(
        f"The model needs Python {python}: there is none here, and none that uv could fetch. Install a Python "
        f"{minor(python)}, or use the environment you are in (local); uv said: {said.partition(os.linesep)[0]}"
    )


def minor(python: str) -> str:
    """
    >>> minor("3.11.7"), minor("3.12")
    ('3.11', '3.12')
    """
    return ".".join(python.split(".")[:2])


def resolve(
    folder: Path,
    lines: Sequence[str],
    *,
    python: str,
    constraints: Sequence[str] = (),
    preferred: Sequence[str] = (),
    more: Sequence[str] = (),
) -> list[str]:
    """Everything that requirements bring along, each with its version.

    Args:
        folder: A folder to work in.
        lines: The requirements.
        python: The version of the Python they are for, or the path of one.
        constraints: Lines that limit what they bring along.
        preferred: Pins that are taken where the requirements leave the choice.
        more: Further options of uv.

    Raises Failed.
    """
    names = {"requirements.in": lines, "constraints.in": constraints, "requirements.txt": preferred}
    for name, content in names.items():
        (folder / name).write_text("".join(f"{line}\n" for line in content), "utf-8")
    ask(
        "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--constraint", "constraints.in",
        *(("--python", python) if os.path.isabs(python) else ("--python-version", python)), *more,
        "requirements.in", "--output-file", "requirements.txt",
        folder=folder,
    )  # fmt: skip
    return (folder / "requirements.txt").read_text("utf-8").splitlines()


def install(environment: Path, requirements: Path) -> None:
    """Install exactly the resolved requirements into an environment.

    Raises Failed.
    """
    ask(
        "pip", "install", "--quiet", "--no-deps", "--python", interpreter(environment),
        "--requirement", requirements.name,
        folder=requirements.parent,
    )  # fmt: skip


def interpreter(environment: Path) -> Path:
    """The Python of a virtual or a conda environment."""
    if sys.platform == "win32":
        virtual = environment / "Scripts" / "python.exe"
        return virtual if virtual.exists() else environment / "python.exe"
    return environment / "bin" / "python"
