"""Logging, registering and finding models, with a flavor that needs no framework."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

import modelwright as mw
from modelwright import MlflowClient
from modelwright.core.errors import BrokenModel, InvalidArgument, NotFound, UntrustedModel
from modelwright.models import load
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.save import save_model
from modelwright.tracking.log_model import BROKEN, REASON, STATUS, log_model, log_module
from modelwright.tracking.resolve import META, PATH_TAG, local_path
from tracking.tiny import TINY, Times


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loader find the flavor by its name."""
    monkeypatch.setitem(load.FLAVORS, "tiny", "tracking.tiny:TINY")
    monkeypatch.setattr(load, "flavor", lambda name: TINY)
    monkeypatch.setattr("modelwright.models.verify.flavor", lambda name: TINY)


def log(factor: float = 2.0, artifact_path: str | None = None, **options: Any) -> ModelInfo:
    return log_model(TINY, Times(factor), artifact_path, pip_requirements=[], **options)


def factor(uri: str) -> float:
    found = local_path(uri)
    assert found.origin == "store"
    return load.load_model(TINY, found.path, origin=found.origin).factor


def test_a_model_by_path_lies_in_its_run() -> None:
    with mw.start_run() as run:
        mw.log_param("depth", 3)
        info = log(artifact_path="model")
    run_id = run.info.run_id
    assert info.model_uri == f"runs:/{run_id}/model"
    assert (info.artifact_path, info.run_id) == ("model", run_id)
    assert [f.path for f in mw.artifacts.list_artifacts(run_id=run_id)] == ["model"]
    body = yaml.safe_load(mw.artifacts.load_text(f"{info.model_uri}/MLmodel"))
    assert (body["run_id"], body["artifact_path"], body["model_id"]) == (run_id, "model", info.model_id)
    found = mw.get_run(run_id)
    history = json.loads(found.data.tags["mlflow.log-model.history"])
    assert [(entry["artifact_path"], entry["run_id"], list(entry["flavors"])) for entry in history] == [
        ("model", run_id, ["tiny"])
    ]
    assert [output.model_id for output in found.outputs.model_outputs] == [info.model_id]
    logged = mw.get_logged_model(info.model_id)
    assert (logged.name, str(logged.status), logged.params) == ("model", "READY", {"depth": "3"})
    assert (logged.source_run_id, logged.tags) == (run_id, {})
    assert factor(info.model_uri) == factor(f"models:/{info.model_id}") == 2
    assert STATUS not in found.data.tags


def test_without_a_run_a_path_starts_one() -> None:
    info = log(artifact_path="model")
    run = mw.active_run()
    assert run is not None
    assert info.run_id == run.info.run_id


def test_without_a_run_a_name_needs_none() -> None:
    mw.set_experiment("alone")
    info = log(name="forest", params={"a": 1}, tags={"t": 2}, model_type="tree")
    assert mw.active_run() is None
    assert mw.search_runs(output_format="list") == []
    assert info.model_uri == f"models:/{info.model_id}"
    logged = mw.get_logged_model(info.model_id)
    assert (logged.name, logged.params, logged.tags, logged.model_type) == ("forest", {"a": "1"}, {"t": "2"}, "tree")
    assert logged.experiment_id == mw.get_experiment_by_name("alone").experiment_id
    assert factor(info.model_uri) == 2
    assert "MLmodel" in [f.path for f in mw.artifacts.list_artifacts(info.model_uri)]


def test_a_name_in_a_run() -> None:
    with mw.start_run() as run:
        info = log(name="forest", step=3)
    assert info.model_uri == f"models:/{info.model_id}"
    assert factor(info.model_uri) == factor(f"runs:/{run.info.run_id}/forest") == 2
    assert mw.get_run(run.info.run_id).outputs.model_outputs[0].step == 3


def test_without_any_name_it_is_called_model() -> None:
    assert mw.get_logged_model(log().model_id).name == "model"


