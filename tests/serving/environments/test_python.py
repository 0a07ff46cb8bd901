"""Environments for models, built for real by uv from the package index."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.core.errors import (
    BrokenEnvironment,
    InvalidArgument,
    MissingDependency,
    NotFound,
    Unavailable,
    UntrustedModel,
)
from modelwright.serving.environments import own_source, recorded, uv, virtual
from modelwright.serving.environments import python as environments
from serving.building import IDENTITY, envs, model, no_envs, shared_envs

__all__ = ["envs", "no_envs", "shared_envs"]


def said_by(python: Path, code: str) -> str:
    done = subprocess.run([python, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def built(folder: Path) -> list[str]:
    """What is in the folder of environments, beside locks and the wheel of this package."""
    return sorted(path.name for path in folder.glob("*") if path.suffix != ".lock" and path.name != "wheels")


def test_the_recorded_requirements_with_this_package_for_mlflow(envs: Path) -> None:
    root = model()
    python = environments.python_of(root)
    assert said_by(python, "import six, uvicorn, modelwright; print(six.__version__)") == "1.16.0"
    assert said_by(python, "import importlib.util as u; print(u.find_spec('mlflow'), u.find_spec('sklearn'))") == (
        "None None"
    )
    assert said_by(python, "import platform; print(platform.python_version())") == "{}.{}.{}".format(*sys.version_info)
    lines = (python.parents[1] / "requirements.txt").read_text().splitlines()
    assert "six==1.16.0" in lines
    assert lines[-1].startswith("modelwright[serve]")
    assert all("==" in line or "@" in line for line in lines)


def test_a_built_environment_is_found_without_starting_a_process(envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = model()
    first = environments.python_of(root)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert environments.python_of(root, "virtualenv") == first
    assert environments.python_of(model("same"), "uv") == first


def test_what_an_environment_depends_on(no_envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "build", lambda wanted, at: _stand_in(at))
    root = model()
    found = {environments.python_of(root)}
    found.add(environments.python_of(root, override=["six==1.15.0"]))
    found.add(environments.python_of(root, install_mlflow=True))
    found.add(environments.python_of(model("more", requirements=["six==1.16.0", "idna"])))
    (root / "python_env.yaml").write_text("python: 3.12.1\n")
    found.add(environments.python_of(root, trust=True))
    monkeypatch.setattr(own_source, "identity", lambda: "modelwright==99")
    found.add(environments.python_of(root, trust=True))
    assert len(found) == 6


def _stand_in(at: Path) -> None:
    (at / "bin").mkdir(parents=True)
    (at / "bin" / "python").symlink_to(sys.executable)


@pytest.mark.parametrize(
    ("override", "named", "reason"),
    [
        (["pandas==99"], "because of its requirement 'pandas==99'", "no version of pandas==99"),
        (["no-such-distribution-x"], "because of its requirement 'no-such-distribution-x'", "not found"),
        (["six==1.16.0", "pandas==1.4.0"], "because of its requirement 'pandas==1.4.0', beside modelwright", ">=1.5"),
        (["./none-1.0-py3-none-any.whl"], "because of its requirement './none-1.0-py3-none-any.whl'", ""),
        (
            ["scikit-learn==1.5.2", "scipy==1.5.0"],
            "because of its requirements 'scikit-learn==1.5.2' and 'scipy==1.5.0', not all of which can be met at once",
            "",
        ),
        (["sklearn"], "because of its requirement 'sklearn'", "Failed to build"),
    ],
)
def test_a_failure_names_the_requirement(override: list[str], named: str, reason: str, no_envs: Path) -> None:
    with pytest.raises(BrokenEnvironment) as caught:
        environments.python_of(model(requirements=["idna"]), override=override)
    assert named in caught.value.message
    assert reason in caught.value.message
    assert "'idna'" not in caught.value.message
    assert built(no_envs) == []


def test_an_index_that_does_not_answer_is_no_fault_of_a_requirement(
    no_envs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_source.wheel()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(no_envs / "cache"))
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:9/simple/.* cannot be reached"):
        environments.python_of(model())


BUILD = """
    import sys
    from modelwright.serving.environments import python as environments, own_source, uv

    own_source.identity = lambda: sys.argv[2]
    install = uv.install

    def wait(*given):
        print("building", flush=True)
        sys.stdin.readline()
        install(*given)

    uv.install = wait
    print(environments.python_of(sys.argv[1]), flush=True)
