"""What every run store must do: subclass `RunStoreContract` and give a `store` fixture."""

from __future__ import annotations

import math

import pytest

from modelwright.core.errors import AlreadyExists, InvalidArgument, NotFound, WrongState
from modelwright.stores.runs.base import RunStore
from modelwright.wire import messages as m


def experiment(store: RunStore, name: str = "e") -> str:
    return store.create_experiment(m.CreateExperiment(name)).experiment_id


def run(store: RunStore, exp: str = "0", **fields: object) -> str:
    return store.create_run(m.CreateRun(exp, **fields)).run.info.run_id  # type: ignore[arg-type]


def get(store: RunStore, run_id: str) -> m.Run:
    return store.get_run(m.GetRun(run_id)).run


def params(store: RunStore, run_id: str) -> dict[str, str]:
    return {param.key: param.value for param in get(store, run_id).data.params}


def tags(store: RunStore, run_id: str) -> dict[str, str]:
    return {tag.key: tag.value for tag in get(store, run_id).data.tags}


def latest(store: RunStore, run_id: str) -> dict[str, m.Metric]:
    return {metric.key: metric for metric in get(store, run_id).data.metrics}


def history(store: RunStore, run_id: str, key: str) -> list[float]:
    return [point.value for point in store.get_metric_history(m.GetMetricHistory(run_id, key)).metrics]


def found(store: RunStore, text: str = "", exps: list[str] | None = None, **fields: object) -> list[str]:
    page = store.search_runs(m.SearchRuns(exps or ["0"], text, **fields))  # type: ignore[arg-type]
    return [one.info.run_name for one in page.runs]


