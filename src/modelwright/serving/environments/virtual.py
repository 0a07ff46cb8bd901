"""A virtual environment of what a model records: its requirements resolved, then installed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from ...models.env import REQUIREMENTS
from ...models.requirement_lines import name_of
from . import blame, own_source, uv
from .recorded import Recorded


def build(wanted: Recorded, at: Path) -> None:
    """Make the environment at a path where nothing is.

    Raises BrokenEnvironment or Unavailable; the message names the requirement at fault.
    """
    uv.make(at, own_source.runnable(wanted.python))
    work = at / "resolving"
    lines = resolved(wanted, work, python=str(uv.interpreter(at)))
    shutil.rmtree(work)
    listed = at / REQUIREMENTS  # stays there to be read
    listed.write_text("".join(f"{line}\n" for line in [*lines, own_source.requirement()]), "utf-8")
    fill(at, listed, wanted.requirements)


def resolved(wanted: Recorded, work: Path, *, python: str, more: Sequence[str] = ()) -> list[str]:
    """Everything to install beside this package, each with its version.

    Args:
        wanted: What the model records.
        work: A folder to work in; it is made.
        python: As in `uv.resolve`.
        more: Further options of uv.

    Raises BrokenEnvironment or Unavailable; the message names the requirement at fault.
    """
    work.mkdir(parents=True, exist_ok=True)
    pins = [line for line in wanted.build if "==" in line]
    loose = [name_of(line) or line for line in wanted.build]  # they yield to what the requirements need

    def ask(lines: Sequence[str]) -> list[str]:
        return uv.resolve(work, lines, python=python, constraints=wanted.constraints, preferred=pins, more=more)

    def alone(line: str) -> bool:
        try:
            ask([line])
        except uv.Failed:
            return False
        return True

    try:
        found = ask([*wanted.requirements, *loose, own_source.requirement()])
    except uv.Failed as failed:
        raise blame.error(str(failed), wanted.requirements, alone) from None
    options = [line for line in wanted.requirements if line.startswith("--")]
    return [*options, *(line for line in found if name_of(line) != own_source.NAME)]


def fill(at: Path, listed: Path, asked: Sequence[str]) -> None:
    """Install the resolved requirements of a file into the virtual environment at `at`.

    Args:
        at: The environment.
        listed: The file.
        asked: The requirements they come from, which are blamed first.

    Raises BrokenEnvironment or Unavailable; the message names the requirement at fault.
    """
    try:
        uv.install(at, listed)
    except uv.Failed as failed:
        said, lines = str(failed), listed.read_text("utf-8").splitlines()
        raise blame.error(said, asked if blame.guilty(said, asked) else lines, lambda line: True) from None
