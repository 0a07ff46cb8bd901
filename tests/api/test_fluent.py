"""The functions at the top of the package: MLflow's parameters, in MLflow's order."""

from __future__ import annotations

import inspect
import math
from pathlib import Path

import pandas as pd
import pytest

import modelwright as mw
from costs import calls
from modelwright.core.errors import InvalidArgument, NotFound, WrongState
from modelwright.tracking.background import RunOperations
from modelwright.tracking.entities import LoggedModelOutput, Run, ViewType

# MLflow 2.16.2's parameters by position; ours may take more after them
SIGNATURES = """
create_experiment(name, artifact_location=None, tags=None)
delete_experiment(experiment_id)
delete_run(run_id)
delete_tag(key)
end_run(status='FINISHED')
get_artifact_uri(artifact_path=None)
get_experiment(experiment_id)
get_experiment_by_name(name)
get_parent_run(run_id)
get_run(run_id)
load_table(artifact_file, run_ids=None, extra_columns=None)
log_artifact(local_path, artifact_path=None, run_id=None)
log_artifacts(local_dir, artifact_path=None, run_id=None)
log_dict(dictionary, artifact_file, run_id=None)
log_figure(figure, artifact_file, *, save_kwargs=None)
log_image(image, artifact_file=None, key=None, step=None, timestamp=None, synchronous=False)
log_input(dataset, context=None, tags=None)
log_metric(key, value, step=None, synchronous=None, timestamp=None, run_id=None)
log_metrics(metrics, step=None, synchronous=None, run_id=None, timestamp=None)
log_param(key, value, synchronous=None)
log_params(params, synchronous=None, run_id=None)
log_table(data, artifact_file, run_id=None)
log_text(text, artifact_file, run_id=None)
register_model(model_uri, name, await_registration_for=300, *, tags=None)
search_experiments(view_type=1, max_results=None, filter_string=None, order_by=None)
search_model_versions(max_results=None, filter_string=None, order_by=None)
search_registered_models(max_results=None, filter_string=None, order_by=None)
search_runs(experiment_ids=None, filter_string='', run_view_type=1, max_results=100000, order_by=None, output_format='pandas', search_all_experiments=False, experiment_names=None)
set_experiment(experiment_name=None, experiment_id=None)
set_experiment_tag(key, value)
set_experiment_tags(tags)
set_registry_uri(uri)
set_system_metrics_node_id(node_id)
set_system_metrics_samples_before_logging(samples)
set_system_metrics_sampling_interval(interval)
set_tag(key, value, synchronous=None)
set_tags(tags, synchronous=None)
set_tracking_uri(uri)
start_run(run_id=None, experiment_id=None, run_name=None, nested=False, parent_run_id=None, tags=None, description=None, log_system_metrics=None)
doctor(mask_envs=False)
"""  # noqa: E501 - one signature per line
CLIENT = """
get_run(run_id)
get_parent_run(run_id)
get_metric_history(run_id, key)
create_run(experiment_id, start_time=None, tags=None, run_name=None)
search_experiments(view_type=1, max_results=1000, filter_string=None, order_by=None, page_token=None)
get_experiment(experiment_id)
get_experiment_by_name(name)
create_experiment(name, artifact_location=None, tags=None)
delete_experiment(experiment_id)
restore_experiment(experiment_id)
rename_experiment(experiment_id, new_name)
log_metric(run_id, key, value, timestamp=None, step=None, synchronous=None)
log_param(run_id, key, value, synchronous=None)
set_experiment_tag(experiment_id, key, value)
set_tag(run_id, key, value, synchronous=None)
delete_tag(run_id, key)
update_run(run_id, status=None, name=None)
log_batch(run_id, metrics=(), params=(), tags=(), synchronous=None)
log_inputs(run_id, datasets=None)
log_artifact(run_id, local_path, artifact_path=None)
log_artifacts(run_id, local_dir, artifact_path=None)
log_text(run_id, text, artifact_file)
log_dict(run_id, dictionary, artifact_file)
log_figure(run_id, figure, artifact_file, *, save_kwargs=None)
log_image(run_id, image, artifact_file=None, key=None, step=None, timestamp=None, synchronous=None)
log_table(run_id, data, artifact_file)
load_table(experiment_id, artifact_file, run_ids=None, extra_columns=None)
list_artifacts(run_id, path=None)
download_artifacts(run_id, path, dst_path=None)
set_terminated(run_id, status=None, end_time=None)
delete_run(run_id)
restore_run(run_id)
search_runs(experiment_ids, filter_string='', run_view_type=1, max_results=1000, order_by=None, page_token=None)
create_registered_model(name, tags=None, description=None)
rename_registered_model(name, new_name)
update_registered_model(name, description=None)
delete_registered_model(name)
search_registered_models(filter_string=None, max_results=100, order_by=None, page_token=None)
get_registered_model(name)
get_latest_versions(name, stages=None)
set_registered_model_tag(name, key, value)
delete_registered_model_tag(name, key)
create_model_version(name, source, run_id=None, tags=None, run_link=None, description=None, await_creation_for=300)
copy_model_version(src_model_uri, dst_name)
update_model_version(name, version, description=None)
transition_model_version_stage(name, version, stage, archive_existing_versions=False)
delete_model_version(name, version)
get_model_version(name, version)
get_model_version_download_uri(name, version)
search_model_versions(filter_string=None, max_results=10000, order_by=None, page_token=None)
get_model_version_stages(name, version)
set_model_version_tag(name, version=None, key=None, value=None, stage=None)
delete_model_version_tag(name, version=None, key=None, stage=None)
set_registered_model_alias(name, alias, version)
delete_registered_model_alias(name, alias)
get_model_version_by_alias(name, alias)
"""


