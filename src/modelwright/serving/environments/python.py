"""The environment that a model records, built once and kept: the interpreter to run the model with."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...core import trust as gate
from ...core.errors import InvalidArgument
from ...models import env, manifest
from ...models.mlmodel import MLMODEL
from . import conda, own_source, recorded, uv, virtual
from .kept import folder, kept
from .recorded import Recorded

log = logging.getLogger(__name__)

MANAGERS = {"local": "local", "uv": "uv", "virtualenv": "uv", "conda": "conda"}  # MLflow's words among them


def python_of(
    root: str | Path,
    manager: str = "uv",
    *,
    origin: str = "stranger",
    trust: bool | None = None,
    override: Iterable[str] = (),
    install_mlflow: bool = False,
) -> Path:
    """The interpreter to run the model in a directory with. The first call builds its environment, which takes a while.

    This package is in every environment, with what serving needs; MLflow's own requirement makes room for it.

    Args:
        root: The model directory.
        manager: "local" for the interpreter that runs now, "uv" (or "virtualenv") for an environment of the recorded
            requirements, "conda" for the recorded conda environment.
        origin: "store" when the configured tracking store holds the model, else "stranger".
        trust: True to allow what the model requires to be installed, False to refuse it; None leaves it to the policy.
        override: Requirements that take the place of the recorded ones of the same name, or come on top.
        install_mlflow: Whether to install MLflow too, as the model records it.

    Raises:
        InvalidArgument: There is no such manager, or `override` is given with the local environment.
        UntrustedModel: Installing what a stranger's model requires may run code.
        NotFound: The model records no environment.
        BrokenEnvironment: It cannot be built; the message names the requirement at fault.
        Unavailable: The package index cannot be reached.
        MissingDependency: uv or conda is not installed.

    >>> python_of("anywhere", "local") == Path(sys.executable)
    True
    """
    override, root = tuple(override), Path(root)
    if (kind := MANAGERS.get(manager)) is None:
        raise InvalidArgument(f"There is no environment manager {manager!r}; there are {', '.join(MANAGERS)}")
    if kind == "local":
        if override:
            raise InvalidArgument("Other requirements need an environment of their own; choose uv or conda, not local")
        return Path(sys.executable)
    admit(root, origin=origin, trust=trust)
    wanted = recorded.read(root, override=override, keep_mlflow=install_mlflow)
    said = ["python", wanted.python, *wanted.requirements, "-c", *wanted.constraints, "before", *wanted.build]
    if kind == "conda":
        whole = json.dumps(wanted.conda_env, sort_keys=True, default=str)
        return environment(["conda", whole, *said], lambda at: conda.build(wanted, at))
    if wanted.conda:
        _tell_of_conda(wanted)
    return environment(["uv", *said], lambda at: virtual.build(wanted, at))


def environment(said: Sequence[str], build: Callable[[Path], None]) -> Path:
    """The interpreter of the environment that these words stand for, built if it is not there yet.

    Args:
        said: All that decides what it is, beside the platform and this package.
        build: Makes it at the path it is given.
    """
    words = [*said, sysconfig.get_platform(), own_source.identity()]
    digest = hashlib.sha256("\0".join(words).encode()).hexdigest()[:24]
    # One whose Python is gone, because it was a link to one that was uninstalled, is built again.
    home = kept(folder() / f"modelwright-{digest}", build, ready=lambda home: uv.interpreter(home).exists())
    return uv.interpreter(home)


def admit(root: Path, *, origin: str, trust: bool | None) -> None:
    """Return if what the model requires may be installed, which may run code of it, else raise UntrustedModel.

    Whose the model is, is told by its environment files and MLmodel: the others may be large, and are compared with the
    manifest when the model is loaded.
    """
    written = manifest.read(root)
    if written is not None and written.sealed and _as_saved(root, written):
        origin = "store"
    gate.allow(["what it requires may run code when it is installed"], root=root, origin=origin, trust=trust)


def _as_saved(root: Path, written: manifest.Manifest) -> bool:
    for name in (MLMODEL, env.REQUIREMENTS, env.CONSTRAINTS, env.CONDA, env.PYTHON_ENV):
        there, entry = root / name, written.files.get(name)
        if there.is_file() != (entry is not None):
            return False
        if entry is not None and hashlib.sha256(there.read_bytes()).hexdigest() != entry["sha256"]:
            return False
    return True


def _tell_of_conda(wanted: Recorded) -> None:
    log.warning(
        "environments: uv cannot install these conda packages of the model, so they are left out: %s; conda can",
        ", ".join(wanted.conda),
    )
