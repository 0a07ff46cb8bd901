"""Logging that is interrupted or shared: a model is there as a whole, the right one, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import modelwright as mw
from modelwright import MlflowClient
from modelwright.core.errors import NotFound
from modelwright.models import env, manifest, pickling
from modelwright.stores.artifacts.local import LocalArtifacts


def log(value: int, run_id: str, **options: Any) -> Any:
    def predict(model_input: Any) -> list[int]:
        return [value]

    return mw.pyfunc.log_model("m", python_model=predict, pip_requirements=[], run_id=run_id, **options)


def answer(uri: str) -> int:
    return int(mw.pyfunc.load_model(uri).predict([0])[0])


@pytest.fixture
def run_id() -> str:
    with mw.start_run() as run:
        return str(run.info.run_id)


def files(run_id: str) -> list[Path]:
    """Everything of a run on the disk, staging places too."""
    root = Path(MlflowClient().get_run(run_id).info.artifact_uri.removeprefix("file://"))
    return sorted(root.rglob("*")) if root.exists() else []


KILLED = """
import os, sys
import modelwright as mw
from modelwright.models import manifest, save
from modelwright.stores.artifacts.local import LocalArtifacts

def die(*given, **options):
    os.kill(os.getpid(), 9)

place, run_id = sys.argv[1:]
owner, name = {
    "writing": (manifest, "write"),
    "verifying": (save, "load_back"),
    "publishing": (LocalArtifacts, "publish"),
    "recording": (mw.MlflowClient, "log_outputs"),
}[place]
setattr(owner, name, die)
mw.pyfunc.log_model("m", python_model=lambda model_input: [1], pip_requirements=[], run_id=run_id)
"""


@pytest.mark.parametrize("place", ["writing", "verifying", "publishing"])
def test_a_killed_process_leaves_no_half_model(place: str, run_id: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, place, run_id], check=False)
    assert done.returncode == -9
    left = [path for path in files(run_id) if path.name.startswith(".mw-")]
    assert left, "it was killed before it wrote anything"
    client = MlflowClient()
    assert client.list_artifacts(run_id) == []
    assert client.get_run(run_id).outputs.model_outputs == []
    assert [str(model.status) for model in client.search_logged_models(["0"])] == ["PENDING"]
    for attempt in (mw.pyfunc.load_model, lambda uri: mw.register_model(uri, "x")):
        with pytest.raises(NotFound):
            attempt(f"runs:/{run_id}/m")
    log(2, run_id)
    assert answer(f"runs:/{run_id}/m") == 2
    for path in left:
        os.utime(path, (0, time.time() - 100_000))
    log(3, run_id)  # whoever writes next a day later cleans up
    assert not [path for path in files(run_id) if path.name.startswith(".mw-")]
    assert answer(f"runs:/{run_id}/m") == 3


def test_a_process_killed_after_the_rename_leaves_a_whole_model(run_id: str) -> None:
    subprocess.run([sys.executable, "-c", KILLED, "recording", run_id], check=False)
    assert answer(f"runs:/{run_id}/m") == 1
    log(2, run_id)
    assert answer(f"runs:/{run_id}/m") == 2


def full(*given: Any, **options: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (pickling, "dump"),
        (env, "write"),
        (manifest, "write"),
        (Path, "write_text"),
        (os, "mkdir"),
        (LocalArtifacts, "publish"),
    ],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_leaves_what_was_there(
    owner: Any, name: str, earlier: bool, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if earlier:
        log(1, run_id)
    before = files(run_id)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, full)
        with pytest.raises(OSError, match="No space left on device"):
            log(2, run_id)
    assert [path for path in files(run_id) if path not in before] == []
    states = [str(model.status) for model in mw.search_logged_models(["0"], output_format="list")]
    assert sorted(states) == (["FAILED", "READY"] if earlier else ["FAILED"])
    if earlier:
        assert answer(f"runs:/{run_id}/m") == 1
    log(3, run_id)
    assert answer(f"runs:/{run_id}/m") == 3


def test_saving_on_a_full_disk_leaves_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "write", full)
    with pytest.raises(OSError, match="No space left on device"):
        mw.pyfunc.save_model(tmp_path / "m", python_model=lambda model_input: [1], pip_requirements=[])
    assert list(tmp_path.iterdir()) == []


def test_artifacts_on_a_full_disk_leave_nothing(run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space left on device"):
            mw.log_artifact(tmp_path / "x.txt", run_id=run_id)
    assert files(run_id) == []


def test_threads_that_log_to_one_path_register_each_their_own(run_id: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(log, value, run_id, registered_model_name="shared") for value in range(12)]
    versions = {value: one.result().registered_model_version for value, one in enumerate(done)}
    assert sorted(versions.values()) == list(range(1, 13))
    assert {value: answer(f"models:/shared/{version}") for value, version in versions.items()} == {
        value: value for value in range(12)
    }
    assert answer(f"runs:/{run_id}/m") in range(12)


def test_a_version_whose_files_were_replaced_says_so(run_id: str) -> None:
    first = log(1, run_id, registered_model_name="replaced")
    mw.MlflowClient().delete_logged_model(first.model_id)
    assert answer("models:/replaced/1") == 1  # the files are still there
    log(2, run_id)
    with pytest.raises(NotFound, match="holds another model now"):
        mw.pyfunc.load_model("models:/replaced/1")


@pytest.mark.parametrize("write", [lambda run, i: mw.log_text(f"{i}", f"d/{i}.txt", run),
                                   lambda run, i: MlflowClient().log_dict(run, {"i": i}, f"d/{i}.json")])  # fmt: skip
def test_threads_that_write_files_to_one_run_lose_none(write: Callable[[str, int], None], run_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, run_id, number) for number in range(120)]:
            done.result()
    assert len(MlflowClient().list_artifacts(run_id, "d")) == 120
