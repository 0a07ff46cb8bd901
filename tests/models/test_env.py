"""The environment files of a model directory."""

from __future__ import annotations

import logging
import platform
import warnings

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.core.errors import InvalidArgument, NotFound
from modelwright.models import env, installed, mlmodel


@pytest.fixture(autouse=True)
def silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def files(root):
    read = {path.name: path.read_text("utf-8") for path in root.iterdir()}
    return read, yaml.safe_load(read["conda.yaml"]), yaml.safe_load(read["python_env.yaml"])


def test_the_shapes_are_mlflows(tmp_path):
    lines = env.write(tmp_path, ["numpy==2.0.0", "scikit-learn==1.5.2"])
    text, conda, python = files(tmp_path)
    assert sorted(text) == ["conda.yaml", "python_env.yaml", "requirements.txt"]
    assert text["requirements.txt"] == "mlflow==2.16.2\nnumpy==2.0.0\nscikit-learn==1.5.2"
    assert lines == text["requirements.txt"].split("\n")
    pip = installed.find("pip")
    assert conda == {
        "channels": ["conda-forge"],
        "dependencies": [
            f"python={platform.python_version()}",
            f"pip<={pip.version}" if pip else "pip",
            {"pip": lines},
        ],
        "name": "mlflow-env",
    }
    assert text["conda.yaml"].startswith("channels:\n- conda-forge\ndependencies:\n- python=")
    assert list(python) == ["python", "build_dependencies", "dependencies"]
    assert python["python"] == platform.python_version()
    assert [entry.partition("==")[0] for entry in python["build_dependencies"]] == ["pip", "setuptools", "wheel"]
    assert python["dependencies"] == ["-r requirements.txt"]


def test_the_version_is_that_of_the_format():
    assert f"mlflow=={mlmodel.MLFLOW_VERSION}" == env.MLFLOW


@pytest.mark.parametrize(
    ("given_", "lines"),
    [
        (["alpha", "beta==1"], ["mlflow==2.16.2", "alpha", "beta==1"]),
        ([], ["mlflow==2.16.2"]),
        (["alpha", "mlflow>=2"], ["alpha", "mlflow>=2"]),
        (["mlflow-skinny==2.16.2"], ["mlflow-skinny==2.16.2"]),
        (["mlflow[extras]"], ["mlflow[extras]"]),
        (["alpha[x]>=1", "alpha<2"], ["mlflow==2.16.2", "alpha[x]<2,>=1"]),
        (["--pre", "alpha"], ["mlflow==2.16.2", "--pre", "alpha"]),
    ],
)
def test_pip_requirements_replace_the_inferred_ones(given_, lines, tmp_path):
    assert env.write(tmp_path, ["numpy==2.0"], pip_requirements=given_) == lines


def test_extra_requirements_join_them(tmp_path):
    lines = env.write(
        tmp_path, ["numpy==2.0", "xgboost==3.2"], extra_pip_requirements=["more", "xgboost[scikit-learn]"]
    )
    assert lines == ["mlflow==2.16.2", "numpy==2.0", "xgboost[scikit-learn]==3.2", "more"]


def test_requirements_files_and_constraints(tmp_path):
    (tmp_path / "r.txt").write_text("alpha\n-c c.txt\n")
    (tmp_path / "c.txt").write_text("alpha<2\nbeta<3\n")
    (tmp_path / "m").mkdir()
    env.write(tmp_path / "m", [], pip_requirements=str(tmp_path / "r.txt"))
    text, conda, _ = files(tmp_path / "m")
    assert text["requirements.txt"] == "mlflow==2.16.2\nalpha\n-c constraints.txt"
    assert text["constraints.txt"] == "alpha<2\nbeta<3"
    assert conda["dependencies"][-1] == {"pip": ["mlflow==2.16.2", "alpha", "-c constraints.txt"]}


def test_a_conda_environment_is_kept(tmp_path, caplog):
    given_ = {
        "name": "mine",
        "channels": ["bioconda"],
        "dependencies": ["python=3.10.4", "pip=23", "samtools>=1", {"pip": ["alpha==1", "-c c.txt"]}],
        "variables": {"A": 1},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(given_))
    (tmp_path / "c.txt").write_text("beta<2\n")
    for form, name in ((given_, "a"), (str(tmp_path / "mine.yaml"), "b"), (tmp_path / "mine.yaml", "c")):
        (tmp_path / name).mkdir()
        with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING):
            patch.chdir(tmp_path)
            env.write(tmp_path / name, [], conda_env=form)
        text, conda, python = files(tmp_path / name)
        lines = ["mlflow==2.16.2", "alpha==1", "-c constraints.txt"]
        assert conda == {**given_, "dependencies": [*given_["dependencies"][:-1], {"pip": lines}]}
        assert text["requirements.txt"].split("\n") == lines
        assert python["python"] == "3.10.4"
        assert python["build_dependencies"][0] == "pip==23"
        assert "samtools>=1" in caplog.text
        caplog.clear()
    assert given_["dependencies"][-1] == {"pip": ["alpha==1", "-c c.txt"]}  # the caller's own is untouched


