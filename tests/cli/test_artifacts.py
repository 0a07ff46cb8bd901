"""`modelwright artifacts`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import modelwright as mw


@pytest.fixture
def run_id() -> str:
    with mw.start_run() as run:
        mw.log_text("hello", "notes/a.txt")
    return str(run.info.run_id)


def test_list(run_id: str, run: Callable[..., Result], answer: Any) -> None:
    assert answer("artifacts", "list", f"runs:/{run_id}/notes") == [
        {"path": "notes/a.txt", "is_dir": False, "file_size": 5}
    ]
    assert run("artifacts", "list", f"runs:/{run_id}/").output.splitlines()[1] == "notes/"


def test_download(run_id: str, run: Callable[..., Result], answer: Any) -> None:
    assert Path(answer("artifacts", "download", f"runs:/{run_id}/notes", "-d", "out")["path"], "a.txt").is_file()
    assert run("artifacts", "download", f"runs:/{run_id}/notes/a.txt").output == "a.txt\n"
    assert Path("a.txt").read_text() == "hello"


def test_log(run_id: str, run: Callable[..., Result], answer: Any) -> None:
    Path("folder").mkdir()
    Path("folder", "b.txt").write_text("b")
    uri = answer("artifacts", "log", "folder/b.txt", "--run-id", run_id, "--artifact-path", "extra")["uri"]
    assert uri == f"runs:/{run_id}/extra/b.txt"
    assert mw.artifacts.load_text(uri) == "b"
    assert run("artifacts", "log", "folder", "--run-id", run_id).output == f"folder is stored at runs:/{run_id}\n"
    assert mw.artifacts.load_text(f"runs:/{run_id}/b.txt") == "b"


def test_a_terminal_sees_the_files_go_by(
    run_id: str, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rich is told that standard error is a terminal; what it draws counts the files of the tree."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    tree = Path("tree")
    tree.mkdir()
    for name in "abc":
        (tree / name).write_text(name)
    assert "3/3" in run("artifacts", "log", "tree", "--run-id", run_id, "--artifact-path", "tree").stderr
    fetched = run("artifacts", "download", f"runs:/{run_id}/tree", "-d", "out")
    assert "3/3" in fetched.stderr
    assert "Fetching" not in fetched.stdout
