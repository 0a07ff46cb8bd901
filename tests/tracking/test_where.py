"""The addresses in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument
from modelwright.tracking import where


def test_the_default_is_a_directory_here() -> None:
    assert mw.get_tracking_uri() == Path("mwruns").absolute().as_uri()
    assert mw.get_registry_uri() == mw.get_tracking_uri()
    assert not mw.is_tracking_uri_set()


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_URI", "MODELWRIGHT_TRACKING_URI"])
def test_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "sqlite:///a.db")
    assert mw.get_tracking_uri() == "sqlite:///a.db"
    assert where.tracking_address() == f"sqlite:///{os.getcwd()}/a.db"
    assert mw.is_tracking_uri_set()
    monkeypatch.setenv("MODELWRIGHT_TRACKING_URI", "ours")
    assert mw.get_tracking_uri() == "ours"


def test_what_is_set_in_code_wins_and_reaches_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODELWRIGHT_TRACKING_URI", "before")
    mw.set_tracking_uri("one")
    mw.set_tracking_uri("two")
    here = os.getcwd()
    assert os.environ["MODELWRIGHT_TRACKING_URI"] == f"{here}/two"
    monkeypatch.chdir(tmp_path)
    assert (mw.get_tracking_uri(), where.tracking_address()) == ("two", f"{here}/two")
    mw.set_tracking_uri("")
    assert mw.get_tracking_uri() == os.environ["MODELWRIGHT_TRACKING_URI"] == "before"


def test_a_registry_of_its_own(tmp_path: Path) -> None:
    mw.set_registry_uri(tmp_path)
    assert mw.get_registry_uri() == str(tmp_path)
    assert mw.get_tracking_uri() != str(tmp_path)
    mw.set_registry_uri("")
    assert mw.get_registry_uri() == mw.get_tracking_uri()


def test_relative_paths_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    here = os.getcwd()
    for given, expected in {
        "runs": f"{here}/runs",
        "~/runs": "/home/ann/runs",
        "file:runs": f"file://{here}/runs",
        "file:///runs": "file:///runs",
        "sqlite:///x.db": f"sqlite:///{here}/x.db",
        "sqlite:////x.db": "sqlite:////x.db",
        "https://example.org": "https://example.org",
    }.items():
        assert where.absolute(given) == expected


def test_an_address_is_text_or_a_path() -> None:
    with pytest.raises(InvalidArgument, match="text or a path, not 7"):
        mw.set_tracking_uri(7)


@pytest.mark.parametrize("uri", ["file:runs", "runs", "sqlite:///sub/runs.db"])
def test_every_kind_of_address_keeps_runs(uri: str) -> None:
    mw.set_tracking_uri(uri)
    with mw.start_run() as run:
        mw.log_metric("m", 1)
        mw.log_text("x", "x.txt")
    assert mw.get_run(run.info.run_id).data.metrics == {"m": 1}
    assert Path(mw.artifacts.download_artifacts(run_id=run.info.run_id)).is_relative_to(Path.cwd())


def test_servers_are_refused_by_name() -> None:
    mw.set_tracking_uri("https://example.org")
    with pytest.raises(InvalidArgument, match="sqlite"):
        mw.start_run()
    assert mw.active_run() is None


def test_a_directory_with_mlflows_own_runs(tmp_path: Path) -> None:
    root = tmp_path / "mlruns"
    (root / "0").mkdir(parents=True)
    (root / "0" / "meta.yaml").write_text("name: Default\n")
    mw.set_tracking_uri(root)
    with pytest.warns(UserWarning, match="MLflow's file format"), mw.start_run() as run:
        pass
    assert mw.get_run(run.info.run_id).info.status == "FINISHED"  # without a second warning
    assert (root / "0" / "meta.yaml").read_text() == "name: Default\n"
