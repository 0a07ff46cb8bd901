"""Tables for people, JSON for programs."""

from __future__ import annotations

import json

import pytest

from modelwright.cli import show


def test_numbers_that_json_lacks_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json({"a": float("nan"), "b": [float("inf"), -float("inf"), 1.5], 3: None})
    assert json.loads(capsys.readouterr().out) == {"a": "NaN", "b": ["Infinity", "-Infinity", 1.5], "3": None}


def test_a_piped_table_is_never_cut_and_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("id", "name"), [("1", "x" * 500), ("2", "[red]plain[/red]")])
    out = capsys.readouterr().out
    assert "x" * 500 in out
    assert "[red]plain[/red]" in out


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("id",), [], empty="No run fits.")
    assert capsys.readouterr().out == "No run fits.\n"


def test_pairs_with_and_without_a_title(capsys: pytest.CaptureFixture[str]) -> None:
    show.pairs({"run": "r1", "metrics": {"a": 0.5}, "description": None})
    show.pairs({"depth": "3"}, title="Params")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["run      r1", "metrics  a=0.5", "Params", "depth  3"]