class ExperimentContract:
    def test_default_is_always_there(self, store: RunStore) -> None:
        default = store.get_experiment(m.GetExperiment("0")).experiment
        assert (default.name, default.lifecycle_stage) == ("Default", "active")

    def test_created_and_read_back(self, store: RunStore) -> None:
        request = m.CreateExperiment("a b/ü", tags=[m.ExperimentTag("team", "x")])
        exp = store.create_experiment(request).experiment_id
        assert exp.isdigit()
        made = store.get_experiment(m.GetExperiment(exp)).experiment
        assert made == store.get_experiment_by_name(m.GetExperimentByName("a b/ü")).experiment
        assert made.tags == [m.ExperimentTag("team", "x")]
        assert made.creation_time
        assert made.creation_time == made.last_update_time

    def test_names_are_unique_among_active(self, store: RunStore) -> None:
        experiment(store, "a")
        with pytest.raises(AlreadyExists, match="'a' exists already"):
            experiment(store, "a")

    @pytest.mark.parametrize("name", ["", "  ", "x" * 501, "a\0b"])
    def test_names_refused(self, store: RunStore, name: str) -> None:
        with pytest.raises(InvalidArgument):
            experiment(store, name)

    def test_unknown(self, store: RunStore) -> None:
        for given in ("99", "x", "", "9" * 30):
            with pytest.raises(NotFound):
                store.get_experiment(m.GetExperiment(given))
        with pytest.raises(NotFound):
            store.get_experiment_by_name(m.GetExperimentByName("nowhere"))

    def test_a_deleted_name_is_free_and_both_can_come_back(self, store: RunStore) -> None:
        old = experiment(store, "a")
        store.delete_experiment(m.DeleteExperiment(old))
        assert store.get_experiment_by_name(m.GetExperimentByName("a")).experiment.lifecycle_stage == "deleted"
        new = experiment(store, "a")
        assert store.get_experiment_by_name(m.GetExperimentByName("a")).experiment.experiment_id == new
        with pytest.raises(AlreadyExists, match="rename or delete that one first"):
            store.restore_experiment(m.RestoreExperiment(old))
        store.update_experiment(m.UpdateExperiment(new, "b"))
        store.restore_experiment(m.RestoreExperiment(old))
        assert store.get_experiment_by_name(m.GetExperimentByName("a")).experiment.experiment_id == old

    def test_runs_go_and_come_back_with_their_experiment(self, store: RunStore) -> None:
        exp = experiment(store)
        kept, deleted = run(store, exp), run(store, exp)
        store.delete_run(m.DeleteRun(deleted))
        store.delete_experiment(m.DeleteExperiment(exp))
        assert get(store, kept).info.lifecycle_stage == "deleted"
        with pytest.raises(WrongState, match="restore that first"):
            store.restore_run(m.RestoreRun(kept))
        with pytest.raises(WrongState):
            run(store, exp)
        store.restore_experiment(m.RestoreExperiment(exp))
        assert get(store, kept).info.lifecycle_stage == "active"
        assert get(store, deleted).info.lifecycle_stage == "deleted"

    def test_deleted_twice_or_restored_while_active(self, store: RunStore) -> None:
        exp = experiment(store)
        with pytest.raises(WrongState):
            store.restore_experiment(m.RestoreExperiment(exp))
        store.delete_experiment(m.DeleteExperiment(exp))
        with pytest.raises(WrongState):
            store.delete_experiment(m.DeleteExperiment(exp))

    def test_tags(self, store: RunStore) -> None:
        exp = experiment(store)
        store.set_experiment_tag(m.SetExperimentTag(exp, "a", "1"))
        store.set_experiment_tag(m.SetExperimentTag(exp, "a", "2"))
        assert store.get_experiment(m.GetExperiment(exp)).experiment.tags == [m.ExperimentTag("a", "2")]
        store.delete_experiment_tag(m.DeleteExperimentTag(exp, "a"))
        assert store.get_experiment(m.GetExperiment(exp)).experiment.tags == []
        with pytest.raises(NotFound):
            store.delete_experiment_tag(m.DeleteExperimentTag(exp, "a"))

    def test_search(self, store: RunStore) -> None:
        for name in ("apple", "Apricot", "banana"):
            store.create_experiment(m.CreateExperiment(name, tags=[m.ExperimentTag("size", str(len(name)))]))
        store.delete_experiment(m.DeleteExperiment(experiment(store, "gone")))

        def names(text: str = "", **fields: object) -> list[str]:
            page = store.search_experiments(m.SearchExperiments(filter=text, **fields))  # type: ignore[arg-type]
            return [one.name for one in page.experiments]

        assert names() == ["banana", "Apricot", "apple", "Default"]
        assert names(order_by=["name"]) == ["Apricot", "Default", "apple", "banana"]
        assert names("name LIKE 'ap%'") == ["apple"]
        assert names("name ILIKE 'ap%'", order_by=["name ASC"]) == ["Apricot", "apple"]
        assert names("tags.size = '6' OR name = 'apple'") == ["banana", "apple"]
        assert names("tags.size IS NULL") == ["Default"]
        assert names("tags.size IS NOT NULL AND NOT name = 'apple'") == ["banana", "Apricot"]
        assert names(view_type="DELETED_ONLY") == ["gone"]
        assert len(names(view_type="ALL")) == 5
        with pytest.raises(InvalidArgument, match="did you mean 'ALL'"):
            names(view_type="ALLL")

    def test_search_pages(self, store: RunStore) -> None:
        for at in range(5):
            experiment(store, f"e{at}")
        names, token = [], ""
        while True:
            page = store.search_experiments(m.SearchExperiments(2, token, order_by=["name"]))
            names += [one.name for one in page.experiments]
            token = page.next_page_token
            if not token:
                break
        assert names == ["Default", "e0", "e1", "e2", "e3", "e4"]


