"""The documents name everything there is, and nothing that is not."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from modelwright.cli.commands import cli
from modelwright.core import errors, settings
from modelwright.models.load import FLAVORS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def commands(command: click.Command, path: str = "modelwright") -> list[str]:
    found = [path]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += commands(inner, f"{path} {name}")
    return found


def test_settings() -> None:
    page = (REFERENCE / "settings.md").read_text()
    for setting in settings.ALL.values():
        for name in setting.names:
            assert f"`{name}`" in page


def test_errors() -> None:
    page = (REFERENCE / "errors.md").read_text()
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.Error):
            row = re.search(rf"^\| `{name}` \|.*\| (.+) \|$", page, re.MULTILINE)
            assert row, name
            assert row[1].strip(), f"{name} is missing from the tree in core/errors.py"


@pytest.mark.parametrize("path", commands(cli))
def test_commands(path: str) -> None:
    assert f"## `{path}`\n" in (REFERENCE / "cli.md").read_text()


def test_every_command_takes_json_and_says_what_it_does() -> None:
    def check(command: click.Command, path: str) -> None:
        assert command.get_short_help_str(), path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                check(inner, f"{path} {name}")
        elif path != "modelwright exec":
            assert "--json" in {text for parameter in command.params for text in parameter.opts}, path

    check(cli, "modelwright")


def test_flavors() -> None:
    page = (REFERENCE / "flavors.md").read_text()
    for name in FLAVORS:
        assert f"[`{name}`](flavors/{name}.md)" in page
        assert (REFERENCE / "flavors" / f"{name}.md").exists()


@pytest.mark.parametrize("tool", ["stubs.py", "reference.py"])
def test_generated_files_are_up_to_date(tool: str) -> None:
    done = subprocess.run([sys.executable, f"tools/{tool}", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_architecture_names_only_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`((?:src|tests|tools|docs|benchmarks)/[\w./-]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_pages_link_only_to_pages_that_exist() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []
