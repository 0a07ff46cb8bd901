"""The scan of installed distributions."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from pathlib import Path

import pytest

from costs import calls
from modelwright.models import installed, markers


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty directory for distributions, in front of everything else."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    return path


def add(site: Path, name: str, version: str = "1.0", *, files=(), origin=None, requires=(), folder=None) -> Path:
    info = site / (folder or f"{name.replace('-', '_')}-{version}.dist-info")
    info.mkdir()
    lines = [
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
        "",
        "Requires-Dist: no",
    ]
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]))
    (info / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text("")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin))
    return info


def names(module):
    return {one.name for one in installed.providing(module)}


def test_knows_every_installed_distribution():
    for one in importlib.metadata.distributions():
        found = installed.find(one.metadata["Name"])
        assert found is not None
        assert found.version == importlib.metadata.version(one.metadata["Name"])


def test_agrees_with_the_standard_librarys_slow_answer():
    for module, owners in importlib.metadata.packages_distributions().items():
        if module in sys.stdlib_module_names or module.startswith(("_", "..")) or "modelwright" in owners:
            continue
        wanted = {installed.normal(owner) for owner in owners}
        assert names(module) & wanted, module


@pytest.mark.parametrize("module", ["json", "os.path", "__main__", "builtins", "", "no_such_module_anywhere"])
def test_the_standard_library_and_local_files_have_no_distribution(module):
    assert names(module) == set()


def test_a_module_file_a_package_and_an_extension(site):
    add(site, "One-Thing", files=["one_thing.py"])
    add(site, "other", files=["quite/different/__init__.py", "compiled.cpython-311-x86_64-linux-gnu.so"])
    assert names("one_thing") == {"one-thing"}
    assert names("quite.different.name") == {"other"}
    assert names("compiled") == {"other"}


def test_a_namespace_package_is_told_apart_by_its_parts(site):
    add(site, "acme", files=["acme/core/__init__.py"])
    add(site, "acme-storage", files=["acme/storage/blob.py"])
    assert names("acme.storage.blob") == {"acme-storage"}
    assert names("acme.core") == {"acme"}


def test_something_installed_while_the_process_runs_is_seen(site):
    assert installed.find("late") is None
    add(site, "late", "2.0", files=["late.py"])
    assert installed.find("late").version == "2.0"
    assert names("late") == {"late"}


def test_entry_points_are_read_once_and_again_after_an_install(site):
    assert installed.plugged("acme.plugs") == ()
    info = add(site, "acme-plugs")
    (info / "entry_points.txt").write_text("[acme.plugs]\nbolt = acme.bolt:Bolt\n")
    (point,) = installed.plugged("acme.plugs")
    assert (point.name, point.value) == ("bolt", "acme.bolt:Bolt")
    assert calls(lambda: installed.plugged("acme.plugs")) < 10 * len(sys.path)


def test_legacy_egg_info(site):
    folder = site / "old_one-0.3-py3.11.egg-info"
    folder.mkdir()
    (folder / "top_level.txt").write_text("oldie\n_helper\n")
    assert names("oldie") == {"old-one"}
    assert installed.find("old-one").version == "0.3"


@pytest.mark.parametrize(
    ("version", "origin", "line"),
    [
        ("2.7.1+cu128", None, "pkg==2.7.1"),
        (
            "1.0",
            {"url": "https://me:s3cret@git.example/pkg", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "pkg @ git+https://git.example/pkg@abc",
        ),
        (
            "1.0",
            {"url": "ssh://git@git.example/p", "subdirectory": "py", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "pkg @ git+ssh://git@git.example/p@abc#subdirectory=py",
        ),
        (
            "1.0",
            {"url": "https://tok@files.example/pkg-1.0.whl", "archive_info": {}},
            "pkg @ https://files.example/pkg-1.0.whl",
        ),
        ("1.0", {"url": "file:///croot/pkg_1", "dir_info": {}}, "pkg==1.0"),
        ("1.0", {"url": "file:///home/me/pkg-1.0.whl", "archive_info": {}}, "pkg==1.0"),
    ],
)
def test_how_it_is_installed_again(site, version, origin, line):
    add(site, "pkg", version, files=["pkg.py"], origin=origin)
    assert installed.find("pkg").requirement == line


def test_an_editable_install_owns_the_modules_of_its_folder(site, tmp_path, monkeypatch):
    source = tmp_path / "my project" / "src"
    (source / "mine").mkdir(parents=True)
    (source / "mine/__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(source))
    origin = {"url": (tmp_path / "my project").as_uri(), "dir_info": {"editable": True}}
    add(site, "my-dist", files=["__editable__.my_dist.pth"], origin=origin)
    assert names("mine.inner") == {"my-dist"}


def test_requirements_are_read_without_extras_and_description(site):
    add(site, "a", requires=["B_b>=1", "c; extra == 'x'", "d; python_version < '3'", "e ; python_version >= '3'"])
    add(site, "b-b", requires=["f (>=2)", "a"])
    assert installed.find("a").requires() == {"b-b", "e"}
    assert installed.required_by("a") == {"b-b", "e", "f", "a"}


def test_markers_agree_with_packaging():
    from packaging.markers import Marker

    seen = set()
    for one in importlib.metadata.distributions():
        for line in one.requires or ():
            marker = line.partition(";")[2].strip()
            if marker and "extra" not in marker:
                seen.add(marker)
    seen |= {
        'python_version < "3.9"',
        'python_full_version >= "3.11.0"',
        'sys_platform != "win32" and python_version >= "3.8"',
        'platform_system == "Linux" or os_name == "nt"',
        'python_version == "3.*"',
    }
    for marker in seen:
        assert markers.holds(marker) == Marker(marker).evaluate(), marker
    assert not markers.holds("extra == 'test'")


def test_a_guess_is_confirmed_by_the_file_list(site):
    add(site, "cv2", files=["unrelated.py"])
    add(site, "opencv-python-headless", files=["cv2/__init__.py"])
    assert names("cv2") == {"opencv-python-headless"}
    assert re.fullmatch(r"opencv-python-headless==1\.0", installed.find("opencv_python.headless").requirement)
