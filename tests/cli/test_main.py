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
    run("experiments", "create", "iris")
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "list"),
        ("runs", "search", "metrics.a > 1"),
        ("runs", "show", "4f0c"),
        ("runs", "delete", "4f0c"),
        ("experiments", "list"),
        ("experiments", "rename", "a", "b"),
        ("models", "list"),
        ("models", "inspect", "models:/churn/1"),
        ("models", "predict", "runs:/4f0c/model"),
        ("artifacts", "list", "runs:/4f0c/model"),
        ("artifacts", "download", "models:/churn/1", "-d", "out"),
    ],
)
def test_asking_at_a_mistyped_address_makes_no_store(arguments: tuple[str, ...], run: Callable[..., Result]) -> None:
    for option in ((), ("--tracking-uri", "./typo"), ("--tracking-uri", "sqlite:///typo/runs.db")):
        said = run(*option, *arguments, code=1).stderr
        assert said.startswith("Error: There is no store at ")
        assert "--tracking-uri" in said
    assert not list(Path.cwd().iterdir())


def test_a_registry_that_is_not_there_is_not_made(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]) -> None:
    run("experiments", "create", "iris")
    monkeypatch.setenv("MODELWRIGHT_REGISTRY_URI", "./typo")
    assert "There is no registry at './typo'" in run("models", "list", code=1).stderr
    assert not Path("typo").exists()


def test_a_reader_that_has_left_is_no_error() -> None:
    with modelwright.start_run() as active:
        modelwright.log_params({f"p{i}": "x" * 100 for i in range(2000)})
    command = f"{sys.executable} -m modelwright runs show {active.info.run_id} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("run")
    assert done.stderr == ""
