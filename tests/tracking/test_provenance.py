"""The tags of a new run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument
from modelwright.tracking import provenance

COMMIT = "0123456789012345678901234567890123456789"


def repository(root: Path, head: str) -> Path:
    (root / ".git" / "refs" / "heads").mkdir(parents=True)
    (root / ".git" / "HEAD").write_text(head)
    (root / "src").mkdir()
    (root / "src" / "train.py").write_text("")
    return root / "src" / "train.py"


def test_a_loose_branch(tmp_path: Path) -> None:
    file = repository(tmp_path, "ref: refs/heads/main\n")
    assert provenance.git_commit(file) is None  # no commit yet
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")
    assert provenance.git_commit(file) == provenance.git_commit(tmp_path) == COMMIT


def test_a_packed_branch_and_a_detached_head(tmp_path: Path) -> None:
    file = repository(tmp_path, "ref: refs/heads/main\n")
    (tmp_path / ".git" / "packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n")
    assert provenance.git_commit(file) == COMMIT
    (tmp_path / ".git" / "HEAD").write_text(f"{COMMIT[::-1]}\n")
    assert provenance.git_commit(file) == COMMIT[::-1]


def test_a_worktree(tmp_path: Path) -> None:
    repository(tmp_path / "main", "ref: refs/heads/main\n")
    (tmp_path / "main" / ".git" / "refs" / "heads" / "topic").write_text(COMMIT)
    inner = tmp_path / "main" / ".git" / "worktrees" / "topic"
    inner.mkdir(parents=True)
    (inner / "HEAD").write_text("ref: refs/heads/topic\n")
    (inner / "commondir").write_text("../..\n")
    (tmp_path / "topic").mkdir()
    (tmp_path / "topic" / ".git").write_text(f"gitdir: {inner}\n")
    assert provenance.git_commit(tmp_path / "topic") == COMMIT


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert provenance.git_commit(tmp_path / "nothing.py") is None
    (tmp_path / ".git").mkdir()
    assert provenance.git_commit(tmp_path) is None  # not one after all


def test_a_run_knows_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = repository(tmp_path, COMMIT)
    monkeypatch.setattr(sys, "argv", [str(file)])
    monkeypatch.setenv("LOGNAME", "ann")
    with mw.start_run(run_name="first") as run:
        pass
    assert run.data.tags == {
        "mlflow.user": "ann",
        "mlflow.source.name": str(file),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": COMMIT,
        "mlflow.runName": "first",
    }
    assert run.info.user_id == "ann"


def test_tags_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", '{"team": "a", "mlflow.user": "bot"}')
    with mw.start_run(tags={"team": "b"}) as run:
        pass
    assert (run.data.tags["team"], run.data.tags["mlflow.user"]) == ("b", "bot")
    for raw in ("{", "[1]"):
        monkeypatch.setenv("MLFLOW_RUN_CONTEXT", raw)
        with pytest.raises(InvalidArgument, match="MODELWRIGHT_RUN_CONTEXT"):
            mw.start_run()


def test_the_user_without_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert provenance.user()


def test_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setenv("JPY_SESSION_NAME", "/work/train.ipynb")
    tags = provenance.origin_tags()
    assert (tags["mlflow.source.name"], tags["mlflow.source.type"]) == ("/work/train.ipynb", "NOTEBOOK")
