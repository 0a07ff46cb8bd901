"""Paths given from outside: clean, and never out of their root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelwright.core.errors import InvalidArgument
from modelwright.core.paths import inside, relative

PARTS = st.sampled_from(["a", "b.txt", "..", ".", "", " ", "...", "C:", "~", "a\\b", "ü", "%2e%2e", "\n", "..\\.."])
GIVEN = st.lists(PARTS, max_size=6).map("/".join) | st.text(max_size=30)


@given(GIVEN)
@example("..")
@example("a/../..")
@example("/etc/passwd")
@example("a\\..\\..\\b")
def test_what_is_let_through_stays_below_its_root(text: str) -> None:
    root = os.path.join(os.sep, "root", "of", "it")
    try:
        clean = relative(text)
    except InvalidArgument:
        return
    reached = os.path.normpath(os.path.join(root, clean))
    assert reached == root or reached.startswith(root + os.sep)
    assert relative(clean) == clean
    assert not {"", ".", ".."} & set(clean.split("/")) or clean == ""


@given(st.lists(st.text("abcdefg .-_ü~%", min_size=1, max_size=9), min_size=1, max_size=5))
def test_ordinary_names_are_kept(parts: list[str]) -> None:
    parts = [part for part in parts if part not in (".", "..")]
    assert relative("/".join(parts)) == "/".join(parts)
    assert relative("./" + "//".join(parts) + "/") == "/".join(parts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("../x", "leaves its root"),
        ("a/../../x", "leaves its root"),
        ("/x", "leaves its root"),
        ("C:/x", "leaves its root"),
        ("a\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\ud800", "control character"),
        ("x" * 256, "255 bytes"),
        ("ü" * 128, "255 bytes"),
    ],
)
def test_what_is_refused_and_why(text: str, reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        relative(text)


def test_the_longest_name_is_taken() -> None:
    assert relative("x" * 255) == "x" * 255
    assert relative("ü" * 127) == "ü" * 127


def test_a_file_inside_need_not_be_there(tmp_path: Path) -> None:
    assert inside(tmp_path, "a/b.txt") == tmp_path / "a" / "b.txt"
    assert inside(tmp_path, "") == tmp_path


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_may_lead_about_but_not_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (root / "within").symlink_to(root / "real")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "twice").symlink_to(root / "out")
    (root / "beside").symlink_to(tmp_path / "root2")
    assert inside(root, "within/x") == root / "within" / "x"
    for text in ("out", "out/x", "twice/x", "within/../out", "beside/x"):
        with pytest.raises(InvalidArgument):
            inside(root, text)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_the_root_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert inside(tmp_path / "link", "x") == tmp_path / "link" / "x"
