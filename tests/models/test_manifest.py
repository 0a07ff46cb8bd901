"""What the files of a model directory were when it was saved."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from modelwright.core.errors import CorruptModel
from modelwright.models import manifest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    (root / "code" / "pkg").mkdir(parents=True)
    (root / "MLmodel").write_text("flavors: {}\n")
    (root / "code" / "helper.py").write_text("N = 1\n")
    (root / "code" / "pkg" / "inner.py").write_text("M = 2\n")
    (root / "data.bin").write_bytes(b"\0" * 1000)
    manifest.write(root)
    return root


def test_lists_every_file_with_size_and_digest(root):
    files = manifest.check(root, "code").files
    assert set(files) == {"MLmodel", "code/helper.py", "code/pkg/inner.py", "data.bin"}
    assert files["data.bin"]["size"] == 1000
    assert files["data.bin"]["sha256"] == hashlib.sha256(b"\0" * 1000).hexdigest()


def test_a_directory_without_one_is_fine(tmp_path):
    assert manifest.check(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "data.bin").unlink(), r"data\.bin is missing"),
        (lambda root: (root / "data.bin").write_bytes(b"\1" * 1000), r"data\.bin is not the file that was saved"),
        (lambda root: (root / "data.bin").write_bytes(b""), r"data\.bin is not the file"),
        (lambda root: (root / "code" / "new.py").write_text(""), r"code/new\.py was added"),
        (lambda root: (root / "code" / "pkg" / "new.py").write_text(""), r"code/pkg/new\.py was added"),
        (lambda root: (root / "code" / "link").symlink_to("/usr/lib"), r"code/link was added"),
        (lambda root: (root / "code" / "a__pycache__.py").write_text(""), r"code/a__pycache__\.py was added"),
        (lambda root: _swap_for_link(root / "data.bin"), r"data\.bin is not the file"),
    ],
)
def test_every_change_is_found_and_named(root, change, message):
    change(root)
    with pytest.raises(CorruptModel, match=message):
        manifest.check(root, "code")


def _swap_for_link(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    path.unlink()
    path.symlink_to(copy)


def test_all_problems_are_listed(root):
    (root / "data.bin").unlink()
    (root / "code" / "helper.py").write_text("N = 2\n")
    with pytest.raises(CorruptModel, match=r"code/helper\.py is not the file.*data\.bin is missing"):
        manifest.check(root, "code")


def test_files_that_are_not_code_may_be_added(root):
    (root / "registered_model_meta").write_text("model_name: x\n")
    (root / "code" / "__pycache__").mkdir()
    (root / "code" / "__pycache__" / "helper.cpython-311.pyc").write_bytes(b"")
    assert manifest.check(root, "code") is not None


def test_code_one_level_down_is_watched_as_a_whole(root):
    (root / "code" / "new.py").write_text("")
    with pytest.raises(CorruptModel, match=r"code/new\.py was added"):
        manifest.check(root, "code/pkg")


def test_a_change_made_on_purpose_is_written_anew(root):
    (root / "MLmodel").write_text("flavors: {a: {}}\n")
    manifest.write(root)
    assert manifest.check(root).sealed


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1, "files": [1]}',
                                  '{"version": 1, "files": {"a": 1}}',
                                  '{"version": 1, "files": {"../a": {"size": 1, "sha256": ""}}}',
                                  '{"version": 9, "files": {}}', "[" * 100_000,
                                  '{"version": 1, "files": {"a\\u0000b": {"size": 1, "sha256": ""}}}',
                                  '{"version": 1, "files": {"\\ud800": {"size": 1, "sha256": ""}}}'])  # fmt: skip
def test_what_is_not_a_manifest_is_refused(root, text):
    (root / manifest.NAME).write_text(text)
    with pytest.raises(CorruptModel, match=r"manifest\.json"):
        manifest.check(root)


def test_the_seal_is_this_users(root, monkeypatch, tmp_path):
    assert manifest.read(root).sealed
    key = Path(os.environ["XDG_STATE_HOME"], "modelwright", "key")
    assert key.stat().st_mode & 0o777 == 0o600
    moved = shutil.copytree(root, tmp_path / "moved")
    assert manifest.read(moved).sealed
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "somebody else"))
    assert not manifest.read(root).sealed


def test_a_forged_seal_is_not_believed(root):
    path = root / manifest.NAME
    body = json.loads(path.read_text())
    body["files"]["data.bin"]["size"] = 1
    path.write_text(json.dumps(body))
    assert not manifest.read(root).sealed
    for seal in ("é", "\ud800", "", 1, None):
        body["seal"] = seal
        path.write_text(json.dumps(body))
        assert not manifest.read(root).sealed


def test_a_key_that_others_can_read_proves_nothing(root, caplog):
    key = Path(os.environ["XDG_STATE_HOME"], "modelwright", "key")
    key.chmod(0o644)
    assert not manifest.read(root).sealed
    assert "can be read or written by others" in caplog.text
    manifest.write(root)
    assert "seal" not in json.loads((root / manifest.NAME).read_text())


def test_without_a_place_for_the_key_it_is_not_sealed(root, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    manifest.write(root)
    assert not manifest.check(root).sealed


def test_a_folder_of_its_name_is_no_manifest(root):
    (root / manifest.NAME).unlink()
    (root / manifest.NAME).mkdir()
    with pytest.raises(CorruptModel, match=r"manifest\.json' is not a manifest"):
        manifest.check(root)
