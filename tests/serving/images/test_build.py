"""Contexts of container images: complete, without needless power, and tried in the environment they describe."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.core.errors import BrokenEnvironment, InvalidArgument, Unavailable, UntrustedModel, WrongState
from modelwright.serving.images import build as image
from modelwright.serving.images import container, dockerfile, smoke
from modelwright.serving.images.context import Choices, tag
from serving.building import EXAMPLE, envs, model, no_envs, shared_envs

__all__ = ["envs", "no_envs", "shared_envs"]
HERE = "{}.{}".format(*sys.version_info)  # the Python of the models saved here


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with their arguments."""
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def stages(text: str) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, argument in instructions(text):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, argument))
    return found


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed: the index is asked what there is, and no more."""
    monkeypatch.setattr(image, "_tried", lambda at, filled: "not")


def test_a_context_is_complete_and_answers_as_the_model_does(envs: Path) -> None:
    root = model()
    written = image.write(root, Path("context"), version=("times", "3"))
    assert written.trial == "it answered the stored example as the model does"
    there = {path.name for path in Path("context").iterdir()}
    (wheel,) = [name for name in there if name.endswith(".whl")]
    assert there == {"Dockerfile", ".dockerignore", "README.md", "requirements.txt", "model", wheel}
    lines = Path("context/requirements.txt").read_text().splitlines()
    assert lines[-1] == f"./{wheel}"
    assert "six==1.16.0" in lines
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines[:-1])
    assert yaml.safe_load(Path("context/model/registered_model_meta").read_text()) == {
        "model_name": "times",
        "model_version": "3",
    }
    assert (Path("context/model/MLmodel").read_bytes()) == (root / "MLmodel").read_bytes()
    assert "docker build -t times ." in Path("context/README.md").read_text()
    _check(Path("context"))


def _check(context: Path) -> None:
    """What holds for every Dockerfile of ours."""
    build, final = stages((context / "Dockerfile").read_text())
    ignored = (context / ".dockerignore").read_text().split()
    for stage in (build, final):
        for word, argument in stage:
            *sources, _ = shlex.split(argument)
            if word == "COPY" and not sources[0].startswith("--from="):
                assert all((context / source).exists() for source in sources), argument
                assert not {source.strip("/") for source in sources} & set(ignored)
    words = dict(final)
    assert words["USER"].isdigit()
    assert int(words["USER"]) > 0
    assert words["EXPOSE"] == "8080"
    assert json.loads(words["ENTRYPOINT"]) == ["/opt/env/bin/python", "-m", "modelwright.serving.images.container"]
    assert json.loads(words["HEALTHCHECK"].partition("CMD ")[2])[-1] == "ping"
    left = " ".join(argument for word, argument in final if word == "RUN")
    assert not re.search(r"\b(uv|pip|gcc|build-essential|micromamba|conda)\b", left)


def test_the_image_speaks_azures_and_sagemakers_protocols(envs: Path) -> None:
    root = model()
    python = image.environments.python_of(root)
    split = EXAMPLE.to_dict(orient="split")
    with smoke.running(python, root) as port:  # as Azure starts it: the model is mounted, and the variable names it
        assert smoke.ask(port, "GET", "/")[0] == 200
        status, body = smoke.ask(port, "POST", "/score", json.dumps({"input_data": split}).encode())
        assert (status, json.loads(body)) == (200, [6.0, 15.0])
        assert smoke.ask(port, "GET", "/ping")[0] == 200
        status, body = smoke.ask(port, "POST", "/invocations", json.dumps({"dataframe_split": split}).encode())
        assert (status, json.loads(body)) == (200, {"predictions": [6.0, 15.0]})
        assert container.answers(port)


SOURCE = """
BEFORE
from modelwright.models import set_model

def predict(model_input):
    WITHIN
    return list(model_input["x"])

