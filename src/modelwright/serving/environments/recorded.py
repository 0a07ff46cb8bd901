"""What a model directory records of the environment it was made in."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ...core.errors import CorruptModel, InvalidArgument
from ...core.paths import inside
from ...models import env
from ...models.installed import normal
from ...models.mlmodel import PYFUNC, Model
from ...models.requirement_lines import name_of, parse

MLFLOW = ("mlflow", "mlflow-skinny")  # what serves a model there; here this package does
_PYTHON = re.compile(r"python\s*(?:==|=|<=|>=)\s*(?P<version>\d+(?:\.\d+)*)")
_CONDA = re.compile(r"(?:[\w./-]+::)?(?P<name>[\w.-]+)")
_TOOLS = ("python", "pip", "wheel")  # an environment that is only run installs nothing


@dataclass(frozen=True)
class Recorded:
    """The environment of one model.

    Args:
        python: Its Python: "3.11.7", or less of it where less is recorded.
        requirements: Lines as pip reads them; without those for MLflow, since it is not MLflow that serves the model.
        constraints: Lines that limit what the requirements bring along.
        build: What was installed before the requirements, and yields to them: "setuptools==65.5.0".
        conda: Conda packages that no pip requirement stands for.
        conda_env: The whole conda environment; None where there is none.
    """

    python: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    conda_env: Mapping[str, Any] | None = None


def read(root: Path, *, override: Iterable[str] = (), keep_mlflow: bool = False) -> Recorded:
    """The environment that the model under `root` records.

    Args:
        root: The model directory.
        override: Requirements that take the place of those of the same name, or come on top.
        keep_mlflow: Whether the requirement for MLflow stays, for a model whose code imports more of it than we answer.

    Raises:
        NotFound: The model records none.
        CorruptModel: A file of it cannot be read.
        InvalidArgument: A line that pip would refuse.
    """
    pyfunc = Model.load(root).flavors.get(PYFUNC) or {}
    conda, virtualenv = _files(root, pyfunc.get("env"))
    given = root / env.REQUIREMENTS
    lines, constraints = parse(given if given.is_file() else env.read(root), portable=False)
    lines = [line for line in lines if keep_mlflow or name_of(line) not in MLFLOW]
    lines = _overridden(lines, parse(override, portable=False)[0])
    named = {name_of(line) for line in lines}
    only = [entry for entry in _conda_entries(conda) if normal(conda_name(entry)) not in named]
    return Recorded(
        python=str(virtualenv.get("python") or _conda_python(conda) or pyfunc.get("python_version") or _here()),
        requirements=tuple(lines),
        constraints=tuple(constraints),
        build=tuple(line for line in _texts(virtualenv.get("build_dependencies")) if name_of(line) not in _TOOLS),
        conda=tuple(entry for entry in only if conda_name(entry) not in (*_TOOLS, "setuptools")),
        conda_env=conda or None,
    )


def _files(root: Path, named: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The conda environment and the one of virtualenv; MLmodel of old names the first as a text."""
    names = named if isinstance(named, Mapping) else {"conda": named}
    return (
        _yaml(root, names.get("conda") or env.CONDA),
        _yaml(root, names.get("virtualenv") or env.PYTHON_ENV),
    )


def _yaml(root: Path, name: Any) -> dict[str, Any]:
    try:
        path = inside(root, str(name))
        found = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    except (InvalidArgument, OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CorruptModel(f"The model's environment file '{root / str(name)}' cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise CorruptModel(f"The model's environment file '{path}' must be a mapping, got {found!r}")
    return found


def _overridden(lines: list[str], given: list[str]) -> list[str]:
    """`lines` with the given ones in the place of their namesakes, or after them."""
    names = {name_of(line) for line in given} - {None}
    return [line for line in lines if name_of(line) not in names] + given


def _conda_entries(conda: Mapping[str, Any]) -> list[str]:
    return _texts(conda.get("dependencies"))


def conda_name(entry: str) -> str:
    """The package that an entry of a conda environment names.

    >>> conda_name("conda-forge::NumPy>=1.26")
    'numpy'
    """
    match = _CONDA.match(entry.strip())
    return match["name"].lower() if match else entry


def _conda_python(conda: Mapping[str, Any]) -> str | None:
    matches = (_PYTHON.match(entry.strip()) for entry in _conda_entries(conda))
    return next((match["version"] for match in matches if match), None)


def _texts(entries: Any) -> list[str]:
    return [entry for entry in entries or () if isinstance(entry, str)]


def _here() -> str:
    return platform.python_version()
