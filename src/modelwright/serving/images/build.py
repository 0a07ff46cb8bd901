"""A container image that serves one model: its build context, tried here without a container engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import BrokenEnvironment, Unavailable, WrongState
from ...models import load
from ...models.env import REQUIREMENTS
from ..environments import conda, uv, virtual
from ..environments import python as environments
from ..environments.kept import remove
from . import context, dockerfile, smoke
from .context import Choices, Context, Version

_ENGINES = ("docker", "podman")


@dataclass(frozen=True)
class Image:
    """A written context.

    Args:
        path: The directory.
        base: The image it is built on.
        python: Its Python: "3.11".
        requirements: What is installed.
        java: Whether Java is in it.
        conda: Whether conda installs it.
        trial: What its trial showed; None when it had none.
    """

    path: Path
    base: str
    python: str
    requirements: tuple[str, ...]
    java: bool
    conda: bool
    trial: str | None


def write(
    root: Path,
    to: Path,
    choices: Choices = Choices(),  # noqa: B008  frozen
    *,
    version: Version | None = None,
    origin: str = "stranger",
    trust: bool | None = None,
    smoke_test: bool = True,
) -> Image:
    """Write the context for the model in a directory. When that fails, nothing is left behind.

    Args:
        root: The model directory.
        to: The directory to write: a new one, an empty one, or one that this function wrote.
        choices: How the image is to be.
        version: The registered version that the model is: its name and number.
        origin: "store" when the configured tracking store holds the model, else "stranger".
        trust: Whether code of the model may run, here and in the image; None leaves it to the policy.
        smoke_test: Whether to build the environment here, start the server in it, and send the stored example.

    Raises:
        WrongState: Something else is in the directory.
        UntrustedModel: Code of a stranger's model would run.
        NotFound: There is no model, or it records no environment.
        BrokenEnvironment: The environment cannot be built, or the server in it does not answer as the model does.
        Unavailable: The package index cannot be reached.
    """
    asked, to = to, to.absolute()
    _check_free(to)
    load.admit(root, origin=origin, trust=trust)
    environments.admit(root, origin=origin, trust=trust)
    beside = to.with_name(f".{to.name}.building-{os.getpid()}")
    remove(beside)
    beside.mkdir(parents=True)
    if to.is_dir():
        shutil.copymode(to, beside)  # what was private stays so
    try:
        filled = context.fill(beside, root, choices, version)
        trial = _tried(beside, filled) if smoke_test else None
        remove(to)
        beside.rename(to)
    finally:
        remove(beside)
    plan = filled.plan
    return Image(asked, plan.base, plan.python, filled.lines, plan.java, plan.conda, trial)


def _check_free(to: Path) -> None:
    there = to / "Dockerfile"
    ours = there.is_file() and there.read_text("utf-8", "replace").startswith(dockerfile.MADE)
    if to == Path.cwd():
        raise WrongState("The working directory cannot be replaced as a whole; name another, such as 'image'")
    if to.exists() and not ours and (not to.is_dir() or any(to.iterdir())):
        raise WrongState(f"'{to}' is there already, and was not written by this command; name a new directory")


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a context that an engine builds at once; it goes where the context cannot be written."""
    folder = Path(tempfile.mkdtemp(prefix="modelwright-image-"))
    try:
        yield folder
    except BaseException:
        remove(folder)
        raise


def _tried(at: Path, filled: Context) -> str:
    """The trial: the environment built of the very files of the context, and the server in it."""
    plan, wanted = filled.plan, filled.wanted

    def build(to: Path) -> None:
        uv.make(to, plan.python)
        virtual.fill(to, at / REQUIREMENTS, wanted.requirements)

    if plan.conda:
        said = ["conda of an image", (at / context.CONDA_FILE).read_text("utf-8")]
        python = environments.environment(said, lambda to: conda.build(wanted, to))
    else:
        python = environments.environment(["uv of an image", plan.python, *filled.lines], build)
    return smoke.test(python, at / "model")


def build(folder: Path, name: str) -> None:
    """Have the container engine of this machine build the image of a context; it writes what it does to stderr.

    Args:
        folder: The context.
        name: The image's name.

    Raises:
        Unavailable: No engine answers; the message says what to do with the context.
        BrokenEnvironment: The engine could not build it.
    """
    engine, reason = _engine()
    command = ["docker" if engine is None else engine, "build", "--tag", name, str(folder)]
    if engine is None:
        raise Unavailable(
            f"No container engine answers on this machine ({reason}). The build context is in '{folder}'; build it "
            f"where there is one: {' '.join(command)}"
        )
    if code := subprocess.run(command, stdout=sys.stderr.fileno(), check=False).returncode:
        raise BrokenEnvironment(f"'{' '.join(command)}' ended with code {code}; the build context stays there")


def _engine() -> tuple[str | None, str]:
    """The first engine that answers, or why none does."""
    reasons = []
    for name in _ENGINES:
        if (found := shutil.which(name)) is None:
            reasons.append(f"there is no {name}")
            continue
        done = subprocess.run([found, "version"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return found, ""
        reasons.append(f"{name}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no answer'}")
    return None, "; ".join(reasons)
