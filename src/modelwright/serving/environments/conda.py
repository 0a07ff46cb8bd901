"""A conda environment of what a model records, made by conda, mamba or micromamba."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from ...core.errors import MissingDependency
from ...core.settings import CONDA_HOME
from ...models.env import CONSTRAINTS
from . import blame, own_source
from .kept import remove
from .recorded import Recorded, conda_name

_PROGRAMS = ("micromamba", "mamba", "conda")  # the fastest first


def program() -> str:
    """The path of a program that makes conda environments.

    Raises MissingDependency, which names them.
    """
    if home := CONDA_HOME.get():
        if found := shutil.which("conda", path=str(Path(home, "bin"))):
            return found
        raise MissingDependency(f"{CONDA_HOME.names[0]} is '{home}', and there is no bin/conda in it")
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    raise MissingDependency(
        f"To build the conda environment of a model, one of {', '.join(_PROGRAMS)} is needed on the PATH, and none is "
        f"there; install Miniforge or micromamba, or choose uv where the model's packages can be had with pip"
    )


def build(wanted: Recorded, at: Path) -> None:
    """Make the environment, and a link to it at `at`: a conda environment cannot be moved.

    Raises BrokenEnvironment or Unavailable; the message names the requirement at fault.
    """
    found = program()
    prefix, file = at.with_name(f"{at.name}-prefix"), at.with_name(f"{at.name}-asked") / "environment.yml"
    file.parent.mkdir()
    (file.parent / CONSTRAINTS).write_text("".join(f"{line}\n" for line in wanted.constraints), "utf-8")
    file.write_text(yaml.safe_dump(environment(wanted), sort_keys=False), "utf-8")
    create = ("create", "--yes") if Path(found).stem == "micromamba" else ("env", "create")
    command = [found, *create, "--quiet", "--prefix", str(prefix), "--file", str(file)]
    try:
        done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
        if done.returncode:
            said = f"{done.stdout}\n{done.stderr}".strip()
            raise blame.error(said, [*wanted.requirements, *wanted.conda], lambda line: True, by=Path(found).stem)
        at.symlink_to(prefix.name, target_is_directory=True)
    except BaseException:
        remove(prefix)
        raise
    finally:
        remove(file.parent)


def environment(wanted: Recorded, *, own: str | None = None) -> dict[str, Any]:
    """What conda is told: the recorded environment, with this package for MLflow.

    Args:
        wanted: What the model records.
        own: The requirement for this package; the one for this machine when left out.

    >>> environment(Recorded(python="3.12.1", requirements=("numpy==2.0",)))["dependencies"][:2]
    ['python=3.12.1', 'pip']
    """
    recorded = wanted.conda_env or {"channels": ["conda-forge"]}
    entries = [entry for entry in recorded.get("dependencies", ()) if isinstance(entry, str)]
    tools = [entry for entry in entries if conda_name(entry) == "pip"] or ["pip"]
    others = [entry for entry in entries if conda_name(entry) not in ("python", "pip")]
    constraints = [f"-c {CONSTRAINTS}"] if wanted.constraints else []
    pip = [*constraints, *wanted.requirements, own or own_source.requirement()]
    python = f"python={own_source.runnable(wanted.python)}"
    return {
        "channels": recorded.get("channels") or ["conda-forge"],
        "dependencies": [python, *tools, *others, {"pip": pip}],
    }
