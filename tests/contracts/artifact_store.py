"""What every artifact store must do: subclass `ArtifactStoreContract` and give a `store` fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.core.errors import InvalidArgument, NotFound
from modelwright.stores.artifacts import transfer
from modelwright.stores.artifacts.base import ArtifactStore, Entry

OUTSIDE = ("../x", "/etc/passwd", "a/../../x", "a\\b", "..", "a/\x00", "c:/x", "a/\ud800", "x" * 256, "é" * 128)


class ArtifactStoreContract:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "given.bin"
        path.write_bytes(b"\x00bytes\xff")
        return path

    def test_put_get_open(self, store: ArtifactStore, file: Path, tmp_path: Path) -> None:
        store.put(file, "a/b c/ü.bin")
        store.get("a/b c/ü.bin", tmp_path / "new" / "out.bin")
        assert (tmp_path / "new" / "out.bin").read_bytes() == file.read_bytes()
        with store.open("a/b c/ü.bin") as stream:
            assert stream.read() == file.read_bytes()

    def test_put_again_replaces(self, store: ArtifactStore, file: Path) -> None:
        store.put(file, "a")
        file.write_bytes(b"new")
        store.put(file, "a")
        with store.open("a") as stream:
            assert stream.read() == b"new"
        assert [entry.path for entry in store.list()] == ["a"]

    def test_list_is_one_level_in_order(self, store: ArtifactStore, file: Path) -> None:
        for key in ("b/x", "a/2", "a/1", "a/deep/er", "c"):
            store.put(file, key)
        assert list(store.list()) == [Entry("a", True, None), Entry("b", True, None), Entry("c", False, 7)]
        assert list(store.list("a")) == [
            Entry("a/1", False, 7), Entry("a/2", False, 7), Entry("a/deep", True, None),
        ]  # fmt: skip
        assert list(store.list("a/")) == list(store.list("a"))
        assert list(store.list("nowhere")) == []
        assert list(store.list("c")) == []

    def test_what_is_not_there(self, store: ArtifactStore, file: Path, tmp_path: Path) -> None:
        store.put(file, "a/b")
        for key in ("x", "a", "a/b/c", ""):
            with pytest.raises(NotFound):
                store.open(key)
            with pytest.raises(NotFound):
                store.get(key, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_delete(self, store: ArtifactStore, file: Path) -> None:
        for key in ("a/1", "a/2", "b", "c"):
            store.put(file, key)
        store.delete("a")
        store.delete("b")
        store.delete("nowhere")
        assert [entry.path for entry in store.list()] == ["c"]
        store.delete("")
        assert list(store.list()) == []

    @pytest.mark.parametrize("key", OUTSIDE)
    def test_nothing_outside_is_touched(self, store: ArtifactStore, file: Path, tmp_path: Path, key: str) -> None:
        for call in (
            lambda: store.put(file, key),
            lambda: store.get(key, tmp_path / "out"),
            lambda: store.open(key),
            lambda: store.delete(key),
            lambda: list(store.list(key)),
        ):
            with pytest.raises(InvalidArgument):
                call()

    def test_a_file_needs_a_name(self, store: ArtifactStore, file: Path) -> None:
        with pytest.raises(InvalidArgument):
            store.put(file, "")

    def test_trees_up_and_down(self, store: ArtifactStore, tmp_path: Path) -> None:
        tree = tmp_path / "tree"
        (tree / "sub" / "deep").mkdir(parents=True)
        for name in ("a", "sub/b", "sub/deep/c"):
            (tree / name).write_text(name)
        assert transfer.upload(store, tree, "model") == ["model/a", "model/sub/b", "model/sub/deep/c"]
        assert [entry.path for entry in transfer.tree(store)] == [
            "model", "model/a", "model/sub", "model/sub/b", "model/sub/deep", "model/sub/deep/c",
        ]  # fmt: skip
        out = transfer.download(store, "model", tmp_path / "out")
        assert {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file()} == {
            "a": "a", "sub/b": "sub/b", "sub/deep/c": "sub/deep/c",
        }  # fmt: skip
        assert transfer.download(store, "model/sub/b", tmp_path / "one").read_text() == "sub/b"
        assert sorted(p.name for p in transfer.download(store, "", tmp_path / "all").iterdir()) == ["model"]
        with pytest.raises(NotFound):
            transfer.download(store, "nowhere", tmp_path / "none")
        assert not (tmp_path / "none").exists()
        with pytest.raises(NotFound):
            transfer.upload(store, tmp_path / "missing", "x")

    def test_one_file_up(self, store: ArtifactStore, file: Path) -> None:
        assert transfer.upload(store, file, "x/y.bin") == ["x/y.bin"]
        assert [entry.path for entry in store.list("x")] == ["x/y.bin"]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
    @given(key=st.text(min_size=1, max_size=20))
    def test_any_key_is_kept_inside_or_refused(self, store: ArtifactStore, file: Path, key: str) -> None:
        try:
            store.put(file, key)
        except InvalidArgument:
            return
        with store.open(key) as stream:
            assert stream.read() == file.read_bytes()
        store.delete(key.split("/", maxsplit=1)[0] if not key.startswith(".") else key)