def rows(text: str) -> list[str]:
    return text.strip().splitlines()


def parameters(function: object) -> list[tuple[str, object, bool]]:
    found = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    return [(p.name, p.default, p.kind is p.KEYWORD_ONLY) for p in found]


@pytest.mark.parametrize(
    ("owner", "line"), [(mw, r) for r in rows(SIGNATURES)] + [(mw.MlflowClient, r) for r in rows(CLIENT)]
)
def test_parameters_are_those_of_mlflow(owner: object, line: str) -> None:
    name, _, rest = line.partition("(")
    namespace: dict[str, object] = {}
    exec(f"def wanted({rest}: pass", namespace)  # the line is Python but for the body
    wanted, ours = parameters(namespace["wanted"]), parameters(getattr(owner, name))
    if name == "log_input":
        wanted[0] = ("dataset", None, False)  # 3.x takes a model instead
    assert ours[: len(wanted)] == wanted
    assert all(default is not inspect.Parameter.empty for _, default, _ in ours[len(wanted) :])


def test_every_name_is_there_and_described() -> None:
    names = [name for name in dir(mw) if not name.startswith("_")]
    assert {"start_run", "log_metric", "MlflowClient", "ActiveRun", "Image", "autolog", "sklearn", "data"} <= set(names)
    for line in rows(SIGNATURES):
        name = line.partition("(")[0]
        assert name in names
        assert inspect.getdoc(getattr(mw, name))
    with pytest.raises(AttributeError, match="log_metrix"):
        mw.log_metrix  # noqa: B018 - the access is the test


# --- searching --------------------------------------------------------------------------------------------------------


def test_runs_as_a_frame() -> None:
    with mw.start_run(run_name="a", tags={"t": "x"}) as first:
        mw.log_metrics({"m": math.inf, "only": math.nan})
    with mw.start_run(run_name="b") as second:
        mw.log_param("p", 1)
        mw.log_metric("m", 1)
    frame = mw.search_runs(order_by=["attributes.start_time ASC", "attributes.run_name ASC"])
    assert list(frame.columns[:6]) == ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    assert frame["run_id"].tolist() == [first.info.run_id, second.info.run_id]
    assert frame["metrics.m"].tolist() == [math.inf, 1]
    assert math.isnan(frame["metrics.only"][0])
    assert (frame["params.p"].tolist(), frame["tags.t"].tolist()) == ([None, "1"], ["x", None])
    assert isinstance(frame["start_time"].dtype, pd.DatetimeTZDtype)
    assert frame["start_time"][0] == pd.Timestamp(first.info.start_time, unit="ms", tz="UTC")
    with mw.start_run():
        assert mw.search_runs(filter_string="attributes.status = 'RUNNING'")["end_time"].isna().all()


def test_no_runs() -> None:
    assert mw.search_runs(output_format="list") == []
    assert list(mw.search_runs().columns) == [
        "run_id",
        "experiment_id",
        "status",
        "artifact_uri",
        "start_time",
        "end_time",
    ]
    with pytest.raises(InvalidArgument, match="'pandas' or 'list'"):
        mw.search_runs(output_format="polars")


