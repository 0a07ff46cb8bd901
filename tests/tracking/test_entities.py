"""The public records: dictionaries both ways, words and numbers."""

from __future__ import annotations

import pytest

from modelwright.core.errors import InvalidArgument
from modelwright.tracking.entities import (
    Experiment,
    ExperimentTag,
    FileInfo,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
    SourceType,
    ViewType,
)


def test_records_are_dictionaries_too() -> None:
    point = Metric("loss", 0.5, 1000, 3)
    assert dict(point) == {"key": "loss", "value": 0.5, "timestamp": 1000, "step": 3}
    assert Metric.from_dictionary({**dict(point), "unknown": 1}) == point
    assert dict(Metric("a", 1, 2, 3, model_id="m-1"))["model_id"] == "m-1"
    assert Param("a", "1") == Param("a", "1") != RunTag("a", "1")
    assert len({Param("a", "1"), Param("a", "1"), Param("a", "2")}) == 2
    assert repr(Param("a", "1")) == "<Param: key='a', value='1'>"
    assert FileInfo("a", False, 3).to_dictionary() == {"path": "a", "is_dir": False, "file_size": 3}


def test_a_run_as_mlflow_builds_it() -> None:
    info = RunInfo("r", "0", "ann", "RUNNING", 1, None, "active", "file:///a", "r", "name")
    run = Run(info, RunData([Metric("m", 1.5, 0, 0)], [Param("p", "1")], [RunTag("t", "x")]))
    assert (run.data.metrics, run.data.params, run.data.tags) == ({"m": 1.5}, {"p": "1"}, {"t": "x"})
    assert run.info.run_uuid == run.info.run_id == "r"
    whole = run.to_dictionary()
    assert whole["info"]["status"] == "RUNNING"
    assert whole["data"] == {"metrics": {"m": 1.5}, "params": {"p": "1"}, "tags": {"t": "x"}}
    assert whole["inputs"] == {"dataset_inputs": [], "model_inputs": []}
    assert dict(run).keys() == {"data", "info", "inputs", "outputs"}
    assert "run_id" in RunInfo.get_searchable_attributes()


def test_an_experiment() -> None:
    experiment = Experiment("1", "iris", "file:///a", "active", [ExperimentTag("a", "b")])
    assert (experiment.tags, Experiment.DEFAULT_EXPERIMENT_NAME) == ({"a": "b"}, "Default")
    assert "creation_time" not in dict(experiment)


def test_a_logged_model() -> None:
    model = LoggedModel("0", "m-1", "forest", "file:///a", 1, 2, params={"a": "1"}, status="PENDING")
    assert (model.status, model.params, model.to_dictionary()["model_uri"]) == ("PENDING", {"a": "1"}, "models:/m-1")
    assert [LoggedModelStatus.from_wire(status.wire) for status in LoggedModelStatus] == list(LoggedModelStatus)
    assert LoggedModelStatus.from_wire("?") is LoggedModelStatus.UNSPECIFIED


def test_words_and_numbers() -> None:
    assert RunStatus.from_string("FAILED") == RunStatus.FAILED == 4
    assert RunStatus.is_terminated(RunStatus.KILLED)
    assert RunStatus.all_status() == [1, 2, 3, 4, 5]
    assert (ViewType.from_string("all"), ViewType.word(2), ViewType.word("active_only")) == (
        3,
        "DELETED_ONLY",
        "ACTIVE_ONLY",
    )
    assert SourceType.to_string(SourceType.NOTEBOOK) == "NOTEBOOK"
    with pytest.raises(InvalidArgument, match="did you mean 'FAILED'"):
        RunStatus.from_string("FAILD")
    with pytest.raises(InvalidArgument, match="use one of RUNNING"):
        RunStatus.from_string("zzz")
    with pytest.raises(InvalidArgument, match="number 9"):
        ViewType.to_string(9)
    assert LifecycleStage.is_valid("active")
    assert LifecycleStage.matches_view_type(ViewType.ALL, "deleted")
    assert not LifecycleStage.matches_view_type(ViewType.ACTIVE_ONLY, "deleted")
