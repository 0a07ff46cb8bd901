"""The command line, called in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelwright.cli.commands import cli


@pytest.fixture
def run() -> Callable[..., Result]:
    """A command's result; a failure nobody expected shows its output."""

    def call(*arguments: str, code: int = 0, data: str | None = None) -> Result:
        result = CliRunner().invoke(cli, arguments, input=data)
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def answer(run: Callable[..., Result]) -> Callable[..., Any]:
    """A command's JSON."""
    return lambda *arguments, **options: json.loads(run(*arguments, "--json", **options).stdout)
