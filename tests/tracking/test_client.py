"""The client over the store: runs, experiments, registry, logged models."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import modelwright as mw
from modelwright import MlflowClient
from modelwright.core.errors import AlreadyExists, InvalidArgument, NotFound, WrongState
from modelwright.tracking.entities import (
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    PagedList,
    Param,
    RunTag,
    ViewType,
)


@pytest.fixture
def client(tmp_path: Path) -> MlflowClient:
    return MlflowClient(tmp_path / "runs")


@pytest.fixture
def run_id(client: MlflowClient) -> str:
    return client.create_run("0").info.run_id


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, -0.0, 5e-324, 1e308, 0.1])
def test_metrics_read_back_as_themselves(client: MlflowClient, run_id: str, value: float) -> None:
    client.log_metric(run_id, "m", value)
    for found in (client.get_run(run_id).data.metrics["m"], client.get_metric_history(run_id, "m")[0].value):
        assert found == value or (math.isnan(found) and math.isnan(value))
        assert math.copysign(1, found) == math.copysign(1, value) or math.isnan(value)


class OneNumber:
    def item(self) -> int:
        return 7


@pytest.mark.parametrize("value", [1, True, "2.5", np.float32(0.5), np.int64(3), np.array([4]), OneNumber()])
def test_anything_that_is_one_number_is_a_metric(client: MlflowClient, run_id: str, value: object) -> None:
    client.log_metric(run_id, "m", value)
    assert type(client.get_run(run_id).data.metrics["m"]) is float


@pytest.mark.parametrize("value", ["high", None, [1], np.array([1, 2]), pytest.param(10**400, id="huge")])
def test_anything_else_is_not(client: MlflowClient, run_id: str, value: object) -> None:
    with pytest.raises(InvalidArgument, match=r"'m'.*one number"):
        client.log_metric(run_id, "m", value)


def test_steps_and_times(client: MlflowClient, run_id: str) -> None:
    client.log_metric(run_id, "m", 1, timestamp=1000, step=2)
    client.log_metric(run_id, "m", 2, 900, 3)
    client.log_metric(run_id, "m", 3, timestamp=0, step=-1)
    history = client.get_metric_history(run_id, "m")
    assert [(p.value, p.timestamp, p.step) for p in history] == [(1, 1000, 2), (2, 900, 3), (3, 0, -1)]
    assert client.get_run(run_id).data.metrics == {"m": 2}
    client.log_metric(run_id, "n", 1, timestamp=np.int64(5), step=7.0)
    assert [(p.timestamp, p.step) for p in client.get_metric_history(run_id, "n")] == [(5, 7)]


@pytest.mark.parametrize("value", ["soon", 1.5, float("nan"), float("inf"), [1], 2**63])
def test_what_is_no_step_and_no_time(client: MlflowClient, run_id: str, value: object) -> None:
    for options in ({"step": value}, {"timestamp": value}):
        with pytest.raises(InvalidArgument, match=r"no whole number|cannot be stored"):
            client.log_metric(run_id, "m", 1, **options)
    assert client.get_run(run_id).data.metrics == {}


def test_a_param_keeps_its_value(client: MlflowClient, run_id: str) -> None:
    assert client.log_param(run_id, "p", 1) == 1
    client.log_param(run_id, "p", "1")
    with pytest.raises(InvalidArgument, match="'p'"):
        client.log_param(run_id, "p", 2)
    assert client.get_run(run_id).data.params == {"p": "1"}


def test_large_batches(client: MlflowClient, run_id: str) -> None:
    metrics = [Metric(f"m{i % 7}", i, 1, i) for i in range(2500)]
    params = [Param(f"p{i}", i) for i in range(250)]
    client.log_batch(run_id, metrics, params, [RunTag(f"t{i}", i) for i in range(101)])
    data = client.get_run(run_id).data
    assert (len(data.params), data.params["p249"]) == (250, "249")
    assert (data.metrics["m0"], data.tags["t100"]) == (2499, "100")
    client.log_batch(run_id)


def test_tags(client: MlflowClient, run_id: str) -> None:
    client.set_tag(run_id, "t", 1)
    client.set_tag(run_id, "t", 2)
    assert client.get_run(run_id).data.tags["t"] == "2"
    client.delete_tag(run_id, "t")
    with pytest.raises(NotFound):
        client.delete_tag(run_id, "t")


def test_the_life_of_a_run(client: MlflowClient) -> None:
    run = client.create_run("0", start_time=123, tags={"mlflow.user": "ann"}, run_name="one")
    assert (run.info.start_time, run.info.run_name, run.info.user_id) == (123, "one", "ann")
    run_id = run.info.run_id
    client.update_run(run_id, "SCHEDULED", "two")
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.run_name) == ("SCHEDULED", "two")
    client.set_terminated(run_id, end_time=456)
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.end_time) == ("FINISHED", 456)
    with pytest.raises(InvalidArgument, match="did you mean 'FINISHED'"):
        client.set_terminated(run_id, "FINISHD")
    client.delete_run(run_id)
    with pytest.raises(WrongState):
        client.log_metric(run_id, "m", 1)
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1)


def test_unknown_runs(client: MlflowClient) -> None:
    for call in (client.get_run, client.delete_run, client.list_artifacts, client.set_terminated):
        with pytest.raises(NotFound, match="nope"):
            call("nope")
    with pytest.raises(NotFound, match="nope"):
        client.log_metric("nope", "m", 1)
    with pytest.raises(NotFound, match="99"):
        client.create_run("99")


def test_asynchronous_writes(client: MlflowClient, run_id: str) -> None:
    waits = [client.log_metric(run_id, "m", i, step=i, synchronous=False) for i in range(50)]
    waits.append(client.log_param(run_id, "p", 1, synchronous=False))
    waits.append(client.set_tag(run_id, "t", 1, synchronous=False))
    waits.append(client.log_batch(run_id, [Metric("n", 1, 1, 1)], synchronous=False))
    for wait in waits:
        wait.wait()
    data = client.get_run(run_id).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 49, "n": 1}, {"p": "1"}, "1")
    with pytest.raises(NotFound):
        client.log_metric("nope", "m", 1, synchronous=False).wait()


def test_asynchronous_by_default(client: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_LOGGING", "true")
    operations = client.log_metric(run_id, "m", 1)
    assert operations is not None
    client.set_terminated(run_id)  # flushes
    assert client.get_run(run_id).data.metrics == {"m": 1}


def test_search_with_or_not_and_parentheses(client: MlflowClient) -> None:
    for i in range(6):
        run = client.create_run("0", tags={"even": i % 2 == 0}).info.run_id
        client.log_metric(run, "i", i)
    found = client.search_runs(
        ["0"], "metrics.i < 1 OR (tags.even = 'True' AND NOT metrics.i = 2)", order_by=["metrics.i"]
    )
    assert [run.data.metrics["i"] for run in found] == [0, 4]
    with pytest.raises(InvalidArgument):
        client.search_runs(["0"], "metrics.i <")


def test_pages(client: MlflowClient) -> None:
    for _ in range(5):
        client.create_run("0")
    first = client.search_runs("0", max_results=3)
    second = client.search_runs(["0"], max_results=3, page_token=first.token)
    assert (len(first), len(second), second.token) == (3, 2, None)
    assert isinstance(first, PagedList)
    assert first.to_list() == list(first)
    assert not {r.info.run_id for r in first} & {r.info.run_id for r in second}


def test_deleted_runs_are_seen_on_request(client: MlflowClient, run_id: str) -> None:
    client.delete_run(run_id)
    assert client.search_runs(["0"]) == []
    for view in (ViewType.ALL, ViewType.DELETED_ONLY):
        assert [run.info.run_id for run in client.search_runs(["0"], run_view_type=view)] == [run_id]


def test_experiments(client: MlflowClient) -> None:
    made = client.create_experiment("a", tags={"x": 1})
    assert client.get_experiment(made).tags == {"x": "1"}
    with pytest.raises(AlreadyExists, match="'a'"):
        client.create_experiment("a")
    client.set_experiment_tag(made, "y", 2)
    client.delete_experiment_tag(made, "x")
    client.rename_experiment(made, "b")
    assert (client.get_experiment_by_name("a"), client.get_experiment_by_name("b").tags) == (None, {"y": "2"})
    assert [e.name for e in client.search_experiments(filter_string="name = 'b'")] == ["b"]
    client.delete_experiment(made)
    assert [e.name for e in client.search_experiments(ViewType.DELETED_ONLY)] == ["b"]
    assert client.create_experiment("b") != made
    with pytest.raises(NotFound):
        client.get_experiment("77")


def test_the_registry(client: MlflowClient) -> None:
    model = client.create_registered_model("credit", {"a": 1}, "who pays")
    assert (model.tags, model.description) == ({"a": "1"}, "who pays")
    one = client.create_model_version("credit", "s3://bucket/1", tags={"b": 2}, description="first")
    two = client.create_model_version("credit", "s3://bucket/2")
    assert (one.version, two.version, one.tags, one.status) == (1, 2, {"b": "2"}, "READY")
    client.set_registered_model_alias("credit", "champion", 1)
    assert client.get_model_version_by_alias("credit", "champion").version == 1
    assert client.get_registered_model("credit").aliases == {"champion": 1}
    assert client.find_model_version("models:/credit@champion").version == 1
    client.delete_registered_model_alias("credit", "champion")
    client.transition_model_version_stage("credit", 1, "Production")
    client.transition_model_version_stage("credit", 2, "production", archive_existing_versions=True)
    assert client.get_model_version("credit", "1").current_stage == "Archived"
    assert client.find_model_version("models:/credit/Production").version == 2
    assert client.find_model_version("models:/credit/latest").version == 2
    assert [v.version for v in client.get_latest_versions("credit", ["Archived"])] == [1]
    client.set_model_version_tag("credit", stage="Production", key="k", value=1)
    assert client.get_model_version("credit", 2).tags == {"k": "1"}
    client.delete_model_version_tag("credit", 2, "k")
    for given in ({}, {"version": 1, "stage": "Production"}):
        with pytest.raises(InvalidArgument, match="one of the two"):
            client.set_model_version_tag("credit", key="k", value=1, **given)
    with pytest.raises(InvalidArgument, match="key is missing"):
        client.set_model_version_tag("credit", 2)
    client.update_model_version("credit", 2, "better")
    assert client.get_model_version("credit", 2).description == "better"
    assert client.get_model_version_download_uri("credit", 1) == "s3://bucket/1"
    assert client.get_model_version_stages("credit", 1) == ["None", "Staging", "Production", "Archived"]
    copy = client.copy_model_version("models:/credit/1", "copied")
    assert (copy.name, copy.version, copy.source) == ("copied", 1, "models:/credit/1")
    assert [v.version for v in client.search_model_versions("name = 'credit'", order_by=["version_number ASC"])] == [
        1,
        2,
    ]
    client.rename_registered_model("copied", "renamed")
    client.update_registered_model("renamed", "text")
    client.set_registered_model_tag("renamed", "t", 1)
    client.delete_registered_model_tag("renamed", "t")
    assert [m.name for m in client.search_registered_models()] == ["credit", "renamed"]
    client.delete_model_version("credit", 2)
    with pytest.raises(NotFound):
        client.get_model_version("credit", 2)
    client.delete_registered_model("renamed")
    with pytest.raises(NotFound):
        client.get_registered_model("renamed")
    with pytest.raises(NotFound, match="Staging"):
        client.find_model_version("models:/credit/Staging")
    with pytest.raises(InvalidArgument, match="logged model"):
        client.find_model_version(f"models:/m-{'0' * 32}")


def test_another_registry(tmp_path: Path) -> None:
    client = MlflowClient(tmp_path / "a", f"sqlite:///{tmp_path}/b/store.db")
    client.create_registered_model("m")
    assert MlflowClient(tmp_path / "b").get_registered_model("m").name == "m"
    with pytest.raises(NotFound):
        MlflowClient(tmp_path / "a").get_registered_model("m")


def test_logged_models(client: MlflowClient, run_id: str) -> None:
    model = client.create_logged_model("0", "forest", run_id, {"t": 1}, {"depth": 3}, "tree")
    assert (model.params, model.tags, model.model_type, str(model.status)) == (
        {"depth": "3"},
        {"t": "1"},
        "tree",
        "PENDING",
    )
    client.log_model_params(model.model_id, {"more": 1})
    client.set_logged_model_tags(model.model_id, {"u": 2})
    client.delete_logged_model_tag(model.model_id, "t")
    client.log_metric(run_id, "loss", 0.5, model_id=model.model_id, dataset_name="d", dataset_digest="1")
    client.finalize_logged_model(model.model_id, "ready")
    with pytest.raises(InvalidArgument, match="no status 'done'; give one of UNSPECIFIED, PENDING, READY, FAILED"):
        client.finalize_logged_model(model.model_id, "done")
    client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 2)])
    found = client.get_logged_model(model.model_id)
    assert (str(found.status), found.tags, found.params) == ("READY", {"u": "2"}, {"depth": "3", "more": "1"})
    assert [(m.key, m.value, m.dataset_name) for m in found.metrics] == [("loss", 0.5, "d")]
    assert found.model_uri == f"models:/{model.model_id}"
    assert client.get_run(run_id).outputs.model_outputs == [LoggedModelOutput(model.model_id, 2)]
    assert client.get_run(run_id).inputs.model_inputs == [LoggedModelInput(model.model_id)]
    by = [{"field_name": "metrics.loss", "ascending": True}]
    assert client.search_logged_models(["0"], "metrics.loss < 1", order_by=by)[0].model_id == model.model_id
    assert client.search_logged_models(["0"], datasets=[{"dataset_name": "other"}]) == []
    client.delete_logged_model(model.model_id)
    with pytest.raises(NotFound):
        client.get_logged_model(model.model_id)


def test_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MlflowClient("here").tracking_uri == "here"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/x.db")
    assert MlflowClient().tracking_uri == f"sqlite:///{tmp_path}/x.db"
    mw.set_tracking_uri(tmp_path / "in code")
    assert MlflowClient().tracking_uri == str(tmp_path / "in code")
    with pytest.raises(InvalidArgument, match=r"https:.*sqlite:"):
        MlflowClient("https://example.org").create_run("0")
