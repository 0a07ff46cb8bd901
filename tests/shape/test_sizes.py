"""Files stay small enough to be read in one go."""

from __future__ import annotations

from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2] / "src" / "modelwright"


def test_no_file_is_long_and_most_are_short() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert {path: count for path, count in lines.items() if count > 800} == {}
    assert median(count for count in lines.values() if count) <= 150


def test_every_file_says_what_it_is() -> None:
    silent = []
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        if text and not text.startswith('"""'):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []
