"""code_paths packed into a model directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.core.errors import InvalidArgument
from modelwright.models import code


def listed(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


@pytest.fixture
def source(tmp_path):
    (tmp_path / "src" / "pkg" / "__pycache__").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "__pycache__" / "a.pyc").write_text("")
    (tmp_path / "src" / "pkg" / "a.py").write_text("")
    (tmp_path / "src" / "pkg" / "words.txt").write_text("")
    (tmp_path / "src" / "helper.py").write_text("")
    (tmp_path / "root").mkdir()
    return tmp_path


def test_files_and_folders_without_caches(source):
    assert code.pack([source / "src" / "pkg", str(source / "src" / "helper.py")], source / "root") == "code"
    assert listed(source / "root") == ["code/helper.py", "code/pkg/a.py", "code/pkg/words.txt"]


def test_nothing_given_packs_nothing(source):
    assert code.pack(None, source / "root") is None
    assert listed(source / "root") == []


def test_equal_basenames_are_refused(source):
    (source / "other").mkdir()
    (source / "other" / "helper.py").write_text("")
    with pytest.raises(
        InvalidArgument, match=r"src/helper\.py' and '.*other/helper\.py', and both would become code/he"
    ):
        code.pack([source / "src" / "helper.py", source / "other" / "helper.py"], source / "root")


def test_mistakes_are_named(source):
    with pytest.raises(TypeError, match="must be a list of paths, got 'src'"):
        code.pack("src", source / "root")
    with pytest.raises(InvalidArgument, match=r"'nowhere\.py', which does not exist"):
        code.pack(["nowhere.py"], source / "root")


def test_a_folder_that_is_being_saved_into_does_not_pack_itself(source, monkeypatch):
    monkeypatch.chdir(source)
    code.pack(["."], source / "root")
    assert not [name for name in listed(source / "root") if name.count("root/")]
    assert f"code/{source.name}/src/helper.py" in listed(source / "root")


def test_the_root_to_import_from(source):
    code.pack([source / "src"], source / "root")
    assert code.import_root("helper", source / "root", "code") == "code/src"
    assert code.import_root("pkg.a", source / "root", "code") == "code/src"
    assert code.import_root("src.helper", source / "root", "code") == "code"
    assert code.import_root("elsewhere", source / "root", "code") == "code"


def test_modules_below_the_working_directory_are_inferred(source, monkeypatch):
    monkeypatch.chdir(source / "src")
    Path("pkg/a.py").write_text("from .b import x\nfrom . import c\nimport helper, json, not_there\n")
    for name in ("b", "c", "unused"):
        Path(f"pkg/{name}.py").write_text("")
    assert code.pack_inferred(["pkg.a", "numpy", "not a name"], source / "root") == "code"
    assert listed(source / "root") == ["code/helper.py", "code/pkg/a.py", "code/pkg/b.py", "code/pkg/c.py"]
    assert code.pack_inferred(["numpy"], source / "root") is None


def test_stores_of_runs_are_not_packed(source):
    (source / "src" / "mwruns" / "artifacts").mkdir(parents=True)
    (source / "src" / "mwruns" / "store.db").write_text("")
    code.pack([source / "src"], source / "root")
    assert not [name for name in listed(source / "root") if "mwruns" in name]
