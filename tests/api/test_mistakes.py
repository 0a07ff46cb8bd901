"""Arguments of the wrong kind: one error that says what was given and what was expected, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import modelwright as mw
from modelwright.core.errors import InvalidArgument


def client_batch(**given: Any) -> None:
    with mw.start_run() as run:
        mw.MlflowClient().log_batch(run.info.run_id, **given)


CALLS: list[tuple[Callable[[], Any], str]] = [
    (lambda: mw.log_params([1]), r"params got \[1\] of type list; expected a dictionary"),
    (lambda: mw.set_tags("x"), "tags got 'x' of type str; expected a dictionary"),
    (lambda: mw.set_experiment_tags([1]), "tags got .* expected a dictionary"),
    (lambda: mw.log_metrics([1]), "metrics got .* expected a dictionary"),
    (lambda: mw.start_run(tags=[1]), "tags got .* expected a dictionary"),
    (lambda: mw.create_experiment("e", tags=[1]), "tags got .* expected a dictionary"),
    (lambda: mw.log_input(3), "3 of type int is no data set; make one with"),
    (lambda: mw.log_artifact(3), "3 of type int is no path; give"),
    (lambda: mw.log_artifacts(3), "3 of type int is no path; give"),
    (lambda: mw.data.from_pandas([1]), r"\[1\] of type list is no DataFrame; give"),
    (lambda: client_batch(metrics=[("a", 1)]), r"metrics= holds \('a', 1\) of type tuple; expected .*Metric\("),
    (lambda: client_batch(params=[("a", 1)]), r"params= holds .*Param\("),
    (lambda: client_batch(tags=["a"]), r"tags= holds 'a' .*RunTag\("),
    (lambda: mw.search_runs(max_results=-1), "max_results=-1; expected"),
    (lambda: mw.search_experiments(max_results="a"), "max_results='a'; expected"),
    (lambda: mw.sklearn.autolog(max_tuning_runs="a"), "max_tuning_runs='a'; expected a whole number"),
    (lambda: mw.xgboost.autolog(importance_types=["foo"]), r"importance_types=\['foo'\]; expected .*total_cover"),
    (lambda: mw.xgboost.autolog(importance_types="gain"), "importance_types='gain'; expected a list"),
    (lambda: mw.sklearn.log_model(None, "n"), "sk_model=None; expected a scikit-learn model"),
    (lambda: mw.xgboost.save_model(None, "n"), "xgb_model=None; expected an XGBoost model"),
    (lambda: mw.pyfunc.load_model(None), "not None of type NoneType; give runs:/"),
    (lambda: mw.pyfunc.load_model("model:/a/1"), "did you mean 'models:/a/1'"),
]


@pytest.mark.parametrize(("call", "said"), CALLS, ids=[said[:40] for _, said in CALLS])
def test_one_error_names_what_was_given_and_what_was_expected(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: mw.log_image("x", "x.png"), "got 'x' of type str; use log_artifact"),
        (lambda: mw.log_figure(3, "x.png"), "got 3 of type int; use log_artifact"),
    ],
)
def test_where_mlflow_raises_a_type_error_so_do_we(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        call()


@pytest.mark.parametrize("file", ["a.json", "a.yaml"])
def test_a_dictionary_that_cannot_be_written_is_not_half_written(file: str) -> None:
    circle: list[Any] = []
    circle.append(circle)
    for given, said in (
        ({"a": [1, {"b": object()}]}, r"\['a'\]\[1\]\['b'\] is of type object; give"),
        ({"a": {(1, 2): 3}}, r"\['a'\] has the key \(1, 2\) of type tuple; give"),
        ({"a": circle}, r"\['a'\]\[0\] holds itself; give"),
    ):
        with mw.start_run() as run:
            with pytest.raises(InvalidArgument, match=said):
                mw.log_dict(given, file)
            assert mw.MlflowClient().list_artifacts(run.info.run_id) == []


def test_what_has_a_text_of_its_own_is_written_as_that(tmp_path: Any) -> None:
    with mw.start_run():
        mw.log_dict({"path": tmp_path}, "a.json")
        assert mw.artifacts.load_dict(mw.get_artifact_uri("a.json")) == {"path": str(tmp_path)}