@pytest.mark.parametrize(
    "given",
    [
        {"artifact_path": "a", "name": "b"},
        {"name": "a/b"},
        {"name": "a:b"},
        {"artifact_path": "../a"},
        {"artifact_path": "/a"},
        {"artifact_path": "."},
    ],
)
def test_names_that_cannot_be_used(given: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        log(**given)
    assert mw.search_runs(output_format="list") == []


def test_a_deep_path() -> None:
    with mw.start_run() as run:
        info = log(artifact_path="models/best")
    assert info.model_uri == f"runs:/{run.info.run_id}/models/best"
    logged = mw.get_logged_model(info.model_id)
    assert (logged.name, logged.tags) == ("best", {PATH_TAG: "models/best"})
    assert factor(info.model_uri) == factor(f"models:/{info.model_id}") == 2


def test_another_run() -> None:
    with mw.start_run() as run:
        pass
    info = log(artifact_path="model", run_id=run.info.run_id)
    assert (info.run_id, mw.active_run()) == (run.info.run_id, None)
    with pytest.raises(NotFound, match="nope"):
        log(artifact_path="model", run_id="nope")


def test_models_of_one_name_are_all_kept() -> None:
    with mw.start_run() as run:
        infos = [log(i, name="step", step=i) for i in (1, 2, 3)]
    assert [factor(info.model_uri) for info in infos] == [1, 2, 3]
    assert factor(f"runs:/{run.info.run_id}/step") == 3


def test_a_path_is_replaced() -> None:
    with mw.start_run() as run:
        first, second = log(1, "model"), log(2, "model")
    assert factor(f"runs:/{run.info.run_id}/model") == factor(f"models:/{second.model_id}") == 2
    with pytest.raises(NotFound):
        mw.get_logged_model(first.model_id)


def test_a_registered_version_stays_what_it_is() -> None:
    with mw.start_run():
        log(1, "model", registered_model_name="credit")
        log(2, "model", registered_model_name="credit")
    assert [factor(f"models:/credit/{version}") for version in (1, 2)] == [1, 2]


def test_a_failed_save_leaves_nothing() -> None:
    with mw.start_run() as run, pytest.raises(RuntimeError, match="disk"):
        log(artifact_path="model", fail=True)
    assert mw.artifacts.list_artifacts(run_id=run.info.run_id) == []
    (model,) = mw.search_logged_models(output_format="list")
    assert str(model.status) == "FAILED"
    assert [p for p in Path("mwruns").rglob("*") if p.name.startswith(".mw-")] == []
    with pytest.raises(NotFound, match="FAILED"):
        local_path(model.model_uri)


def test_a_broken_model_is_found_out() -> None:
    with (
        mw.start_run() as run,
        pytest.warns(UserWarning, match="'model' was logged, but cannot be loaded: ZeroDivisionError"),
    ):
        info = log(0, "model")
    tags = mw.get_run(run.info.run_id).data.tags
    assert tags[STATUS] == BROKEN == "logged, but cannot be loaded"
    assert tags[REASON].startswith("ZeroDivisionError: nothing is left in tiny.py:")
    assert mw.get_logged_model(info.model_id).tags[STATUS] == BROKEN
    assert not info.verified.ok


def test_a_broken_model_is_refused_or_passed_on_request() -> None:
    with mw.start_run() as run:
        with pytest.raises(BrokenModel, match="would be logged, but cannot be loaded"):
            log(0, "model", verify=True)
        log(0, "other", verify=False)
    assert [f.path for f in mw.artifacts.list_artifacts(run_id=run.info.run_id)] == ["other"]
    assert STATUS not in mw.get_run(run.info.run_id).data.tags


def test_the_configuration_becomes_params(tmp_path: Path) -> None:
    with mw.start_run() as run:
        log(artifact_path="a", model_config={"x": {"y": 1, "e": {}}, "z": [1]})
        (tmp_path / "config.yaml").write_text("w: 2\n")
        log(artifact_path="b", model_config=str(tmp_path / "config.yaml"))
    assert mw.get_run(run.info.run_id).data.params == {"x/y": "1", "x/e": "{}", "z": "[1]", "w": "2"}


def test_files_for_an_announced_model() -> None:
    model = mw.initialize_logged_model("forest", params={"a": 1})
    assert (str(model.status), model.source_run_id) == ("PENDING", None)
    with pytest.raises(NotFound, match="PENDING"):
        local_path(model.model_uri)
    info = log(name="forest", model_id=model.model_id, params={"b": 2}, tags={"t": 1})
    assert info.model_id == model.model_id
    logged = mw.get_logged_model(model.model_id)
    assert (str(logged.status), logged.params, logged.tags) == ("READY", {"a": "1", "b": "2"}, {"t": "1"})
    assert factor(info.model_uri) == 2


class OwnModule:
    """A flavor of somebody else's: a module with `save_model`."""

    @staticmethod
    def save_model(path: str, mlflow_model: Model, what: str) -> None:
        os.makedirs(path)
        Path(path, "own.txt").write_text(what)
        mlflow_model.add_flavor("own", data="own.txt")
        mlflow_model.save(Path(path, "MLmodel"))


def test_a_module_of_ones_own() -> None:
    with mw.start_run() as run:
        info = log_module("model", OwnModule, "own", metadata={"m": 1}, what="text")
    assert (info.registered_model_version, info.metadata) == (1, {"m": 1})
    assert mw.artifacts.load_text("models:/own/1/own.txt") == "text"
    assert Model.load(f"runs:/{run.info.run_id}/model").metadata == {"m": 1}


# --- registering ------------------------------------------------------------------------------------------------------


def test_registering_a_run_s_model() -> None:
    with mw.start_run() as run:
        info = log(artifact_path="model", registered_model_name="credit")
    assert info.registered_model_version == 1
    second = mw.register_model(info.model_uri, "credit", tags={"t": 1})
    assert (second.version, second.run_id, second.model_id, second.tags) == (
        2,
        run.info.run_id,
        info.model_id,
        {"t": "1"},
    )
    assert second.source == f"{run.info.artifact_uri}/model"
    client = MlflowClient()
    client.set_registered_model_alias("credit", "champion", 1)
    client.transition_model_version_stage("credit", 2, "Staging")
    for word in ("/1", "/2", "/Staging", "/latest", "@champion"):
        assert factor(f"models:/credit{word}") == 2
    assert local_path("models:/credit/latest").version.version == 2
    assert local_path("models:/credit@champion/MLmodel").path.name == "MLmodel"


def test_registering_logged_models_and_versions() -> None:
    with mw.start_run() as run:
        named = log(3, name="forest")
    alone = log(4, name="forest")
    version = mw.register_model(named.model_uri, "a")
    assert (version.source, version.run_id, version.model_id) == (named.model_uri, run.info.run_id, named.model_id)
    assert mw.register_model(alone.model_uri, "a").version == 2
    assert mw.register_model("models:/a/2", "b").source == "models:/a/2"
    assert [factor(uri) for uri in ("models:/a/1", "models:/a/2", "models:/b/1")] == [3, 4, 4]
    copied = MlflowClient().copy_model_version("models:/a/1", "c")
    assert factor(f"models:/c/{copied.version}") == 3


def test_versions_that_name_each_other_lead_to_an_error() -> None:
    client = MlflowClient()
    for name, source in (("a", "models:/b/1"), ("b", "models:/c/1"), ("c", "models:/a/1")):
        client.create_registered_model(name)
        client.create_model_version(name, source)
    for uri in ("models:/a/1", "models:/b/1", "models:/c/latest"):
        with pytest.raises(InvalidArgument, match="Versions name each other as their source"):
            local_path(uri)


def test_registering_what_is_not_there(tmp_path: Path) -> None:
    with mw.start_run() as run:
        mw.log_text("x", "notes/x.txt")
    for uri in (f"runs:/{run.info.run_id}/model", f"runs:/{run.info.run_id}/notes", str(tmp_path)):
        with pytest.raises(NotFound, match="MLmodel"):
            mw.register_model(uri, "credit")
    assert mw.search_registered_models() == []


def test_a_saved_directory_of_somebody_else(tmp_path: Path) -> None:
    save_model(TINY, Times(5), tmp_path / "saved", pip_requirements=[])
    version = mw.register_model(str(tmp_path / "saved"), "mine")
    assert version.source == (tmp_path / "saved").as_uri()
    found = local_path("models:/mine/1")
    assert (found.path, found.origin) == (tmp_path / "saved", "stranger")


# --- addresses --------------------------------------------------------------------------------------------------------


def test_whose_files_they_are(tmp_path: Path) -> None:
    with mw.start_run() as run:
        log(artifact_path="model")
    inside = Path(mw.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="model"))
    save_model(TINY, Times(5), tmp_path / "saved", pip_requirements=[])
    (tmp_path / "link").symlink_to(inside)
    origins = {
        str(inside): "store",
        inside.as_uri(): "store",
        str(tmp_path / "link"): "store",
        str(tmp_path / "saved"): "stranger",
        str(inside / ".." / ".." / ".." / ".." / ".."): "stranger",
    }
    assert {uri: local_path(uri).origin for uri in origins} == origins
    assert local_path(inside).path == inside
    mw.set_tracking_uri(tmp_path / "other")
    assert local_path(inside).origin == "stranger"