def test_where_runs_are_searched(caplog: pytest.LogCaptureFixture) -> None:
    ids = {name: mw.create_experiment(name) for name in ("a", "b")}
    for experiment_id in ids.values():
        with mw.start_run(experiment_id=experiment_id):
            pass

    def found(**given: object) -> list[str]:
        runs: list[Run] = mw.search_runs(output_format="list", **given)
        return sorted(mw.get_experiment(run.info.experiment_id).name for run in runs)

    assert found() == []
    assert found(experiment_names=["a", "nothing"]) == ["a"]
    assert "nothing" in caplog.text
    assert found(experiment_names=["nothing"]) == []
    assert found(experiment_ids=[ids["b"]]) == ["b"]
    assert found(search_all_experiments=True) == ["a", "b"]
    mw.set_experiment("b")
    assert found() == ["b"]
    with pytest.raises(InvalidArgument, match="one of the two"):
        found(experiment_ids=["0"], experiment_names=["a"])


def test_or_not_and_parentheses() -> None:
    for i in range(4):
        with mw.start_run():
            mw.log_params({"i": i, "even": i % 2 == 0})
    found = mw.search_runs(
        filter_string="params.i = '1' OR (params.even = 'True' AND NOT (params.i = '0'))", output_format="list"
    )
    assert sorted(run.data.params["i"] for run in found) == ["1", "2"]


def test_more_than_a_page() -> None:
    client = mw.MlflowClient()
    for _ in range(12):
        client.create_run("0")
    from modelwright.tracking import search

    found = search.everything(
        lambda count, token: client.search_runs(["0"], max_results=count, page_token=token), 11, 5
    )
    assert len({run.info.run_id for run in found}) == 11
    assert (
        len(search.everything(lambda n, token: client.search_runs(["0"], max_results=n, page_token=token), None, 5))
        == 12
    )
    assert len(mw.search_runs(max_results=3)) == 3


def test_experiments() -> None:
    made = mw.create_experiment("a")
    mw.delete_experiment(made)
    assert [e.name for e in mw.search_experiments()] == ["Default"]
    assert [e.name for e in mw.search_experiments(ViewType.DELETED_ONLY)] == ["a"]
    mw.restore_experiment(made)
    mw.set_experiment("a")
    mw.set_experiment_tags({"x": 1, "y": 2})
    mw.delete_experiment_tag("x")
    assert mw.get_experiment(made).tags == {"y": "2"}


# --- logging ----------------------------------------------------------------------------------------------------------


def test_everything_at_once() -> None:
    with mw.start_run() as run:
        assert mw.log_metrics({"a": 1, "b": 2.5}, step=3, timestamp=1000) is None
        assert mw.log_params({"p": 1}) is None
        assert mw.set_tags({"t": 1, "u": None}) is None
        mw.delete_tag("t")
    found = mw.get_run(run.info.run_id)
    assert (found.data.metrics, found.data.params, found.data.tags["u"]) == ({"a": 1, "b": 2.5}, {"p": "1"}, "None")
    (point,) = mw.MlflowClient().get_metric_history(run.info.run_id, "a")
    assert (point.step, point.timestamp) == (3, 1000)
    mw.log_metrics({"late": 1}, run_id=run.info.run_id)
    mw.log_params({"late": 1}, run_id=run.info.run_id)
    assert mw.active_run() is None


def test_asynchronous_calls_can_be_waited_for() -> None:
    with mw.start_run() as run:
        waits = [
            mw.log_metric("m", 1, synchronous=False),
            mw.log_metrics({"n": 1}, synchronous=False),
            mw.log_param("p", 1, synchronous=False),
            mw.log_params({"q": 1}, synchronous=False),
            mw.set_tag("t", 1, synchronous=False),
            mw.set_tags({"u": 1}, synchronous=False),
        ]
        assert {type(wait) for wait in waits} == {RunOperations}
    data = mw.get_run(run.info.run_id).data  # ending the run wrote them
    assert (data.metrics, data.params) == ({"m": 1, "n": 1}, {"p": "1", "q": "1"})


def test_a_batch_is_all_or_nothing() -> None:
    with mw.start_run() as run:
        mw.log_param("p", 1)
        with pytest.raises(InvalidArgument):
            mw.log_params({"q": 1, "p": 2})
        with pytest.raises(InvalidArgument):
            mw.log_metrics({"a": 1, "b": "high"})
    data = mw.get_run(run.info.run_id).data
    assert (data.params, data.metrics) == ({"p": "1"}, {})


