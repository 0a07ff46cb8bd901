"""What is in the build context of an image that serves one model."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ...core import VERSION
from ...core.errors import BrokenEnvironment, InvalidArgument
from ...models.env import CONSTRAINTS, REQUIREMENTS
from ...models.mlmodel import Model
from ...models.requirement_lines import name_of
from ..environments import conda, own_source, recorded, uv, virtual
from ..environments.python import MANAGERS
from ..environments.recorded import Recorded
from . import container, dockerfile

CONDA_FILE = "environment.yml"
_JAVA_FLAVORS = ("spark", "h2o", "mleap")
_BINARY = ("--only-binary", ":all:")
Version = tuple[str, str]  # of a registered model: its name, its number
_LABEL = re.compile(r"(==[\w.!]+)\+[\w.]+")
_README = """\
# {title}

A server for one model, made by modelwright {version}. Build it, and run it:

    docker build -t {tag} .
    docker run -p 8080:8080 {tag}

Then ask it, or open http://localhost:8080/docs:

    curl http://localhost:8080/invocations -H 'Content-Type: application/json' -d @{example}

Options of the server follow the image's name: `docker run … {tag} --workers 4`. The variable PORT moves the port.
SageMaker and Azure Machine Learning find what they ask for: /ping and /invocations, / and /score.
"""


@dataclass(frozen=True)
class Choices:
    """How an image is to be.

    Args:
        manager: "conda" or "uv"; None chooses conda only for a model with conda packages that pip cannot install.
        java: Whether to put Java in; None does for the flavors that run on it.
        install_mlflow: Whether to install MLflow too, as the model records it.
        base: The image to build on, with a Python of the model's minor version; None takes the slim official one.
    """

    manager: str | None = None
    java: bool | None = None
    install_mlflow: bool = False
    base: str | None = None

    def __post_init__(self) -> None:
        if self.manager is not None and self.manager not in MANAGERS:
            raise InvalidArgument(f"There is no environment manager {self.manager!r}; there are {', '.join(MANAGERS)}")


@dataclass(frozen=True)
class Context:
    """A filled folder: what the model records, what its Dockerfile does, and what that installs."""

    wanted: Recorded
    plan: dockerfile.Plan
    lines: tuple[str, ...]


def fill(at: Path, root: Path, choices: Choices, version: Version | None = None) -> Context:
    """Everything in the context of the model under `root`, written into the empty folder `at`.

    Args:
        at: The folder.
        root: The model directory.
        choices: How the image is to be.
        version: The registered version that the model is.

    Raises BrokenEnvironment or Unavailable; the message names the requirement at fault.
    """
    wanted = recorded.read(root, keep_mlflow=choices.install_mlflow)
    by_conda = choices.manager == "conda" or (choices.manager is None and bool(wanted.conda))
    python = uv.minor(own_source.runnable(wanted.python))
    own = _own(at)
    if by_conda:
        lines, compiles, files = list(wanted.requirements), False, _for_conda(at, wanted, own)
    else:
        lines, compiles = _resolved(wanted, at / "resolving", python)
        _write(at / REQUIREMENTS, [*lines, f"./{own}" if own else f"{own_source.NAME}=={VERSION}"])
        files = [REQUIREMENTS]
    java = any(name in _JAVA_FLAVORS for name in Model.load(root).flavors) if choices.java is None else choices.java
    plan = dockerfile.Plan(
        title=" version ".join(version) if version else f"the model '{root.name}'",
        python=python,
        uv="" if by_conda else uv.version(),
        compiles=compiles,
        java=java,
        conda=by_conda,
        distributions=tuple(filter(None, map(name_of, lines))),
        files=(*files, own) if own else tuple(files),
        image=choices.base,
    )
    (at / "Dockerfile").write_text(dockerfile.text(plan), "utf-8")
    _write(at / ".dockerignore", ["Dockerfile", ".dockerignore", "README.md", "**/__pycache__"])
    _model(at / "model", root, version)
    (at / "README.md").write_text(_readme(plan.title, root, version), "utf-8")
    return Context(wanted, plan, tuple(lines))


def _own(at: Path) -> str | None:
    """The name of this package's wheel, copied in; None where a package index has it."""
    wheel = own_source.wheel()
    return None if wheel is None else Path(shutil.copy(wheel, at)).name


def _for_conda(at: Path, wanted: Recorded, own: str | None) -> list[str]:
    line = f"{own_source.NAME}[serve] @ file:///context/{own}" if own else None
    (at / CONDA_FILE).write_text(yaml.safe_dump(conda.environment(wanted, own=line), sort_keys=False), "utf-8")
    _write(at / CONSTRAINTS, wanted.constraints)
    return [CONDA_FILE, CONSTRAINTS]


def _resolved(wanted: Recorded, work: Path, python: str) -> tuple[list[str], bool]:
    """What to install, each with its version, and whether some of it comes as source.

    An image is Linux's, wherever it is built. A build's own label (`+cpu`) goes where no index of it is recorded.
    """
    system = "aarch64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
    more = () if sys.platform == "linux" else ("--python-platform", f"{system}-manylinux_2_28")
    try:
        lines, compiles = virtual.resolved(wanted, work, python=python, more=(*more, *_BINARY)), False
    except BrokenEnvironment:
        lines, compiles = virtual.resolved(wanted, work, python=python, more=more), True
    shutil.rmtree(work)
    labelled = any(line.startswith("--") for line in lines)
    return (lines if labelled else [_LABEL.sub(r"\1", line) for line in lines]), compiles


def _model(to: Path, root: Path, version: Version | None) -> None:
    """The model's files, and a note of the registered version that they are."""
    shutil.copytree(root, to, ignore=shutil.ignore_patterns("__pycache__"))
    if version is not None:
        note = {"model_name": version[0], "model_version": version[1]}
        (to / container.VERSION).write_text(yaml.safe_dump(note), "utf-8")


def _readme(title: str, root: Path, version: Version | None) -> str:
    name = version[0] if version else root.name
    info = Model.load(root).saved_input_example_info or {}
    example = f"model/{info['serving_input_path']}" if info.get("serving_input_path") else "request.json"
    return _README.format(title=title, version=VERSION, tag=tag(name), example=example)


def tag(name: str) -> str:
    """A model's name as a container image's.

    >>> tag("Churn (2024)")
    'churn-2024'
    """
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._") or "model"


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