class RunContract:
    def test_created_and_read_back(self, store: RunStore) -> None:
        request = m.CreateRun("0", "me", "first", 1234, [m.RunTag("a", "b")])
        made = store.create_run(request).run
        assert made == get(store, made.info.run_id)
        info = made.info
        assert len(info.run_id) == 32
        assert int(info.run_id, 16) >= 0
        assert (info.run_name, info.user_id, info.status, info.start_time) == ("first", "me", "RUNNING", 1234)
        assert (info.end_time, info.lifecycle_stage, info.run_uuid) == (None, "active", info.run_id)
        assert info.artifact_uri.endswith(f"/0/{info.run_id}/artifacts")
        assert tags(store, info.run_id) == {"a": "b", "mlflow.runName": "first"}

    def test_a_name_is_made_up(self, store: RunStore) -> None:
        info = store.create_run(m.CreateRun("0")).run.info
        adjective, noun, number = info.run_name.split("-")
        assert adjective.isalpha()
        assert noun.isalpha()
        assert number.isdigit()
        assert tags(store, info.run_id)["mlflow.runName"] == info.run_name

    def test_the_name_tag_names_the_run_and_back(self, store: RunStore) -> None:
        run_id = run(store, tags=[m.RunTag("mlflow.runName", "x")])
        assert get(store, run_id).info.run_name == "x"
        store.update_run(m.UpdateRun(run_id, run_name="y"))
        assert tags(store, run_id)["mlflow.runName"] == "y"
        store.set_tag(m.SetTag(run_id, "mlflow.runName", "z"))
        assert get(store, run_id).info.run_name == "z"
        with pytest.raises(InvalidArgument, match="two names"):
            run(store, run_name="a", tags=[m.RunTag("mlflow.runName", "b")])

    def test_updated(self, store: RunStore) -> None:
        run_id = run(store)
        info = store.update_run(m.UpdateRun(run_id, "FINISHED", 99)).run_info
        assert (info.status, info.end_time) == ("FINISHED", 99)
        assert info == get(store, run_id).info
        store.update_run(m.UpdateRun(run_id, "RUNNING"))
        assert get(store, run_id).info.end_time == 99
        with pytest.raises(InvalidArgument, match="did you mean 'FINISHED'"):
            store.update_run(m.UpdateRun(run_id, "FINISHD"))

    def test_unknown(self, store: RunStore) -> None:
        for call in (
            lambda: store.get_run(m.GetRun("0" * 32)),
            lambda: store.update_run(m.UpdateRun("x", "FINISHED")),
            lambda: store.log_param(m.LogParam("x", "a", "b")),
            lambda: store.log_metric(m.LogMetric("x", "a", 1.0, 0)),
            lambda: store.delete_run(m.DeleteRun("x")),
            lambda: store.get_metric_history(m.GetMetricHistory("x", "a")),
            lambda: run(store, "77"),
        ):
            with pytest.raises(NotFound):
                call()

    def test_deleted_runs_refuse_writes(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_metric(m.LogMetric(run_id, "a", 1.0, 0))
        store.delete_run(m.DeleteRun(run_id))
        for call in (
            lambda: store.log_metric(m.LogMetric(run_id, "a", 1.0, 0)),
            lambda: store.log_param(m.LogParam(run_id, "a", "b")),
            lambda: store.set_tag(m.SetTag(run_id, "a", "b")),
            lambda: store.log_batch(m.LogBatch(run_id)),
            lambda: store.update_run(m.UpdateRun(run_id, "FINISHED")),
            lambda: store.log_inputs(m.LogInputs(run_id)),
        ):
            with pytest.raises(WrongState, match="must be in 'active' state"):
                call()
        assert history(store, run_id, "a") == [1.0]
        store.delete_run(m.DeleteRun(run_id))  # again: scripts that clean up do
        store.restore_run(m.RestoreRun(run_id))
        store.log_metric(m.LogMetric(run_id, "a", 2.0, 1))
        assert history(store, run_id, "a") == [1.0, 2.0]
        with pytest.raises(WrongState):
            store.restore_run(m.RestoreRun(run_id))

    def test_run_uuid_will_do_for_run_id(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_metric(m.LogMetric("", "a", 1.0, 0, run_uuid=run_id))
        store.log_param(m.LogParam("", "a", "1", run_uuid=run_id))
        store.set_tag(m.SetTag("", "a", "1", run_uuid=run_id))
        assert store.get_run(m.GetRun(run_uuid=run_id)).run.data.params == [m.Param("a", "1")]


class ContentsContract:
    @pytest.mark.parametrize(
        "value", [0.1, -0.0, 0.0, 5e-324, -5e-324, 1e308, math.inf, -math.inf, 1.0, 2.0**53 + 2, -1.5e-300]
    )
    def test_values_read_back_as_themselves(self, store: RunStore, value: float) -> None:
        run_id = run(store)
        store.log_metric(m.LogMetric(run_id, "a", value, 7, 3))
        store.log_batch(m.LogBatch(run_id, [m.Metric("b", value, 7, 3), m.Metric("c", value, 7, 3)]))
        for key in "abc":
            for read in (latest(store, run_id)[key].value, *history(store, run_id, key)):
                assert isinstance(read, float)
                assert (read, math.copysign(1, read)) == (value, math.copysign(1, value))

    def test_nan_reads_back(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_metric(m.LogMetric(run_id, "a", math.nan, 7, 3))
        assert math.isnan(latest(store, run_id)["a"].value)
        assert math.isnan(history(store, run_id, "a")[0])
        assert (latest(store, run_id)["a"].timestamp, latest(store, run_id)["a"].step) == (7, 3)

    def test_the_latest_has_the_greatest_step_then_timestamp_then_value(self, store: RunStore) -> None:
        for points in (
            [(3.0, 1, 5), (1.0, 2, 5), (9.0, 9, 4)],
            [(1.0, 2, 5), (9.0, 9, 4), (3.0, 1, 5)],
            [(0.5, 2, 5), (1.0, 2, 5), (math.nan, 2, 5)],
            [(math.nan, 2, 5), (1.0, 2, 5)],
        ):
            run_id, batch = run(store), run(store)
            for value, ts, step in points:
                store.log_metric(m.LogMetric(run_id, "a", value, ts, step))
            store.log_batch(m.LogBatch(batch, [m.Metric("a", *point) for point in points]))
            for one in (run_id, batch):
                assert latest(store, one)["a"].value == 1.0
                assert len(history(store, one, "a")) == len(points)

    def test_repeated_and_negative_steps(self, store: RunStore) -> None:
        run_id = run(store)
        for _ in range(3):
            store.log_metric(m.LogMetric(run_id, "a", 1.0, 5, -(2**63)))
        assert history(store, run_id, "a") == [1.0] * 3

    def test_numbers_too_big_are_refused(self, store: RunStore) -> None:
        run_id = run(store)
        with pytest.raises(InvalidArgument):
            store.log_metric(m.LogMetric(run_id, "a", 1.0, 5, 2**63))
        assert history(store, run_id, "a") == []

    def test_history_comes_in_the_order_logged_and_in_pages(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_batch(m.LogBatch(run_id, [m.Metric("a", float(at), 0, -at) for at in range(25)]))
        assert history(store, run_id, "a") == [float(at) for at in range(25)]
        values, token = [], ""
        while True:
            page = store.get_metric_history(m.GetMetricHistory(run_id, "a", token, 10))
            values.append(len(page.metrics))
            token = page.next_page_token
            if not token:
                break
        assert values == [10, 10, 5]
        assert history(store, run_id, "unknown") == []
        with pytest.raises(InvalidArgument):
            store.get_metric_history(m.GetMetricHistory(run_id, "a", "x"))

    def test_history_of_several_runs_at_the_same_steps(self, store: RunStore) -> None:
        one, two = run(store), run(store)
        for run_id in (one, two):
            store.log_batch(m.LogBatch(run_id, [m.Metric("a", float(at), at, at) for at in range(100)]))
        request = m.GetMetricHistoryBulkInterval([one, two], "a", 10, 59, 5)
        points = store.get_metric_history_bulk_interval(request).metrics
        assert [(point.run_id, point.step) for point in points if point.run_id == one] == [
            (one, 10), (one, 22), (one, 34), (one, 47), (one, 59),
        ]  # fmt: skip
        assert len(points) == 10
        assert len(store.get_metric_history_bulk_interval(m.GetMetricHistoryBulkInterval([one], "a")).metrics) == 100

    def test_a_param_again(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_param(m.LogParam(run_id, "a", "1"))
        store.log_param(m.LogParam(run_id, "a", "1"))
        with pytest.raises(InvalidArgument, match="'a' is '1', '2' was given"):
            store.log_param(m.LogParam(run_id, "a", "2"))
        store.log_param(m.LogParam(run_id, "a", "2", on_conflict="keep"))
        assert params(store, run_id) == {"a": "1"}
        store.log_param(m.LogParam(run_id, "a", "2", on_conflict="overwrite"))
        assert params(store, run_id) == {"a": "2"}
        with pytest.raises(InvalidArgument, match="expected one of error, overwrite, keep"):
            store.log_param(m.LogParam(run_id, "a", "2", on_conflict="ask"))

    def test_the_conflict_rule_can_be_set(self, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
        run_id = run(store)
        monkeypatch.setenv("MODELWRIGHT_PARAM_CONFLICT", "overwrite")
        store.log_batch(m.LogBatch(run_id, params=[m.Param("a", "1"), m.Param("a", "2")]))
        assert params(store, run_id) == {"a": "2"}

    def test_every_conflict_in_a_batch_is_named_and_nothing_is_kept(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_batch(m.LogBatch(run_id, params=[m.Param("a", "1"), m.Param("b", "1")]))
        batch = m.LogBatch(
            run_id,
            [m.Metric("loss", 1.0, 0)],
            [m.Param("c", "1"), m.Param("a", "2"), m.Param("b", "2")],
            [m.RunTag("t", "1")],
        )
        with pytest.raises(InvalidArgument, match=r"'a' is '1', '2' was given; 'b' is '1'"):
            store.log_batch(batch)
        assert params(store, run_id) == {"a": "1", "b": "1"}
        assert "t" not in tags(store, run_id)
        assert latest(store, run_id) == {}
        with pytest.raises(InvalidArgument):
            store.log_batch(m.LogBatch(run_id, params=[m.Param("d", "1"), m.Param("d", "2")]))
        assert "d" not in params(store, run_id)

    def test_a_batch_with_a_bad_key_leaves_nothing(self, store: RunStore) -> None:
        run_id = run(store)
        batch = m.LogBatch(run_id, [m.Metric("fresh", 1.0, 0), m.Metric("b*d", 1.0, 0)], [m.Param("p", "1")])
        with pytest.raises(InvalidArgument, match=r"holds '\*'"):
            store.log_batch(batch)
        assert get(store, run_id).data == m.RunData(tags=get(store, run_id).data.tags)
        store.log_metric(m.LogMetric(run_id, "fresh", 2.0, 0))
        assert history(store, run_id, "fresh") == [2.0]

    @pytest.mark.parametrize("key", ["", "a*b", "../a", "/a", "a//b", "a/./b", "..", ".", "x" * 251, "a\nb"])
    def test_keys_refused(self, store: RunStore, key: str) -> None:
        run_id = run(store)
        for call in (
            lambda: store.log_metric(m.LogMetric(run_id, key, 1.0, 0)),
            lambda: store.log_param(m.LogParam(run_id, key, "1")),
            lambda: store.set_tag(m.SetTag(run_id, key, "1")),
        ):
            with pytest.raises(InvalidArgument):
                call()

    def test_keys_accepted(self, store: RunStore) -> None:
        run_id = run(store)
        keys = ["a b", "val/loss", "a.b-c_d", "p:q", "ünï", "x" * 250]
        for key in keys:
            store.log_param(m.LogParam(run_id, key, "1"))
        assert set(params(store, run_id)) == set(keys)

    def test_long_and_odd_values(self, store: RunStore) -> None:
        run_id = run(store)
        values = {"long": "x" * 1_000_000, "odd": "a\0b\n'\"", "empty": "", "emoji": "🦦"}
        store.log_batch(m.LogBatch(run_id, params=[m.Param(key, value) for key, value in values.items()]))
        assert params(store, run_id) == values
        with pytest.raises(InvalidArgument, match="log it as an artifact"):
            store.log_param(m.LogParam(run_id, "too", "x" * (2**20 + 1)))
        with pytest.raises(InvalidArgument, match="cannot be stored"):
            store.log_param(m.LogParam(run_id, "half", "\ud800"))

    def test_many_params_at_once(self, store: RunStore) -> None:
        run_id = run(store)
        wanted = {f"p{at}": str(at) for at in range(2500)}
        store.log_batch(m.LogBatch(run_id, params=[m.Param(key, value) for key, value in wanted.items()]))
        store.log_batch(m.LogBatch(run_id, params=[m.Param(key, value) for key, value in wanted.items()]))
        assert params(store, run_id) == wanted

    def test_tags(self, store: RunStore) -> None:
        run_id = run(store)
        store.set_tag(m.SetTag(run_id, "a", "1"))
        store.set_tag(m.SetTag(run_id, "a", "2"))
        assert tags(store, run_id)["a"] == "2"
        store.delete_tag(m.DeleteTag(run_id, "a"))
        assert "a" not in tags(store, run_id)
        with pytest.raises(NotFound):
            store.delete_tag(m.DeleteTag(run_id, "a"))

    def test_model_history(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_model(m.LogModel(run_id, '{"artifact_path": "a"}'))
        store.log_model(m.LogModel(run_id, '{"artifact_path": "b"}'))
        assert tags(store, run_id)["mlflow.log-model.history"] == '[{"artifact_path":"a"},{"artifact_path":"b"}]'
        for bad in ("", "[1]", "x"):
            with pytest.raises(InvalidArgument):
                store.log_model(m.LogModel(run_id, bad))

    def test_datasets(self, store: RunStore) -> None:
        run_id, other = run(store), run(store)
        dataset = m.Dataset("iris", "abc", "local", "{}", '{"a": 1}', None)
        train = m.DatasetInput(dataset, [m.InputTag("mlflow.data.context", "train")])
        test = m.DatasetInput(dataset, [m.InputTag("mlflow.data.context", "eval"), m.InputTag("x", "y")])
        for _ in range(2):
            store.log_inputs(m.LogInputs(run_id, [train, test], [m.ModelInput("m-1")]))
        store.log_inputs(m.LogInputs(other, [m.DatasetInput(dataset)]))
        inputs = get(store, run_id).inputs
        assert inputs.dataset_inputs == [test, train]
        assert inputs.model_inputs == [m.ModelInput("m-1")]
        summaries = store.search_datasets(m.SearchDatasets(["0"])).dataset_summaries
        assert [summary.context for summary in summaries] == [None, "eval", "train"]
        assert found(store, "dataset.name = 'iris' AND dataset.context = 'eval'") == [get(store, run_id).info.run_name]
        assert len(found(store, "datasets.digest LIKE 'a%'")) == 2
        for bad in (m.Dataset("", "a"), m.Dataset("a", "x" * 37)):
            with pytest.raises(InvalidArgument):
                store.log_inputs(m.LogInputs(run_id, [m.DatasetInput(bad)]))

    def test_outputs(self, store: RunStore) -> None:
        run_id = run(store)
        store.log_outputs(m.LogOutputs(run_id, [m.ModelOutput("m-1", 3)]))
        store.log_outputs(m.LogOutputs(run_id, [m.ModelOutput("m-1", 4)]))
        assert get(store, run_id).outputs.model_outputs == [m.ModelOutput("m-1", 4)]


class SearchContract:
    @pytest.fixture
    def runs(self, store: RunStore) -> RunStore:
        """a..d: accuracy 0.9, 0.5, NaN, none; depth 3, 10, x, none; started 1, 2, 3, 4."""
        rows = [("a", 0.9, "3"), ("b", 0.5, "10"), ("c", math.nan, "x"), ("d", None, None)]
        for at, (name, accuracy, depth) in enumerate(rows, 1):
            run_id = run(store, run_name=name, start_time=at, tags=[m.RunTag("team", name.upper())])
            if accuracy is not None:
                store.log_metric(m.LogMetric(run_id, "val accuracy", accuracy, 0))
            if depth:
                store.log_param(m.LogParam(run_id, "depth", depth))
            if name in "ab":
                store.update_run(m.UpdateRun(run_id, "FINISHED", 10 + at))
        return store

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", "dcba"),
            ("metrics.`val accuracy` > 0.5", "a"),
            ("metrics.`val accuracy` >= 0.5", "ba"),
            ("metrics.`val accuracy` != 0.5", "ca"),
            ("metrics.`val accuracy` = nan", "c"),
            ("metrics.`val accuracy` IN (0.5, 0.9)", "ba"),
            ("metrics.`val accuracy` NOT IN (0.5)", "ca"),
            ("metrics.`val accuracy` IS NULL", "d"),
            ("metrics.`val accuracy` IS NOT NULL", "cba"),
            ("NOT metrics.`val accuracy` > 0.5", "dcb"),
            ("params.depth = '3'", "a"),
            ("params.depth != '3'", "cb"),
            ("params.depth != '3' OR params.depth IS NULL", "dcb"),
            ("params.depth < 5", "a"),
            ("params.depth >= 3 and params.depth <= 10.0", "ba"),
            ("params.depth LIKE '1%'", "b"),
            ("params.depth NOT LIKE '1%'", "ca"),
            ("params.depth IN ('3', 'x')", "ca"),
            ("tags.team ILIKE 'a'", "a"),
            ("tags.team LIKE 'a'", ""),
            ("tags.team LIKE '_'", "dcba"),
            ("tag.mlflow.runName = 'c'", "c"),
            ("attributes.status = 'FINISHED'", "ba"),
            ("status != 'FINISHED' AND start_time > 3", "d"),
            ("run_name IN ('a', 'd')", "da"),
            ("end_time IS NULL", "dc"),
            ("NOT end_time > 11", "dca"),
            ("(params.depth = '3' OR params.depth = '10') AND metrics.`val accuracy` < 0.6", "b"),
            ("artifact_uri LIKE '%/artifacts'", "dcba"),
            ("attributes.artifact_uri LIKE 'file://%/0/%'", "dcba"),
            ("experiment_id = '0'", "dcba"),
            ("metrics.unknown > 0", ""),
            ("metrics.unknown IS NULL", "dcba"),
        ],
    )
    def test_filters(self, runs: RunStore, text: str, names: str) -> None:
        assert "".join(found(runs, text)) == names

    @pytest.mark.parametrize(
        ("order", "names"),
        [
            (["metrics.`val accuracy`"], "bacd"),
            (["metrics.`val accuracy` DESC"], "abcd"),
            (["params.depth ASC"], "bacd"),
            (["params.depth DESC"], "cabd"),
            (["start_time"], "abcd"),
            (["attributes.end_time DESC"], "badc"),
            (["status", "run_name DESC"], "badc"),
            (["metrics.unknown", "tags.team"], "abcd"),
        ],
    )
    def test_orders(self, runs: RunStore, order: list[str], names: str) -> None:
        assert "".join(found(runs, order_by=order)) == names
        paged, token = "", ""
        for _ in range(10):
            page = runs.search_runs(m.SearchRuns(["0"], order_by=order, max_results=1, page_token=token))
            paged += "".join(one.info.run_name for one in page.runs)
            token = page.next_page_token
            if not token:
                break
        assert paged == names

    def test_pages_stand_still_while_runs_come_and_go(self, runs: RunStore) -> None:
        first = runs.search_runs(m.SearchRuns(["0"], max_results=2))
        run(runs, run_name="new", start_time=99)
        runs.delete_run(m.DeleteRun(first.runs[0].info.run_id))
        second = runs.search_runs(m.SearchRuns(["0"], max_results=2, page_token=first.next_page_token))
        assert [one.info.run_name for one in second.runs] == ["b", "a"]
        assert second.next_page_token == ""

    def test_a_token_belongs_to_its_search(self, runs: RunStore) -> None:
        token = runs.search_runs(m.SearchRuns(["0"], max_results=2)).next_page_token
        with pytest.raises(InvalidArgument, match="another search"):
            found(runs, "status = 'FINISHED'", page_token=token)
        for bad in ("x", "AAAA", token[:-6]):
            with pytest.raises(InvalidArgument, match="page_token"):
                found(runs, page_token=bad)

    def test_views_and_experiments(self, runs: RunStore) -> None:
        other = experiment(runs)
        run(runs, other, run_name="z", start_time=9)
        gone = run(runs, run_name="gone", start_time=0)
        runs.delete_run(m.DeleteRun(gone))
        assert found(runs, run_view_type="DELETED_ONLY") == ["gone"]
        assert found(runs, run_view_type="ALL") == ["d", "c", "b", "a", "gone"]
        assert found(runs, exps=[other, "0"]) == ["z", "d", "c", "b", "a"]
        assert found(runs, exps=["no", "55"]) == []
        assert runs.search_runs(m.SearchRuns([])).runs == []

    def test_pages_hold_all_that_is_on_a_run(self, runs: RunStore) -> None:
        for one in runs.search_runs(m.SearchRuns(["0"], "run_name != 'c'")).runs:
            assert one == get(runs, one.info.run_id)

    def test_refused(self, runs: RunStore) -> None:
        for fields in ({"max_results": 0}, {"max_results": 50_001}, {"order_by": ["start_time", "start_time DESC"]}):
            with pytest.raises(InvalidArgument):
                found(runs, **fields)
        with pytest.raises(InvalidArgument, match="at position"):
            found(runs, "metrics.a ~ 3")

    def test_long_filters(self, runs: RunStore) -> None:
        assert found(runs, " OR ".join(f"run_name = 'a{at}'" for at in range(1500)) + " OR run_name = 'a'") == ["a"]


class LoggedModelContract:
    def make(self, store: RunStore, name: str = "model", **fields: object) -> m.LoggedModel:
        return store.create_logged_model(m.CreateLoggedModel("0", name, **fields)).model  # type: ignore[arg-type]

    def test_life(self, store: RunStore) -> None:
        model = self.make(
            store,
            model_type="forest",
            source_run_id="r",
            params=[m.LoggedModelParameter("a", "1")],
            tags=[m.LoggedModelTag("t", "1")],
        )
        info = model.info
        assert (info.model_id[:2], len(info.model_id), info.status) == ("m-", 34, "LOGGED_MODEL_PENDING")
        assert info.artifact_uri.endswith(f"/0/models/{info.model_id}/artifacts")
        assert (info.model_type, info.source_run_id, info.experiment_id) == ("forest", "r", "0")
        assert model == store.get_logged_model(m.GetLoggedModel(info.model_id)).model
        ready = store.finalize_logged_model(m.FinalizeLoggedModel(info.model_id, "LOGGED_MODEL_READY")).model
        assert ready.info.status == "LOGGED_MODEL_READY"
        with pytest.raises(InvalidArgument):
            store.finalize_logged_model(m.FinalizeLoggedModel(info.model_id, "DONE"))
        tagged = store.set_logged_model_tags(m.SetLoggedModelTags(info.model_id, [m.LoggedModelTag("t", "2")]))
        assert tagged.model.info.tags == [m.LoggedModelTag("t", "2")]
        store.delete_logged_model_tag(m.DeleteLoggedModelTag(info.model_id, "t"))
        with pytest.raises(NotFound):
            store.delete_logged_model_tag(m.DeleteLoggedModelTag(info.model_id, "t"))
        store.log_logged_model_params(m.LogLoggedModelParams(info.model_id, [m.LoggedModelParameter("b", "2")]))
        read = store.get_logged_model(m.GetLoggedModel(info.model_id)).model
        assert [(param.key, param.value) for param in read.data.params] == [("a", "1"), ("b", "2")]
        store.delete_logged_model(m.DeleteLoggedModel(info.model_id))
        with pytest.raises(NotFound):
            store.get_logged_model(m.GetLoggedModel(info.model_id))

    def test_metrics_of_a_model(self, store: RunStore) -> None:
        model_id, run_id = self.make(store).info.model_id, run(store)
        store.log_metric(m.LogMetric(run_id, "auc", 0.5, 1, 1, model_id=model_id))
        store.log_metric(m.LogMetric(run_id, "auc", 0.7, 1, 2, model_id=model_id))
        store.log_batch(m.LogBatch(run_id, [m.Metric("auc", 0.9, 1, 1, "iris", "d", model_id)]))
        data = store.get_logged_model(m.GetLoggedModel(model_id)).model.data.metrics
        assert {(one.value, one.dataset_name, one.run_id, one.model_id) for one in data} == {
            (0.7, None, run_id, model_id), (0.9, "iris", run_id, model_id),
        }  # fmt: skip
        assert history(store, run_id, "auc") == [0.5, 0.7, 0.9]
        with pytest.raises(NotFound):
            store.log_metric(m.LogMetric(run_id, "auc", 1.0, 1, model_id="m-none"))
        assert history(store, run_id, "auc") == [0.5, 0.7, 0.9]

    def test_search(self, store: RunStore) -> None:
        ids, run_id = {}, run(store)
        for name, auc in (("a", 0.5), ("b", 0.9), ("c", None)):
            model = self.make(store, name, params=[m.LoggedModelParameter("depth", str(len(ids)))])
            ids[name] = model.info.model_id
            if auc is not None:
                store.log_metric(m.LogMetric(run_id, "auc", auc, 1, 1, model_id=ids[name], dataset_name="iris"))

        def names(text: str = "", order: tuple[m.LoggedModelOrder, ...] = (), **fields: object) -> str:
            request = m.SearchLoggedModels(["0"], text, order_by=list(order), **fields)  # type: ignore[arg-type]
            return "".join(model.info.name for model in store.search_logged_models(request).models)

        assert names() == "cba"
        assert names("metrics.auc > 0.6") == "b"
        assert names("params.depth >= 1 AND NOT name = 'c'") == "b"
        assert names(f"model_id = '{ids['a']}'") == "a"
        assert names("tags.x IS NULL", (m.LoggedModelOrder("metrics.auc", ascending=False),)) == "bac"
        assert names("", (m.LoggedModelOrder("name"),)) == "abc"
        assert names("", (m.LoggedModelOrder("metrics.auc", dataset_name="iris"),)) == "abc"
        assert names(datasets=[m.LoggedModelDataset("iris")]) == "ba"
        first = store.search_logged_models(m.SearchLoggedModels(["0"], max_results=2))
        request = m.SearchLoggedModels(["0"], max_results=2, page_token=first.next_page_token)
        assert [model.info.name for model in store.search_logged_models(request).models] == ["a"]

    def test_models_go_with_their_experiment(self, store: RunStore) -> None:
        exp = experiment(store)
        model = store.create_logged_model(m.CreateLoggedModel(exp)).model
        store.delete_experiment(m.DeleteExperiment(exp))
        with pytest.raises(NotFound):
            store.get_logged_model(m.GetLoggedModel(model.info.model_id))
        store.restore_experiment(m.RestoreExperiment(exp))
        assert store.get_logged_model(m.GetLoggedModel(model.info.model_id)).model == model


class RunStoreContract(ExperimentContract, RunContract, ContentsContract, SearchContract, LoggedModelContract):
    """All of it."""
