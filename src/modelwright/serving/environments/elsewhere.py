"""A prediction made in another environment: by this package's command line there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ...core.errors import Error
from ...core.settings import TRUST

_OF_HERE = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
_SAID = 2000  # characters of what a process said that a message repeats


def predict(
    python: Path,
    root: Path,
    body: bytes,
    kind: str = "json",
    *,
    origin: str = "stranger",
    trust: bool | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """What a model answers to a scoring request, as JSON text.

    Args:
        python: The interpreter of an environment that this package is in.
        root: The model directory.
        body: The request's body.
        kind: "json" or "csv".
        origin: As in `environments.python_of`.
        trust: As in `environments.python_of`.
        variables: Environment variables to set there.

    Raises Error with what went wrong there.
    """
    environ = {**inherited(), **(variables or {})}
    if trust is False:
        environ[TRUST.names[0]] = "none"
    command = [str(python), "-m", "modelwright", "models", "predict", str(Path(root).absolute()), "-t", kind]
    if trust or (origin == "store" and trust is None):
        command.append("--trust")  # there, a directory is a stranger's unless this user sealed it
    done = subprocess.run(command, input=body, env=environ, capture_output=True, check=False)
    if done.returncode:
        raise Error(f"In the environment of the model: {last_words(done.stderr)}")
    return done.stdout.decode().strip()


def inherited() -> dict[str, str]:
    """The variables of this process, less those that are about the Python of here.

    No module of here gets into another environment, and what Python compiles there it keeps: an environment is a cache
    of ours, in which nobody wants sources alone.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _OF_HERE}
    return {**environ, "PYTHONSAFEPATH": "1"}  # the working directory, too, is none of its own


def last_words(stderr: bytes) -> str:
    """The error message that ends what a command of ours said, else the end of it all."""
    said = stderr.decode("utf-8", "replace").strip()
    _, _, message = said.rpartition("\nError: ")
    return message.removeprefix("Error: ")[-_SAID:] or said[-_SAID:]
