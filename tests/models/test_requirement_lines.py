"""Requirement lines: reading, cleaning, merging."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from modelwright.core.errors import InvalidArgument, NotFound
from modelwright.models.installed import without_credentials
from modelwright.models.requirement_lines import differences, merge, name_of, parse


def test_files_comments_continuations_and_constraints(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.txt").write_text(
        "# a comment\n\nalpha==1  # why\nbeta \\\n  >=2\n"
        "-r sub/more.txt\n-csub/limits.txt\n--constraint=sub/limits2.txt\n"
    )
    (tmp_path / "sub/more.txt").write_text("gamma\n-r deeper.txt\n")
    (tmp_path / "sub/deeper.txt").write_text("delta\n")
    (tmp_path / "sub/limits.txt").write_text("alpha<2\n")
    (tmp_path / "sub/limits2.txt").write_text("beta<3\n")
    wanted = ["alpha==1", "beta   >=2", "gamma", "delta"], ["alpha<2", "beta<3"]
    assert parse(tmp_path / "main.txt") == wanted
    assert parse(str(tmp_path / "main.txt")) == wanted
    assert parse([f"-r {tmp_path / 'main.txt'}"]) == wanted


def test_relative_files_in_a_list_start_at_the_working_directory(isolated):
    (isolated / "r.txt").write_text("alpha\n")
    assert parse(["-r r.txt", "beta"]) == (["alpha", "beta"], [])


def test_nothing_given():
    assert parse(None) == ([], [])
    assert parse([]) == ([], [])


@pytest.mark.parametrize("given_", [3, ["ok", 3], b"numpy", {"numpy": 1}.values()])
def test_something_else_is_refused(given_):
    with pytest.raises(InvalidArgument, match="list of strings or the path"):
        parse(given_)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match="nowhere"):
        parse(str(tmp_path / "nowhere.txt"))


def test_credentials_stay_behind_and_it_is_said():
    with pytest.warns(UserWarning, match=r"Credentials are not written .* https://pypi\.example"):
        lines, _ = parse(["--extra-index-url https://me:secret@pypi.example/simple", "numpy"])
    assert lines == ["--extra-index-url https://pypi.example/simple", "numpy"]


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("-i https://user:pass@host/simple", "-i https://host/simple"),
        ("a @ git+https://token@host/x@v1", "a @ git+https://host/x@v1"),
        ("a @ git+ssh://git@host/x", "a @ git+ssh://git@host/x"),
        ("a @ git+ssh://git:pw@host/x", "a @ git+ssh://host/x"),
        ("-i https://${USER}:${TOKEN}@host/simple", "-i https://${USER}:${TOKEN}@host/simple"),
        ("-i https://${USER}:plain@host/simple", "-i https://host/simple"),
        ("-i https://a:p@ss@host/simple", "-i https://host/simple"),
        ("numpy==1.0", "numpy==1.0"),
    ],
)
def test_what_counts_as_a_credential(line, clean):
    assert without_credentials(line) == clean


@pytest.mark.parametrize(
    "line", ["-e .", "./pkg", "pkg-1.0.whl", "pkg @ file:///home/me/pkg", "../x[extra]", "-e ./src"]
)
def test_a_place_on_this_machine_is_pointed_out(line):
    with pytest.warns(UserWarning, match="does not travel with the model"):
        assert parse([line]) == ([line], [])


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        (["numpy", "numpy==1.26.0"], ["numpy==1.26.0"]),
        (["numpy==1.26.0", "numpy==1.26.0"], ["numpy==1.26.0"]),
        (["x>1.0", "x[extras]", "x<2.0"], ["x[extras]<2.0,>1.0"]),
        (["markdown[a]>=3.5.1", "markdown[b]<4", "markdown"], ["markdown[a,b]<4,>=3.5.1"]),
        (["Scikit_Learn==1.5", "scikit-learn"], ["Scikit_Learn==1.5"]),
        (['x<2; python_version < "3"', 'x>=2; python_version >= "3"'], None),
        (["--index-url https://h/simple", "a"], None),
        (["a --hash=sha256:00", "b"], None),
    ],
)
def test_one_line_for_each_distribution(lines, merged):
    assert merge(lines) == (lines if merged is None else merged)


@pytest.mark.parametrize(
    "lines", [["x==1.1", "x<1"], ["x==1", "x==2"], ["x<2.0", "x>2.3"], ["x>1,<1"], ["x~=1.2", "x>=2"]]
)
def test_conditions_that_exclude_each_other(lines):
    if len(lines) == 1:
        assert merge(lines) == lines  # one line is the author's own business
        return
    with pytest.raises(InvalidArgument, match="No version of x can meet both"):
        merge(lines)


@pytest.mark.parametrize(
    "lines", [["x>1.0", "x<1.0.1"], ["x>=1", "x!=1"], ["x==1.*", "x>1.4"], ["x>=2.0rc1", "x<2.0.1"]]
)
def test_conditions_that_fit(lines):
    assert len(merge(lines)) == 1


def test_a_pin_of_ours_gives_way_to_the_author():
    assert merge(["numpy<2"], defaults=["numpy==2.4.6"]) == ["numpy<2"]
    assert merge(["numpy>=2"], defaults=["numpy==2.4.6"]) == ["numpy==2.4.6,>=2"]
    assert merge(["xgboost[scikit-learn]"], defaults=["xgboost==3.2"]) == ["xgboost[scikit-learn]==3.2"]
    url = "numpy @ https://files.example/numpy.whl"
    assert merge([url], defaults=["numpy==2.4.6"]) == [url]
    assert merge(["numpy==1"], defaults=[url]) == ["numpy==1"]


names = st.sampled_from(["alpha", "beta", "Gamma_x"])
conditions = st.sampled_from(["", ">=1", "<9", "!=3", "[a]", "[b]>=2", ">=1.5,<8"])
lines = st.lists(st.builds(str.__add__, names, conditions), max_size=8)


@given(lines)
def test_merging_keeps_every_name_extra_and_condition(given_):
    merged = {r.name.lower(): r for r in map(Requirement, merge(given_))}
    for one in map(Requirement, given_):
        found = merged[one.name.lower()]
        assert one.extras <= found.extras
        assert all(str(part) in str(found.specifier) for part in one.specifier)
    assert len(merged) == len(merge(given_))
    assert merge(merge(given_)) == merge(given_)


def test_names():
    assert name_of("a_b.C[x]>=1") == "a-b-c"
    assert name_of("a @ https://x.example") == "a"
    for line in ("-r x", "--index-url https://h", "https://h/x.whl", "./x", "-e ."):
        assert name_of(line) is None


def test_differences_from_this_environment():
    import numpy

    assert (
        differences([f"numpy=={numpy.__version__}", "numpy", "numpy>=1", "-i https://h/simple", "mlflow==2.16.2"]) == []
    )
    found = differences(["numpy==0.1", "not-installed-at-all", "numpy<1", "x; python_version<'3'"])
    assert [line.partition(" (")[0] for line in found] == ["numpy==0.1", "not-installed-at-all", "numpy<1"]


def test_a_file_that_includes_itself_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("-r b.txt\nnumpy\n")
    (tmp_path / "b.txt").write_text("-c a.txt\n")
    with pytest.raises(InvalidArgument, match=r"a\.txt' includes itself"):
        parse(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_text("pandas\n")
    (tmp_path / "c.txt").write_text("-r b.txt\n-r b.txt\n")
    assert parse(tmp_path / "c.txt")[0] == ["pandas", "pandas"]


@pytest.mark.parametrize("line", ["a===", "a==", "a >> 1", "a b", "???", "a[b", "a; python_version"])
def test_a_line_that_pip_refuses_is_named(line: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(repr(line))):
        parse(["numpy", line])


@pytest.mark.parametrize(
    "line",
    [
        "a===1.0-local!", "a[b]>=1,<2; python_version > '3'", "a @ https://x.example/a.whl", "git+https://x.example/a",
        "-e git+https://x.example/a", "--index-url https://x.example", "a==1 --hash=sha256:00", "a==1.*",
        "a==1 ; sys_platform == 'linux' --hash=sha256:00",
    ],
)  # fmt: skip
def test_lines_that_pip_takes_pass(line: str) -> None:
    assert parse([line])[0] == [line]
