"""URIs lead to stores: the same one for the same place, and a clear word where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from modelwright.core.errors import InvalidArgument
from modelwright.stores import open as opening
from modelwright.stores.open import open_registry, open_runs
from modelwright.stores.root import Root
from modelwright.wire import messages as m


def test_one_place_is_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_runs("runs")
    for same in ("./runs", str(tmp_path / "runs"), (tmp_path / "runs").as_uri(), "file:runs"):
        assert open_runs(same) is store
    database = open_runs("sqlite:///runs/store.db").database  # type: ignore[attr-defined]
    assert database is store.database is open_registry("runs").database  # type: ignore[attr-defined]


def test_the_default_is_a_directory_beside_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_runs().create_run(m.CreateRun("0"))
    assert (tmp_path / "mwruns" / "store.db").is_file()


def test_relative_places_follow_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        stores.append(open_runs("runs"))
    assert stores[0] is not stores[1]


@pytest.mark.parametrize("uri", ["databricks://x", "postgresql://u@h/db", "gopher://x"])
def test_unknown_schemes(uri: str) -> None:
    for opened in (open_runs, open_registry):
        with pytest.raises(InvalidArgument, match="is installed; expected a path, file:, sqlite:"):
            opened(uri)


def test_a_package_may_add_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("memory", "builtins:list", "modelwright.run_stores")

    def points(**wanted: str) -> list[metadata.EntryPoint]:
        return [point] if wanted == {"group": point.group, "name": "memory"} else []

    monkeypatch.setattr(metadata, "entry_points", points)
    monkeypatch.setattr(opening._RUNS, "opened", {})
    assert open_runs("memory:x") == list("memory:x")


def test_opening_brings_in_little(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom modelwright.stores.open import open_runs\nfrom modelwright.wire import messages as m\n"
        "store = open_runs(sys.argv[1])\nstore.create_run(m.CreateRun('0'))\n"
        "heavy = {'ctypes', 'importlib.metadata', 'numpy', 'pandas', 'sqlite3', 'tempfile', 'difflib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_places_inside_are_kept_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Root(tmp_path / "a b")
    monkeypatch.chdir(tmp_path)
    for given in (f"{root.uri}/x/y", str(root.path / "x" / "y"), "a b/x/y"):
        assert root.kept(given) == "root:/x/y"
    assert root.shown("root:/x/y") == f"{(tmp_path / 'a b' / 'x' / 'y').as_uri()}"
    assert root.kept(str(tmp_path / "a bc")) == (tmp_path / "a bc").as_uri()
    assert root.kept("runs:/1/model") == "runs:/1/model"
    assert root.kept("") == ""


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_store_behind_a_link_is_reached(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_runs(str(tmp_path / "link")).create_run(m.CreateRun("0"))
    assert len(open_runs(str(tmp_path / "real")).search_runs(m.SearchRuns(["0"])).runs) == 1