def test_deleted_runs_take_nothing() -> None:
    with mw.start_run() as run:
        pass
    mw.delete_run(run.info.run_id)
    with pytest.raises(WrongState):
        mw.log_metric("m", 1, run_id=run.info.run_id)
    mw.restore_run(run.info.run_id)
    mw.log_metric("m", 1, run_id=run.info.run_id)
    with pytest.raises(NotFound):
        mw.get_run("nope")


# --- logged models ----------------------------------------------------------------------------------------------------


def test_metrics_of_a_logged_model() -> None:
    import numpy as np

    data = mw.data.from_numpy(np.zeros(3), name="zeros")
    with mw.start_run() as run:
        model = mw.initialize_logged_model("forest")
        mw.log_metric("a", 1, model_id=model.model_id, dataset=data)
        with mw.set_active_model(model_id=model.model_id) as active:
            assert active.model_id == mw.get_active_model_id() == model.model_id
            mw.log_metric("b", 2)
            mw.log_metrics({"c": 3}, dataset=data)
            mw.log_model_params({"depth": 3})
        mw.log_metric("d", 4)
        mw.log_outputs([LoggedModelOutput(model.model_id, 1)])
        mw.log_input(model=model)
    assert mw.get_active_model_id() is None
    found = mw.get_logged_model(model.model_id)
    points = {point.key: (point.value, point.dataset_name) for point in found.metrics}
    assert points == {"a": (1, "zeros"), "b": (2, None), "c": (3, "zeros")}
    assert (found.params, found.source_run_id) == ({"depth": "3"}, run.info.run_id)
    assert mw.get_run(run.info.run_id).data.metrics == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert mw.get_run(run.info.run_id).inputs.model_inputs[0].model_id == model.model_id
    with pytest.raises(InvalidArgument, match="No logged model is active"):
        mw.log_model_params({"x": 1})


def test_active_models_by_name_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    first = mw.set_active_model(name="forest")
    assert mw.get_logged_model(first.model_id).tags["mlflow.model.isExternal"] == "True"
    assert mw.set_active_model(name="forest").model_id == first.model_id
    assert mw.set_active_model(name="it's").model_id == mw.set_active_model(name="it's").model_id
    mw.clear_active_model()
    monkeypatch.setenv("MLFLOW_ACTIVE_MODEL_ID", first.model_id)
    assert mw.get_active_model_id() == first.model_id
    with pytest.raises(InvalidArgument, match="one of the two"):
        mw.set_active_model()


def test_logged_models_are_found() -> None:
    assert mw.last_logged_model() is None
    first = mw.create_external_model("one", tags={"t": "1"}, params={"p": "2"})
    second = mw.initialize_logged_model("two", experiment_id="0")
    assert (str(first.status), first.tags["t"], first.params) == ("READY", "1", {"p": "2"})
    assert mw.last_logged_model().model_id == second.model_id
    mw.set_logged_model_tags(second.model_id, {"x": 1})
    mw.delete_logged_model_tag(second.model_id, "x")
    frame = mw.search_logged_models(filter_string="name = 'one'")
    assert frame["model_id"].tolist() == [first.model_id]
    assert len(mw.search_logged_models(output_format="list")) == 2


def test_versions_and_their_tags() -> None:
    client = mw.MlflowClient()
    client.create_registered_model("credit")
    client.create_model_version("credit", "s3://bucket/x")
    mw.set_model_version_tag("credit", 1, "ok", "yes")
    assert [v.version for v in mw.search_model_versions(filter_string="tags.ok = 'yes'")] == [1]
    assert [m.name for m in mw.search_registered_models(filter_string="name = 'credit'")] == ["credit"]


def test_the_doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "secret-place")
    mw.doctor(mask_envs=True)
    masked = capsys.readouterr().out
    assert "Environment variables: MLFLOW_TRACKING_URI=***" in masked
    assert "msgspec " in masked
    mw.doctor()
    assert "MLFLOW_TRACKING_URI=secret-place" in capsys.readouterr().out


def test_nothing_is_written_before_it_is_needed() -> None:
    mw.set_tracking_uri("runs")
    mw.get_tracking_uri()
    mw.active_run()
    mw.end_run()
    assert list(Path.cwd().iterdir()) == []


def test_a_metric_costs_few_calls() -> None:
    with mw.start_run():
        for step in range(3):
            mw.log_metric("loss", 0.5, step=step)
        assert calls(lambda: mw.log_metric("loss", 0.5, step=3)) <= 75
