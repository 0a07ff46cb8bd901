"""The environment files of a model directory: requirements.txt, constraints.txt, conda.yaml, python_env.yaml.

They have MLflow 2.16's shapes, so that whatever builds environments from its models builds them from ours: stock
MLflow, Azure ML, Databricks. For the same reason every model requires `mlflow==2.16.2` unless its author names another:
those builders serve a model by running MLflow in its environment.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import tempfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import InvalidArgument, NotFound
from .installed import find
from .requirement_lines import Given, differences, merge, name_of, parse

log = logging.getLogger(__name__)

REQUIREMENTS, CONSTRAINTS, CONDA, PYTHON_ENV = "requirements.txt", "constraints.txt", "conda.yaml", "python_env.yaml"
MLFLOW = "mlflow==2.16.2"  # the version whose format `mlmodel` writes
_SERVERS = ("mlflow", "mlflow-skinny")
_BUILD = ("pip", "setuptools", "wheel")
_CONDA_LINE = re.compile(r"(?P<name>[\w.-]+?)\s*(?:(?P<operator><=|>=|==|!=|=|<|>)\s*(?P<version>[\w.*]+))?")
Conda = Mapping[str, Any] | str | os.PathLike[str] | None


def check(conda_env: Conda, pip_requirements: Given, extra_pip_requirements: Given) -> None:
    """InvalidArgument when more than one way to say what the environment is was taken.

    >>> check(None, ["numpy"], None)
    """
    given = {
        "conda_env": conda_env,
        "pip_requirements": pip_requirements,
        "extra_pip_requirements": extra_pip_requirements,
    }
    used = [name for name, value in given.items() if value is not None]
    if len(used) > 1:
        raise InvalidArgument(
            f"Pass only one of conda_env, pip_requirements and extra_pip_requirements, not both {' and '.join(used)}"
        )


def write(
    root: Path,
    requirements: Iterable[str],
    *,
    conda_env: Conda = None,
    pip_requirements: Given = None,
    extra_pip_requirements: Given = None,
) -> list[str]:
    """Write the environment files into `root`; the lines of requirements.txt.

    Args:
        root: The model directory.
        requirements: The inferred ones, pinned. Looked at only without `conda_env` and `pip_requirements`.
        conda_env: A conda environment: a dictionary, or the path of a YAML file.
        pip_requirements: Requirement lines (`-r` and `-c` included), or the path of a requirements file; they replace
            the inferred ones.
        extra_pip_requirements: The same, added to the inferred ones.

    Raises:
        InvalidArgument: More than one of the three is given, or one of them cannot be used.
        NotFound: A file is missing.
    """
    check(conda_env, pip_requirements, extra_pip_requirements)
    given = None
    if conda_env is not None:
        given = _read_conda(conda_env)
        asked, constraints = parse(_pip_section(given))
        lines = _served(asked)
    else:
        asked, constraints = parse(pip_requirements if pip_requirements is not None else extra_pip_requirements)
        inferred = [] if pip_requirements is not None else list(requirements)
        lines = _served(merge(asked, defaults=inferred))
    if strange := differences(asked):
        log.warning("env: the model's requirements are not what is installed here: %s", "; ".join(strange))
    if constraints:
        (root / CONSTRAINTS).write_text("\n".join(constraints), "utf-8")
        lines.append(f"-c {CONSTRAINTS}")
    (root / REQUIREMENTS).write_text("\n".join(lines), "utf-8")
    if given is None:
        (root / CONDA).write_text(_known(json.dumps(conda(lines)), sort_keys=True), "utf-8")
        (root / PYTHON_ENV).write_text(_known(json.dumps(_python_env(None)), sort_keys=False), "utf-8")
    else:
        _dump(_with_pip(given, lines), root / CONDA, sort_keys=True)
        _dump(_python_env(given), root / PYTHON_ENV, sort_keys=False)
    return lines


def pin(name: str) -> str:
    """`name` with the version installed here ("scikit-learn==1.5.2"); the bare name where it is not installed.

    A local version label is left out, a repository is named with its commit (`Distribution.requirement`).

    >>> pin("not-installed-anywhere")
    'not-installed-anywhere'
    """
    found = find(name)
    return found.requirement if found else name


def conda(requirements: Iterable[str]) -> dict[str, Any]:
    """The conda environment of a model with these pip requirements, as MLflow writes it.

    >>> conda(["numpy==2.0"])["dependencies"][-1]
    {'pip': ['mlflow==2.16.2', 'numpy==2.0']}
    """
    pip = find("pip")
    lines = _served(requirements)
    return {
        "channels": ["conda-forge"],
        "dependencies": [
            f"python={platform.python_version()}",
            f"pip<={pip.version}" if pip else "pip",  # <=: conda-forge lags behind a new pip
            {"pip": lines},
        ],
        "name": "mlflow-env",
    }


def read(root: Path) -> list[str]:
    """The requirement lines of a model directory: requirements.txt, else the pip section of its conda environment.

    Raises NotFound when it has neither.
    """
    path = root / REQUIREMENTS
    if path.is_file():
        return path.read_text("utf-8").splitlines()
    section = _pip_section(_read_conda(_conda_file(root)))
    if section is None:
        raise NotFound(f"'{_conda_file(root)}' has no pip section, and there is no {REQUIREMENTS} beside it")
    return list(section)


def dependencies(root: Path, format: str = "pip", *, conda_file: str = CONDA) -> Path:
    """The file that says what a model needs; what `pyfunc.get_model_dependencies` returns.

    Args:
        root: The model directory.
        format: "pip" for requirements.txt (made from the conda environment's pip section, in a new temporary folder,
            where the model has none), "conda" for the conda environment.
        conda_file: The name that the model's MLmodel gives the conda environment.

    Raises:
        InvalidArgument: Another format.
        NotFound: The model has no such file.
    """
    if format not in ("pip", "conda"):
        raise InvalidArgument(f"format must be 'pip' or 'conda', got {format!r}")
    if format == "conda":
        return _conda_file(root, conda_file)
    if (root / REQUIREMENTS).is_file():
        return root / REQUIREMENTS
    path = Path(tempfile.mkdtemp(), REQUIREMENTS)
    path.write_text("\n".join(read(root)) + "\n", "utf-8")
    return path


def update(root: Path, operation: str, requirements: Iterable[str]) -> list[str]:
    """Add requirements to a model directory's files, or remove some; the names of the files that changed.

    A requirement that is added replaces the one of the same name; for removal only names count. The manifest must be
    written again afterwards.

    Raises InvalidArgument for another operation than "add" or "remove".
    """
    if operation not in ("add", "remove"):
        raise InvalidArgument(f"operation must be 'add' or 'remove', got {operation!r}")
    given, _ = parse(requirements)
    lines, asked = read(root), {name_of(line) or line: line for line in merge(given)}
    present = {name_of(line) or line for line in lines}
    if operation == "remove":
        for name in asked.keys() - present:
            log.warning("env: %s is not among the model's requirements", asked[name])
        lines = [line for line in lines if (name_of(line) or line) not in asked]
    else:
        lines = [asked.get(name_of(line) or line, line) for line in lines]
        tail = [line for line in lines if line.startswith("-c ")]
        new = [line for name, line in asked.items() if name not in present]
        lines = [line for line in lines if line not in tail] + new + tail
    changed = [REQUIREMENTS]
    (root / REQUIREMENTS).write_text("\n".join(lines), "utf-8")
    if (root / CONDA).is_file():
        _dump(_with_pip(_read_conda(root / CONDA), lines), root / CONDA, sort_keys=True)
        changed.append(CONDA)
    return changed


def _served(lines: Iterable[str]) -> list[str]:
    """The lines, led by MLflow unless they name it."""
    lines = list(lines)
    return lines if any(name_of(line) in _SERVERS for line in lines) else [MLFLOW, *lines]


def _read_conda(given: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
    if isinstance(given, (str, os.PathLike)):
        try:
            found = yaml.safe_load(Path(given).read_text("utf-8"))
        except OSError as error:
            raise NotFound(f"Cannot read the conda environment '{given}': {error}") from error
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise InvalidArgument(f"The conda environment '{given}' is not YAML: {error}") from error
    else:
        found = given
    dependencies = found.get("dependencies", []) if isinstance(found, Mapping) else None
    if not isinstance(dependencies, list):
        raise InvalidArgument(
            f"conda_env must be a dictionary with a list of 'dependencies', or a YAML file's path, got {given!r}"
        )
    for entry in dependencies:
        if not isinstance(entry, str) and not (isinstance(entry, Mapping) and "pip" in entry):
            raise InvalidArgument(f"A conda dependency must be text or {{'pip': [...]}}, got {entry!r}")
    return dict(found)


def _pip_section(environment: Mapping[str, Any]) -> list[str] | None:
    sections = (entry["pip"] for entry in environment.get("dependencies", ()) if isinstance(entry, Mapping))
    return next(sections, None)


def _with_pip(environment: Mapping[str, Any], lines: list[str]) -> dict[str, Any]:
    entries = environment.get("dependencies", [])
    kept = [{"pip": lines} if isinstance(entry, Mapping) else entry for entry in entries]
    if not any(isinstance(entry, Mapping) for entry in kept):
        kept.append({"pip": lines})
    return {**environment, "dependencies": kept}


def _python_env(environment: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a virtual environment is built from: the Python and build tools of here, or of the conda environment."""
    python, build, left = platform.python_version(), {}, []
    for name in _BUILD:
        found = find(name)
        build[name] = f"{name}=={found.version}" if found else name
    for entry in (environment or {}).get("dependencies", ()):
        match = _CONDA_LINE.fullmatch(entry.strip()) if isinstance(entry, str) else None
        if match and match["name"] == "python" and match["operator"] in ("=", "==", "<=", ">="):
            python = match["version"].removesuffix(".*")
        elif match and match["name"] in build and match["version"]:
            build[match["name"]] = (
                f"{match['name']}{'==' if match['operator'] == '=' else match['operator']}{match['version']}"
            )
        elif isinstance(entry, str) and not (match and match["name"] in ("python", *build)):
            left.append(entry)
    if left:
        log.warning(
            "env: pip cannot install these conda packages, so %s leaves them out: %s", PYTHON_ENV, ", ".join(left)
        )
    return {"python": python, "build_dependencies": [*build.values()], "dependencies": [f"-r {REQUIREMENTS}"]}


def _conda_file(root: Path, name: str = CONDA) -> Path:
    path = root / name
    if not path.is_file():
        raise NotFound(f"The model in '{root}' has no {name}")
    return path


def _dump(content: Mapping[str, Any], path: Path, *, sort_keys: bool) -> None:
    try:
        path.write_text(_yaml(content, sort_keys=sort_keys), "utf-8")
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise InvalidArgument(f"The environment holds what {path.name} cannot: {error}") from error


def _yaml(content: Any, *, sort_keys: bool) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(content, Dumper=dumper, sort_keys=sort_keys, default_flow_style=False)
    return text


@lru_cache(64)
def _known(content: str, *, sort_keys: bool) -> str:
    """JSON as YAML: a process that logs many models writes the same environment again and again."""
    return _yaml(json.loads(content), sort_keys=sort_keys)