"""


def begin(root: Path) -> subprocess.Popen[str]:
    """A process that builds the environment of a model, and waits in the middle of it for a line."""
    code = textwrap.dedent(BUILD)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(root), IDENTITY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_killed_build_leaves_nothing_that_is_taken_for_an_environment(no_envs: Path) -> None:
    root = model()
    with begin(root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "building\n"
        (half,) = built(no_envs)
        assert ".building-" in half
        assert (no_envs / half / "bin" / "python").exists()  # what could be taken for one
        process.send_signal(signal.SIGKILL)
    python = environments.python_of(root)
    assert said_by(python, "import six; print(six.__version__)") == "1.16.0"
    assert built(no_envs) == [python.parents[1].name]


def test_an_interrupted_build_clears_up(no_envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(uv, "install", interrupt)
    with pytest.raises(KeyboardInterrupt):
        environments.python_of(model())
    assert built(no_envs) == []


def test_who_asks_for_the_same_meanwhile_waits_for_it(no_envs: Path) -> None:
    root = model()
    with begin(root) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "building\n"
        with begin(root) as second:
            out, _ = first.communicate("go on\n", timeout=120)
            assert second.communicate("", timeout=120)[0] == out  # it has built nothing itself
    assert (first.returncode, second.returncode) == (0, 0)
    assert built(no_envs) == [Path(out.strip()).parents[1].name]


def test_one_whose_python_was_uninstalled_is_built_again(no_envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "build", lambda wanted, at: _stand_in(at))
    root = model()
    python = environments.python_of(root)
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert environments.python_of(root).exists()


def test_the_python_that_is_recorded_or_the_nearest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    here = "{}.{}".format(*sys.version_info)
    uv.make(tmp_path / "near", f"{here}.99")
    assert f"Python {here}.99 is not to be had here, so the model gets another {here}" in caplog.text
    assert (tmp_path / "near" / "bin" / "python").exists()
    with pytest.raises(BrokenEnvironment, match=r"needs Python 3\.99\.1: there is none here"):
        uv.make(tmp_path / "none", "3.99.1")
    assert not (tmp_path / "none").exists()
    assert own_source.runnable("3.8.10") == "3.11"
    assert "the model was made with Python 3.8.10" in caplog.text


def test_what_was_installed_before_the_requirements_yields_to_them(envs: Path) -> None:
    root = model(requirements=["idna"])
    (root / "python_env.yaml").write_text(yaml.safe_dump({"build_dependencies": ["pip==23.0", "setuptools==65.5.0"]}))
    wanted = recorded.read(root)
    assert wanted.build == ("setuptools==65.5.0",)
    found = virtual.resolved(wanted, Path("work"), python=sys.executable)
    assert "setuptools==65.5.0" in found
    newer = recorded.read(root, override=["setuptools>=70,<71"])
    found = virtual.resolved(newer, Path("work"), python=sys.executable)
    assert [line for line in found if line.startswith("setuptools==70.")]


def test_what_installing_runs_needs_trust(envs: Path) -> None:
    root = model()
    with pytest.raises(UntrustedModel, match="when it is installed"):
        environments.python_of(root, trust=False)
    with (root / "requirements.txt").open("a") as file:
        file.write("\nevil @ https://example.invalid/evil-1.0.tar.gz")
    with pytest.raises(UntrustedModel, match="neither the configured tracking store nor you"):
        environments.python_of(root)


def test_refusals(envs: Path) -> None:
    root = model()
    with pytest.raises(InvalidArgument, match="no environment manager 'poetry'; there are local, uv, virtualenv"):
        environments.python_of(root, "poetry")
    with pytest.raises(InvalidArgument, match="choose uv or conda, not local"):
        environments.python_of(root, "local", override=["six"])
    for name in ("requirements.txt", "conda.yaml", "python_env.yaml"):
        (root / name).unlink()
    with pytest.raises(NotFound, match=r"no conda\.yaml"):
        environments.python_of(root, trust=True)


CONDA = """#!/bin/sh
# Stands for micromamba: makes the prefix, and keeps what it was asked for there.
[ "$1 $2 $3 $4" = "create --yes --quiet --prefix" ] && [ "$6" = --file ] || { echo "error: $*"; exit 2; }
if grep -q no-such-package "$7"; then echo "nothing provides no-such-package 1.0*" >&2; exit 1; fi
mkdir -p "$5/bin" && ln -s PYTHON "$5/bin/python" && cp "$7" "$5/asked.yml"
"""


def test_conda(no_envs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = model()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(MissingDependency, match="one of micromamba, mamba, conda is needed on the PATH"):
        environments.python_of(root, "conda")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "micromamba"
    program.write_text(CONDA.replace("PYTHON", sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    recorded_by = yaml.safe_load((root / "conda.yaml").read_text())
    recorded_by["dependencies"].insert(0, "libsomething=2")
    (root / "conda.yaml").write_text(yaml.safe_dump(recorded_by))
    python = environments.python_of(root, "conda", trust=True)
    asked = yaml.safe_load((python.parents[1] / "asked.yml").read_text())
    assert asked["dependencies"][0] == f"python={recorded.read(root).python}"
    assert "libsomething=2" in asked["dependencies"]
    (pip,) = [entry["pip"] for entry in asked["dependencies"] if isinstance(entry, dict)]
    assert pip[0] == "six==1.16.0"
    assert pip[1].startswith("modelwright[serve] @ file:///")
    program.unlink()  # what is there already needs none
    assert environments.python_of(root, "conda", trust=True) == python


def test_conda_names_the_package(no_envs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = model()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "micromamba").write_text(CONDA)
    (tmp_path / "bin" / "micromamba").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (root / "conda.yaml").write_text("dependencies: [no-such-package=1.0, {pip: [six==1.16.0]}]")
    with pytest.raises(BrokenEnvironment, match=r"its requirement 'no-such-package=1.0'.* micromamba said: nothing"):
        environments.python_of(root, "conda", trust=True)
    assert built(no_envs) == []


def test_conda_packages_that_uv_cannot_install_are_told(
    no_envs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(virtual, "build", lambda wanted, at: _stand_in(at))
    root = model()
    (root / "conda.yaml").write_text("dependencies: [python=3.11, pip, six=1.16, 'conda-forge::graphviz>=2']")
    environments.python_of(root, trust=True)
    assert "left out: conda-forge::graphviz>=2; conda can" in caplog.text
