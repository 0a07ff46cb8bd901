"""The command line as a whole: help, errors, where the store is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright
from modelwright.cli.commands import COMMANDS


def test_help_lists_every_command(run: Callable[..., Result]) -> None:
    out = run("--help").output
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert run("-h").output == out


def test_version(run: Callable[..., Result]) -> None:
    assert run("--version").output == f"modelwright, version {modelwright.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("runs", "show", "nothing"), "nothing"),
        (("runs", "search", "metrics.a >"), "metrics.a >"),
        (("experiments", "delete", "nothing"), "There is no experiment 'nothing'"),
        (("models", "inspect", "models:/nothing/1"), "nothing"),
        (("models", "inspect", "no/such/dir"), "no/such/dir"),
        (("artifacts", "list", "runs:/nothing/m"), "nothing"),
        (("--tracking-uri", "ftp://nowhere", "runs", "list"), "ftp"),
    ],
)
def test_errors_are_one_message_and_exit_code_1(
    arguments: tuple[str, ...], said: str, run: Callable[..., Result]
) -> None:
    result = run(*arguments, code=1)
    assert result.stderr.startswith("Error: ")
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_misspelt_option_is_exit_code_2(run: Callable[..., Result]) -> None:
    assert "Did you mean" in run("runs", "list", "--experimnt", "x", code=2).stderr


def test_the_store_is_chosen_by_the_option(tmp_path: Path, run: Callable[..., Result], answer: Any) -> None:
    where = str(tmp_path / "elsewhere")
    run("--tracking-uri", where, "experiments", "create", "iris")
    assert (tmp_path / "elsewhere").is_dir()
    names = {e["name"] for e in answer("--tracking-uri", where, "experiments", "list")}
    assert "iris" in names
    assert not Path("mwruns").exists()


def test_an_unknown_command_names_those_there_are(run: Callable[..., Result]) -> None:
    assert "No such command 'run'" in run("run", code=2).stderr


def test_as_a_module_and_without_arguments(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelwright", "--version"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout == f"modelwright, version {modelwright.__version__}\n"