set_model(predict)
"""


@pytest.mark.parametrize(
    ("before", "within", "said"),
    [
        ("", "import sortedcontainers", "with 400: .*No module named 'sortedcontainers'.*; --no-smoke-test leaves"),
        (
            "import sortedcontainers",
            "",
            "did not start: .*No module named 'sortedcontainers'.*; --no-smoke-test leaves",
        ),
        ("import random", "return [random.random()]", "the model itself predicts .*does not predict the same twice"),
    ],
    ids=["cannot answer", "cannot start", "answers differently"],
)
def test_a_trial_that_fails_leaves_no_context(before: str, within: str, said: str, envs: Path) -> None:
    root = model(source=SOURCE.replace("BEFORE", before).replace("WITHIN", within))
    with pytest.raises(BrokenEnvironment, match=said):
        image.write(root, Path("context"))
    assert not [path for path in Path.cwd().iterdir() if "context" in path.name]


def test_what_is_there_is_not_overwritten_unless_it_is_ours(envs: Path, quickly: None) -> None:
    root = model()
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("keep")
    with pytest.raises(WrongState, match="mine' is there already"):
        image.write(root, Path("mine"))
    assert Path("mine/notes.txt").read_text() == "keep"
    Path("context").mkdir()
    image.write(root, Path("context"))
    Path("context/stale").touch()
    image.write(root, Path("context"))
    assert not Path("context/stale").exists()


def test_a_stranger_needs_trust(envs: Path, quickly: None) -> None:
    root = model()
    (root / "manifest.json").unlink()
    with pytest.raises(UntrustedModel):
        image.write(root, Path("context"))
    image.write(root, Path("context"), trust=True)


def test_java_and_conda_come_only_where_they_are_needed(envs: Path, quickly: None) -> None:
    plain, root = model("plain"), model("root")
    assert not image.write(plain, Path("context")).java
    assert "java" not in Path("context/Dockerfile").read_text()
    meta = (root / "MLmodel").read_text().replace("flavors:\n", "flavors:\n  h2o: {data: model.h2o}\n")
    (root / "MLmodel").write_text(meta)
    assert image.write(plain, Path("context"), Choices(java=True)).java
    (root / "manifest.json").unlink()
    written = image.write(root, Path("java"), trust=True)
    assert (written.java, written.base) == (True, f"python:{HERE}-slim-bookworm")
    assert "openjdk-17-jre-headless" in Path("java/Dockerfile").read_text()
    _check(Path("java"))
    (root / "conda.yaml").write_text("dependencies: [graphviz, {pip: [six==1.16.0]}]")
    written = image.write(root, Path("conda"), trust=True)
    assert written.conda
    told = yaml.safe_load(Path("conda/environment.yml").read_text())
    assert "graphviz" in told["dependencies"]
    assert re.match(r"modelwright\[serve\] @ file:///context/modelwright-.*\.whl$", told["dependencies"][-1]["pip"][-1])
    _check(Path("conda"))
    assert not image.write(root, Path("pip"), Choices(manager="uv"), trust=True).conda


def test_what_must_be_compiled_is_compiled_in_the_first_stage(envs: Path, quickly: None) -> None:
    root = model(requirements=["six==1.16.0", "docopt==0.6.2"])  # of which there is no wheel
    image.write(root, Path("context"))
    text = Path("context/Dockerfile").read_text()
    assert f"ARG TOOLS=python:{HERE}\n" in text
    assert f"ARG BASE=python:{HERE}-slim\n" in text
    _check(Path("context"))
    with pytest.raises(BrokenEnvironment, match="because of its requirement 'pandas==99'"):
        image.write(model("wrong", requirements=["pandas==99"]), Path("wrong-context"))


def test_libraries_of_the_system_and_another_base() -> None:
    plan = dockerfile.Plan("m", "3.12", "0.9.5", distributions=("lightgbm", "numpy"), image="mirror.example/py:3.12")
    _, final = stages(dockerfile.text(plan))
    assert ("RUN", "apt-get update && apt-get install --yes --no-install-recommends libgomp1") in [
        (word, argument.partition("  &&")[0].strip()) for word, argument in final
    ]
    assert "ARG BASE=mirror.example/py:3.12\n" in dockerfile.text(plan)
    with pytest.raises(InvalidArgument, match="no environment manager 'poetry'"):
        Choices(manager="poetry")
    assert tag("Übung/1") == "bung-1"


ENGINE = """#!/bin/sh
case "$1" in
  version) exit CODE ;;
  build) echo "$@" > "$0.log"; cp "$4/Dockerfile" "$0.Dockerfile" ;;
esac
"""


def test_an_engine_builds_it(envs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    Path("context").mkdir()
    Path("context/Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    podman = tmp_path / "podman"
    podman.write_text(ENGINE.replace("CODE", "0"))
    podman.chmod(0o755)
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the daemon' >&2; exit 1\n")
    docker.chmod(0o755)
    image.build(Path("context"), "credit:1")
    assert Path(f"{podman}.log").read_text() == "build --tag credit:1 context\n"
    podman.unlink()
    with pytest.raises(Unavailable) as caught:
        image.build(Path("context"), "credit:1")
    assert "(docker: Cannot connect to the daemon; there is no podman)" in caught.value.message
    assert caught.value.message.endswith("build it where there is one: docker build --tag credit:1 context")


def test_the_trial_runs_the_python_of_the_image(envs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(smoke, "test", lambda python, root: seen.append(python) or "seen")
    written = image.write(model(), Path("context"))
    assert written.trial == "seen"
    assert (seen[0].parents[1] / "lib" / f"python{HERE}").is_dir()
