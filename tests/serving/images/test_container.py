"""The entry of a container: what it makes of its arguments and of the platform's variables."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from modelwright.core.errors import NotFound
from modelwright.serving.images import container
from serving.building import model


@pytest.mark.parametrize(
    ("given", "environ", "line"),
    [
        (["/m"], {}, "/m --host 0.0.0.0 --port 8080 --trust"),
        (["a=/a", "b=/b", "--workers", "2"], {"PORT": "1"}, "a=/a b=/b --host 0.0.0.0 --port 1 --trust --workers 2"),
        (["/m", "--port", "9"], {}, "/m --host 0.0.0.0 --port 8080 --trust --port 9"),
        (["/m"], {"SAGEMAKER_BIND_TO_PORT": "7"}, "/m --host 0.0.0.0 --port 7 --trust"),
    ],
)
def test_arguments(given: list[str], environ: dict[str, str], line: str) -> None:
    assert " ".join(container.arguments(given, environ)) == line


def test_azure_mounts_the_model_below_the_folder_it_names(tmp_path: Path) -> None:
    root = model("mounted")
    named = tmp_path / "azureml-models" / "credit" / "3"
    named.mkdir(parents=True)
    environ = {"AZUREML_MODEL_DIR": str(named)}
    with pytest.raises(NotFound, match="no MLmodel in /opt/ml/model"):
        container.arguments([], environ)
    root.rename(named / "folder")
    found = f"model={named / 'folder'}"
    assert container.arguments([], environ)[:5] == [found, "--host", "0.0.0.0", "--port", "5001"]
    assert container.arguments([], {**environ, "PORT": "80"})[4] == "80"


def test_a_registered_version_keeps_its_name() -> None:
    root = model("m")
    (root / "registered_model_meta").write_text("model_name: credit\nmodel_version: '3'\n")
    line = container.arguments(["--workers", "2"], {"AZUREML_MODEL_DIR": str(root)})
    assert line[:3] == [f"credit={root}", "--version-of", "credit=3"]
    assert line[-2:] == ["--workers", "2"]


def test_as_sagemaker_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    root = model("m")
    started: list[list[str]] = []
    monkeypatch.setattr(container, "BUILT_IN", root)
    monkeypatch.setattr("sys.argv", ["container", "serve"])
    monkeypatch.setattr("os.execv", lambda program, line: started.append(line))
    container.main()
    assert started[0][1:4] == ["-m", "modelwright.serving", f"model={root}"]


def test_ping_fails_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        monkeypatch.setattr("sys.argv", ["container", "ping"])
        with pytest.raises(SystemExit) as caught:
            container.main()
    assert caught.value.code == 1