def test_a_conda_environment_without_a_pip_section(tmp_path):
    assert env.write(tmp_path, [], conda_env={"dependencies": ["python=3.11"]}) == ["mlflow==2.16.2"]
    assert env.write(tmp_path, [], conda_env={}) == ["mlflow==2.16.2"]


@pytest.mark.parametrize("value", [3, ["python=3.11"], {"dependencies": "python"}, {"dependencies": [{"npm": []}]}])
def test_a_conda_environment_of_another_shape(value, tmp_path):
    with pytest.raises(InvalidArgument, match="conda"):
        env.write(tmp_path, [], conda_env=value)


def test_a_conda_file_that_is_missing_or_no_yaml(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.yaml"):
        env.write(tmp_path, [], conda_env="nowhere.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(InvalidArgument, match="is not YAML"):
        env.write(tmp_path, [], conda_env=tmp_path / "bad.yaml")


@pytest.mark.parametrize(
    "options",
    [
        {"conda_env": {}, "pip_requirements": []},
        {"conda_env": {}, "extra_pip_requirements": []},
        {"pip_requirements": [], "extra_pip_requirements": []},
    ],
)
def test_one_way_at_a_time(options, tmp_path):
    with pytest.raises(ValueError, match=f"Pass only one of .* not both {' and '.join(options)}"):
        env.write(tmp_path, [], **options)
    assert not list(tmp_path.iterdir())


def test_requirements_that_do_not_fit_this_environment_are_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        env.write(tmp_path, [], pip_requirements=["numpy", "mlflow==1.0"])
        assert not caplog.records
        env.write(tmp_path, [], pip_requirements=["numpy==0.0.1", "no-such-thing"])
    assert "numpy==0.0.1 (here " in caplog.text
    assert "no-such-thing (not installed here)" in caplog.text


def test_pins():
    assert env.pin("NumPy") == env.pin("numpy")
    assert env.pin("numpy").startswith("numpy==")
    assert env.pin("no-such-thing") == "no-such-thing"


def test_the_file_that_says_what_a_model_needs(tmp_path):
    env.write(tmp_path, ["numpy==2.0"])
    assert env.dependencies(tmp_path) == tmp_path / "requirements.txt"
    assert env.dependencies(tmp_path, "conda") == tmp_path / "conda.yaml"
    (tmp_path / "requirements.txt").unlink()
    made = env.dependencies(tmp_path, "pip")
    assert made.read_text() == "mlflow==2.16.2\nnumpy==2.0\n"
    assert made.parent != tmp_path
    (tmp_path / "conda.yaml").write_text("dependencies: [python=3.11]")
    with pytest.raises(NotFound, match="no pip section"):
        env.dependencies(tmp_path)
    (tmp_path / "conda.yaml").unlink()
    with pytest.raises(NotFound, match=r"no conda\.yaml"):
        env.dependencies(tmp_path, "conda")
    with pytest.raises(InvalidArgument, match="'pip' or 'conda', got 'poetry'"):
        env.dependencies(tmp_path, "poetry")


def test_adding_and_removing(tmp_path, caplog):
    (tmp_path / "c.txt").write_text("x<1\n")
    env.write(tmp_path, ["numpy==2.0", "Pandas==2.1"], extra_pip_requirements=[f"-c {tmp_path / 'c.txt'}"])
    assert env.update(tmp_path, "add", ["pandas>=2", "new==1"]) == ["requirements.txt", "conda.yaml"]
    assert env.read(tmp_path) == ["mlflow==2.16.2", "numpy==2.0", "pandas>=2", "new==1", "-c constraints.txt"]
    with caplog.at_level(logging.WARNING):
        env.update(tmp_path, "remove", ["Numpy>=9", "absent"])
    assert "absent is not among" in caplog.text
    _, conda, _ = files(tmp_path)
    assert conda["dependencies"][-1]["pip"] == env.read(tmp_path)
    assert env.read(tmp_path) == ["mlflow==2.16.2", "pandas>=2", "new==1", "-c constraints.txt"]
    with pytest.raises(InvalidArgument, match="'add' or 'remove', got 'drop'"):
        env.update(tmp_path, "drop", [])


names = st.sampled_from(["alpha", "beta", "gamma", "delta-x"])
versions = st.sampled_from(["", "==1.0", ">=2", "[extra]", "<3"])


@given(st.lists(st.builds(str.__add__, names, versions), max_size=6, unique_by=lambda r: r[:4]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_the_three_files_always_agree(tmp_path, given_):
    env.write(tmp_path, [], pip_requirements=given_)
    text, conda, _ = files(tmp_path)
    assert text["requirements.txt"].split("\n") == conda["dependencies"][-1]["pip"] == ["mlflow==2.16.2", *given_]
    assert env.read(tmp_path) == ["mlflow==2.16.2", *given_]


def test_what_no_file_holds_is_refused(tmp_path):
    for name in (object(), "\ud800"):
        with pytest.raises(InvalidArgument, match=r"holds what conda\.yaml cannot"):
            env.write(tmp_path, [], conda_env={"name": name, "dependencies": []})