def test_relative_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    save_model(TINY, Times(5), tmp_path / "saved", pip_requirements=[])
    monkeypatch.chdir(tmp_path)
    assert local_path("saved").path == local_path("./saved").path == tmp_path / "saved"
    with pytest.raises(NotFound, match="there are 'saved'"):
        local_path("svaed")


def test_copies(tmp_path: Path) -> None:
    with mw.start_run() as run:
        info = log(artifact_path="d/model", registered_model_name="credit")
    copy = local_path("models:/credit/1", dst_path=tmp_path / "a").path
    assert copy == tmp_path / "a"
    assert (copy / META).read_text() == "model_name: credit\nmodel_version: '1'\n"
    assert load.load_model(TINY, copy).factor == 2
    copy = local_path(info.model_uri, dst_path=tmp_path / "b").path
    assert copy == tmp_path / "b" / "model"
    assert not (copy / META).exists()
    assert local_path("models:/credit/1/MLmodel", dst_path=tmp_path / "c").path == tmp_path / "c" / "MLmodel"
    assert not (local_path(f"runs:/{run.info.run_id}/d/model").path / META).exists()


@pytest.mark.parametrize(
    "uri",
    [
        "models:/",
        "models:/a",
        "models:/a@",
        "models:/a/Prodction",
        "runs:/",
        "models:/a/1/../../x",
        "s3://bucket/model",
    ],
)
def test_addresses_that_mean_nothing(uri: str) -> None:
    with pytest.raises(InvalidArgument):
        local_path(uri)


def test_what_does_not_exist() -> None:
    for uri in ("runs:/nope/model", "models:/nope/1", "models:/nope@x", f"models:/m-{'0' * 32}"):
        with pytest.raises(NotFound):
            local_path(uri)


def test_a_version_whose_logged_model_is_gone() -> None:
    with mw.start_run():
        info = log(artifact_path="model", registered_model_name="credit")
    MlflowClient().delete_logged_model(info.model_id)
    assert factor("models:/credit/1") == 2


def test_an_untrusted_directory_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TINY, "hazard", lambda at: "it might")
    save_model(TINY, Times(5), tmp_path / "saved", pip_requirements=[])
    (tmp_path / "saved" / "manifest.json").unlink()
    mw.register_model(str(tmp_path / "saved"), "mine")
    found = local_path("models:/mine/1")
    with pytest.raises(UntrustedModel, match="it might"):
        load.load_model(TINY, found.path, origin=found.origin)
