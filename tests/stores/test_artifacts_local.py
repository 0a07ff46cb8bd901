"""Artifacts in a directory: the contract, the shortcuts of a local store, and links that lead out."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.artifact_store import OUTSIDE, ArtifactStoreContract
from modelwright.core.errors import InvalidArgument, NotFound, Unavailable
from modelwright.stores.artifacts import local, transfer
from modelwright.stores.artifacts.base import Entry, Local
from modelwright.stores.artifacts.local import LocalArtifacts
from modelwright.stores.open import open_artifacts


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "root")


class TestLocalArtifacts(ArtifactStoreContract):
    @pytest.fixture
    def store(self, store: LocalArtifacts) -> LocalArtifacts:
        return store


def staged(store: LocalArtifacts, text: str) -> Path:
    path = store.stage()
    (path / "MLmodel").write_text(text)
    return path


def test_it_is_local(store: LocalArtifacts) -> None:
    assert isinstance(store, Local)
    assert store.path("a/b") == store.root / "a" / "b"
    assert store.path() == store.root


def test_nothing_is_made_before_it_is_needed(store: LocalArtifacts) -> None:
    assert list(store.list()) == []
    store.delete("x")
    assert not store.root.exists()


def test_a_tree_appears_whole(store: LocalArtifacts) -> None:
    path = staged(store, "one")
    assert path.stat().st_dev == store.root.stat().st_dev
    assert list(store.list()) == []
    store.publish(path, "a/model")
    assert list(store.list("a/model")) == [Entry("a/model/MLmodel", False, 3)]
    assert not path.exists()


@pytest.mark.parametrize("exchange", [True, False])
def test_an_older_tree_is_replaced(store: LocalArtifacts, exchange: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exchange:
        monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    first = staged(store, "one")
    (first / "old").write_text("")
    store.publish(first, "model")
    store.publish(staged(store, "two"), "model")
    assert [entry.path for entry in store.list("model")] == ["model/MLmodel"]
    assert store.path("model/MLmodel").read_text() == "two"
    assert [path.name for path in store.root.iterdir()] == ["model"]


def test_a_tree_replaces_a_file(store: LocalArtifacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store.put(tmp_path / "file", "model")
    store.publish(staged(store, "two"), "model")
    assert store.path("model/MLmodel").read_text() == "two"
    with pytest.raises(InvalidArgument, match="a part of its path is a file"):
        store.put(tmp_path / "file", "model/MLmodel/x")


@pytest.mark.parametrize("key", [*OUTSIDE, ""])
def test_publishing_outside_is_refused(store: LocalArtifacts, key: str) -> None:
    with pytest.raises(InvalidArgument):
        store.publish(staged(store, "x"), key)


def test_staging_names_are_kept_for_staging(store: LocalArtifacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidArgument, match="kept for staging"):
        store.put(tmp_path / "file", "a/.mw-x")


def test_what_a_killed_process_left_is_swept_after_a_day(store: LocalArtifacts) -> None:
    old, new = staged(store, "old"), staged(store, "new")
    os.utime(old, (0, time.time() - 100_000))
    store.stage()
    assert not old.exists()
    assert new.exists()


def test_writers_and_sweepers_of_one_directory_do_not_meet(store: LocalArtifacts) -> None:
    def work(thread: int) -> None:
        for number in range(30):
            os.utime(staged(store, "left behind"), (0, 0))
            store.publish(staged(store, "x"), f"{thread}/{number}")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, thread) for thread in range(8)]:
            done.result()
    assert sum(1 for thread in range(8) for _ in store.list(str(thread))) == 240


def test_a_failed_copy_leaves_nothing(store: LocalArtifacts, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "missing", "a")
    assert list(store.root.iterdir()) == []


def test_links_that_lead_out_are_neither_read_nor_shown(store: LocalArtifacts, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("x")
    store.publish(staged(store, "x"), "model")
    (store.root / "out").symlink_to(secret)
    (store.root / "model" / "key").symlink_to(secret / "key")
    (store.root / "model" / "same").symlink_to(store.root / "model" / "MLmodel")
    assert [entry.path for entry in store.list()] == ["model"]
    assert [entry.path for entry in store.list("model")] == ["model/MLmodel", "model/same"]
    for key in ("out/key", "model/key"):
        with pytest.raises(InvalidArgument, match="symbolic link"):
            store.open(key)
        with pytest.raises(InvalidArgument, match="symbolic link"):
            store.put(secret / "key", key)
    with pytest.raises(InvalidArgument):
        store.delete("out/key")
    assert (secret / "key").read_text() == "x"


def test_a_tree_with_a_link_to_itself_goes_up_once(store: LocalArtifacts, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a").mkdir(parents=True)
    (tree / "a" / "file").write_text("x")
    (tree / "a" / "loop").symlink_to(tree)
    assert transfer.upload(store, tree, "t") == ["t/a/file"]


def test_opened_by_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = open_artifacts((tmp_path / "a b").as_uri())
    assert first is open_artifacts("a b")
    assert isinstance(first, LocalArtifacts)
    assert first.root == tmp_path / "a b"
    for at in range(300):
        open_artifacts(str(at))
    assert first is not open_artifacts("a b")
    with pytest.raises(InvalidArgument, match=r"'s3:' URIs such as 's3://bucket/x'.*modelwright\.artifact_stores"):
        open_artifacts("s3://bucket/x")


class Far:
    """A store behind a network that fails at first."""

    def __init__(self, inner: LocalArtifacts, failures: int) -> None:
        self.inner, self.failures = inner, failures
        self.list, self.open, self.delete, self.get = inner.list, inner.open, inner.delete, inner.get

    def put(self, file: Path, key: str) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("not now")
        self.inner.put(file, key)


def test_transfers_try_again(store: LocalArtifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(transfer.time, "sleep", waits.append)
    tree = tmp_path / "tree"
    tree.mkdir()
    for at in range(20):
        (tree / f"{at:02}").write_text(str(at))
    far = Far(store, 3)
    assert len(transfer.upload(far, tree, "t")) == 20
    assert len(list(store.list("t"))) == 20
    assert len(waits) == 3
    with pytest.raises(Unavailable):
        transfer.upload(Far(store, 99), tree, "t")


def test_a_missing_file_is_not_tried_again(store: LocalArtifacts, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        transfer.download(store, "x", tmp_path / "out")
    assert local._HIDDEN not in "".join(path.name for path in tmp_path.iterdir())
