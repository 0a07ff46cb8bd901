"""This package as another environment installs it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from modelwright.core.errors import MissingDependency
from modelwright.serving.environments import own_source
from modelwright.serving.environments import python as environments
from serving.building import envs, model, shared_envs

__all__ = ["envs", "shared_envs"]


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_what_was_installed_from_a_file_is_packed_again(envs: Path, tmp_path: Path) -> None:
    """The environment of a model has it from a wheel of this checkout: there, it makes the same wheel of its files."""
    python = environments.python_of(model())
    code = (
        "from modelwright.serving.environments import own_source as own; import modelwright as m\n"
        "assert own.NAME + '/__init__.py' in m.__file__ and not own._from_checkout()\n"
        "print(own.requirement()); print(own.wheel())"
    )
    done = subprocess.run(
        [python, "-P", "-c", code],
        env={"MODELWRIGHT_ENV_ROOT": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line, packed = done.stdout.splitlines()
    assert line == f"modelwright[serve] @ file://{packed}"
    built = own_source.wheel()
    assert built is not None
    assert Path(packed).name == built.name
    assert names(Path(packed)) == names(built)
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        record = archive.read(next(name for name in names(built) if name.endswith("RECORD"))).decode()
    assert {line.split(",")[0] for line in record.splitlines()} == names(built)


def test_what_came_from_an_index_is_asked_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_source, "_CHECKOUT", Path("/nowhere"))
    monkeypatch.setattr(own_source, "_from_elsewhere", lambda: False)
    assert own_source.wheel() is None
    assert own_source.requirement() == f"modelwright[serve]=={own_source.VERSION}"
    assert own_source.identity() == f"modelwright=={own_source.VERSION}"


def test_files_that_nothing_installed_cannot_be_installed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_source, "_CHECKOUT", own_source._CHECKOUT / "src")
    monkeypatch.setattr(own_source, "find", lambda name: None)
    monkeypatch.setattr(own_source, "_from_checkout", lambda: False)
    with pytest.raises(MissingDependency, match="where nothing installed it"):
        own_source.wheel()
