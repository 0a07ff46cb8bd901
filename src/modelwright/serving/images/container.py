"""The entry of a container: which model, which port, then the server in this process's place.

    docker run IMAGE                the model of the image, on port 8080
    docker run IMAGE --workers 4    with options of the server
    docker run IMAGE serve          the same as the first, as SageMaker starts it
    docker run IMAGE ping           whether it answers; the exit code is 1 if it does not

The port is PORT's, or SageMaker's SAGEMAKER_BIND_TO_PORT, or 5001 where Azure mounts a model, or 8080.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import yaml

from ...core.errors import NotFound
from ...models.mlmodel import MLMODEL

BUILT_IN = Path("/opt/ml/model")  # where SageMaker mounts a model too
VERSION = "registered_model_meta"  # MLflow's note of the registered version that a directory holds
_PORT, _AZURE_PORT = 8080, 5001


def main() -> None:
    """What the container was started for."""
    given = sys.argv[1:]
    if given == ["ping"]:
        sys.exit(0 if answers(port(os.environ)) else 1)
    if given[:1] == ["serve"]:
        given = given[1:]
    os.execv(sys.executable, [sys.executable, "-m", "modelwright.serving", *arguments(given, os.environ)])


def arguments(given: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The server's command line: the model, unless others are given; what is given wins, as the last word does.

    Loading may run code of the model: whoever built the image, or mounted a model into it, said that it may.

    >>> arguments(["credit=/models/credit", "--workers", "2"], {"PORT": "80"})
    ['credit=/models/credit', '--host', '0.0.0.0', '--port', '80', '--trust', '--workers', '2']
    """
    named = [text for text in given[:1] if not text.startswith("-")]
    while len(named) < len(given) and named and not given[len(named)].startswith("-"):
        named.append(given[len(named)])
    models = named or _described(model(environ))
    return [*models, "--host", "0.0.0.0", "--port", str(port(environ)), "--trust", *given[len(named) :]]


def port(environ: Mapping[str, str]) -> int:
    """
    >>> port({}), port({"PORT": "80"})
    (8080, 80)
    """
    given = environ.get("PORT") or environ.get("SAGEMAKER_BIND_TO_PORT")
    return int(given) if given else _AZURE_PORT if _mounted(environ) else _PORT


def model(environ: Mapping[str, str]) -> Path:
    """The model directory: the one that Azure mounted, else the one of the image.

    Raises NotFound when there is neither.
    """
    if (found := _mounted(environ)) is not None:
        return found
    if (BUILT_IN / MLMODEL).is_file():
        return BUILT_IN
    raise NotFound(f"There is no model in this container: no {MLMODEL} in {BUILT_IN}; mount a model directory there")


def _mounted(environ: Mapping[str, str]) -> Path | None:
    """Azure names a folder in which the model's own folder lies, and does so even where it mounted nothing."""
    root = environ.get("AZUREML_MODEL_DIR")
    found = sorted(Path(root).rglob(MLMODEL), key=lambda path: (len(path.parts), path)) if root else []
    return found[0].parent if found else None


def _described(root: Path) -> list[str]:
    """The model and, where its directory tells, the registered version that it is."""
    note = root / VERSION
    said = yaml.safe_load(note.read_text("utf-8")) if note.is_file() else None
    if not isinstance(said, dict) or not said.get("model_name"):
        return [f"model={root}"]
    name = str(said["model_name"])
    return [f"{name}={root}", "--version-of", f"{name}={said['model_version']}"]


def answers(port: int) -> bool:
    """Whether a server that is ready is at a port of this machine."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
