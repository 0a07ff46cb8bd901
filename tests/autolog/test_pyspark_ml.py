"""What is written down of pyspark.ml: nested stages, searches, scores, and which models are logged."""

from __future__ import annotations

import csv
import io
import json
import logging
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

from autolog.fake import FakeSession, Sessions
from contracts.integration import IntegrationContract
from flavors.local_spark import PANDAS, POOL, assembler, spark, table, vectors
from modelwright.api.autologging import autolog, for_flavor
from modelwright.autolog import engine
from modelwright.autolog.pyspark_ml import allowed
from modelwright.autolog.pyspark_ml.integration import PysparkML
from modelwright.core.errors import InvalidArgument
from modelwright.models.datatypes import SparkMLVector
from modelwright.tracking import where
from modelwright.tracking.client import MlflowClient

pytestmark = pytest.mark.filterwarnings(PANDAS, POOL)


def regression(**options: Any) -> Any:
    spark()
    from pyspark.ml.regression import LinearRegression

    return LinearRegression(**{"maxIter": 1, "solver": "normal", **options})


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    opened = Sessions()
    engine.enable(PysparkML(), {}, opened)
    yield opened
    engine.disable("pyspark.ml")


def one(sessions: Sessions) -> FakeSession:
    (session,) = sessions.written
    assert session.losses == []
    return session


def params(session: FakeSession) -> dict[str, Any]:
    return {name: value for some in session.of("params") for name, value in some.items()}


class TestContract(IntegrationContract):
    integration = PysparkML
    owners = ("pyspark.ml.base", "pyspark.ml.evaluation")

    def train(self) -> Any:
        return regression().fit(vectors())

    def fail(self) -> Any:
        return regression(featuresCol="missing").fit(vectors())

    def test_what_is_trained_pickles_while_on(self, on: Sessions) -> None:
        model = self.train()
        pickle.loads(pickle.dumps(type(model)))
        with pytest.raises(Exception, match="cannot pickle"):  # with or without us: the model is in the Java process
            pickle.dumps(model)


def test_a_single_estimator(sessions: Sessions) -> None:
    model = regression(regParam=0.5).fit(vectors())
    session = one(sessions)
    found = params(session)
    assert (found["regParam"], found["maxIter"], found["featuresCol"]) == (0.5, 1, "features")
    assert session.of("tags") == [
        {"estimator_name": "LinearRegression", "estimator_class": "pyspark.ml.regression.LinearRegression"}
    ]
    assert session.of("artifact") == []
    assert [(context, name) for _, context, name in session.of("dataset")] == [("train", None)]
    ((logged, flavor, path, sample, options),) = session.of("model")
    assert (logged is model, flavor, path) == (True, "spark", "model")
    assert options == {"max_bytes": 2**30}
    assert list(sample.rows.columns) == sample.data.columns == ["features"]
    assert len(sample.rows) == 5
    assert list(sample.rows["features"][1]) == [1.0, 1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how Spark gets along with this pandas, as in a session
        assert len(sample.predict(sample.rows)) == 5


def test_params_of_the_call_count(sessions: Sessions) -> None:
    estimator = regression()
    estimator.fit(vectors(), {estimator.regParam: 0.25})
    assert params(one(sessions))["regParam"] == 0.25
    assert estimator.getRegParam() == 0.0


def test_featurizers_and_lists_of_params_make_no_run(sessions: Sessions, caplog: pytest.LogCaptureFixture) -> None:
    spark()
    from pyspark.ml.feature import StandardScaler

    StandardScaler(inputCol="features", outputCol="scaled").fit(vectors())
    estimator = regression()
    with caplog.at_level(logging.WARNING):
        models = estimator.fit(vectors(), [{estimator.regParam: 0.1}, {estimator.regParam: 0.2}])
    assert len(models) == 2
    assert sessions.written == []
    assert "a fit with a list of 2 param maps is not recorded" in caplog.text


def test_nested_stages_are_named_and_told(sessions: Sessions) -> None:
    from pyspark.ml import Pipeline

    inner = Pipeline(stages=[regression(predictionCol="first")])
    model = Pipeline(stages=[assembler(), inner, regression(regParam=0.5)]).fit(table())
    session = one(sessions)
    found = params(session)
    assert found["stages"] == ["VectorAssembler", "Pipeline_2", "LinearRegression_2"]
    assert found["Pipeline_2.stages"] == ["LinearRegression_1"]
    assert (found["LinearRegression_1.predictionCol"], found["LinearRegression_2.regParam"]) == ("first", 0.5)
    info = json.loads(dict(session.of("artifact"))["estimator_info.json"])
    assert info == {
        "hierarchy": {
            "name": "Pipeline_1",
            "stages": [
                {"name": "VectorAssembler"},
                {"name": "Pipeline_2", "stages": [{"name": "LinearRegression_1"}]},
                {"name": "LinearRegression_2"},
            ],
        }
    }
    ((logged, _, _, sample, _),) = session.of("model")
    assert logged is model
    assert sample.data.columns == ["a", "b"]  # the label is not read when predicting


def test_one_against_the_rest_in_threads(sessions: Sessions) -> None:
    spark()
    from pyspark.ml.classification import LogisticRegression, OneVsRest

    rows = vectors().selectExpr("features", "cast(label % 2 = 0 as double) as label")
    OneVsRest(classifier=LogisticRegression(maxIter=1), parallelism=2).fit(rows)
    session = one(sessions)
    assert params(session)["classifier"] == "LogisticRegression"
    assert params(session)["LogisticRegression.maxIter"] == 1
    info = json.loads(dict(session.of("artifact"))["estimator_info.json"])
    assert info["hierarchy"] == {"name": "OneVsRest", "classifier": {"name": "LogisticRegression"}}


def search(kind: str) -> Any:
    estimator = regression()
    from pyspark.ml import tuning
    from pyspark.ml.evaluation import RegressionEvaluator

    grid = tuning.ParamGridBuilder().addGrid(estimator.regParam, [5.0, 0.0]).build()
    options = {"numFolds": 2} if kind == "CrossValidator" else {"trainRatio": 0.5}
    return getattr(tuning, kind)(
        estimator=estimator, evaluator=RegressionEvaluator(), estimatorParamMaps=grid, seed=3, parallelism=2, **options
    )


@pytest.mark.parametrize("kind", ["CrossValidator", "TrainValidationSplit"])
def test_a_search_has_a_run_for_each_candidate(sessions: Sessions, kind: str) -> None:
    model = search(kind).fit(vectors())
    session = one(sessions)
    scores = list(model.avgMetrics if kind == "CrossValidator" else model.validationMetrics)
    metric = "avg_rmse" if kind == "CrossValidator" else "rmse"
    children = session.of("child")
    assert [child[1]["regParam"] for child in children] == [5.0, 0.0]
    assert [child[2][metric] for child in children] == scores
    assert {child[0]["estimator_name"] for child in children} == {"LinearRegression"}
    files = dict(session.of("artifact"))
    assert json.loads(files["best_parameters.json"]) == {"LinearRegression.regParam": 0.0}
    table = list(csv.DictReader(io.StringIO(files["search_results.csv"])))
    assert [row["params"] for row in table] == [
        '{"LinearRegression.regParam": 5.0}',
        '{"LinearRegression.regParam": 0.0}',
    ]
    assert [float(row["param.LinearRegression.regParam"]) for row in table] == [5.0, 0.0]
    assert [float(row[metric]) for row in table] == scores
    found = params(session)
    assert found["best_LinearRegression.regParam"] == 0.0
    assert (found["estimator"], found["evaluator"]) == ("LinearRegression", "RegressionEvaluator")
    assert found["RegressionEvaluator.metricName"] == "rmse"
    assert not {"estimatorParamMaps", "LinearRegression.regParam"} & set(found)
    info = json.loads(files["estimator_info.json"])
    assert info["hierarchy"]["tuned_estimator"] == {"name": "LinearRegression"}
    assert info[kind]["tuning_parameter_map_list"][0] == {"LinearRegression.regParam": 5.0}
    assert info[kind]["tuned_estimator_parameter_map"]["LinearRegression.maxIter"] == 1
    assert [entry[2] for entry in session.of("model")] == ["model", "best_model"]


def test_scores_reach_the_run_of_their_model(sessions: Sessions) -> None:
    spark()
    from pyspark.ml.evaluation import RegressionEvaluator

    model = regression().fit(vectors())
    held_out = vectors().limit(4)
    predicted = model.transform(held_out)
    evaluator = RegressionEvaluator()
    value = evaluator.evaluate(predicted)
    evaluator.evaluate(predicted, {evaluator.metricName: "mae"})
    evaluator.evaluate(vectors().selectExpr("label", "label as prediction"))  # nobody's prediction
    (first, second) = one(sessions).of("score")
    assert first[:2] == ("rmse_held_out", value)
    assert first[2]["evaluator_class"] == "pyspark.ml.evaluation.RegressionEvaluator"
    assert first[2]["params"]["metricName"] == "rmse"
    assert (second[0], second[2]["params"]["metricName"]) == ("mae_held_out", "mae")


def test_scores_can_be_left_out() -> None:
    opened = Sessions()
    engine.enable(PysparkML(), {"log_post_training_metrics": False, "log_models": False}, opened)
    from pyspark.ml.evaluation import RegressionEvaluator

    RegressionEvaluator().evaluate(regression().fit(vectors()).transform(vectors()))
    assert one(opened).of("score") == one(opened).of("model") == []


def test_the_list_of_classes_is_followed_into_pipelines(tmp_path: Path) -> None:
    spark()
    from pyspark.ml import PipelineModel

    linear = regression().fit(vectors())
    both = PipelineModel([assembler(), linear])
    assert allowed.lacking(both, allowed.names({})) == []
    assert allowed.lacking(both, frozenset({"pyspark.ml.pipeline.*"})) == [
        "pyspark.ml.regression.LinearRegressionModel"
    ]
    assert allowed.lacking(both, frozenset({"pyspark.ml.*"})) == []
    assert allowed.names({"log_model_allowlist": [" a.B "]}) == {"a.B"}
    assert len(allowed.DEFAULT) == 47


def test_a_list_in_a_file(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list.txt").write_text("# mine\n\npyspark.ml.recommendation.ALSModel\n")
    for file in (str(tmp_path / "list.txt"), f"file://{tmp_path}/list.txt"):
        monkeypatch.setattr(allowed, "_configured", lambda file=file: file)
        assert allowed.names({}) == {"pyspark.ml.recommendation.ALSModel"}
    model = regression().fit(vectors())
    (session,) = sessions.written
    assert session.of("model") == []
    assert "LinearRegressionModel not on the list of classes" in session.losses[0]
    assert "was not recorded: pyspark.ml.regression.LinearRegressionModel" in caplog.text
    monkeypatch.setattr(allowed, "_configured", lambda: str(tmp_path / "missing.txt"))
    assert allowed.lacking(model, allowed.names({})) == []
    assert "missing.txt" in caplog.text


@pytest.fixture
def client(tmp_path: Path) -> Iterator[MlflowClient]:
    where.set_tracking_uri(str(tmp_path / "runs"))
    yield MlflowClient()
    autolog(disable=True)


def test_a_run_holds_it_all(client: MlflowClient) -> None:
    spark()
    from pyspark.ml.evaluation import RegressionEvaluator

    for_flavor("pyspark.ml")(log_input_examples=True, extra_tags={"team": "blue"})
    data = vectors()
    model = regression().fit(data)
    RegressionEvaluator().evaluate(model.transform(data))
    (run,) = client.search_runs(["0"])
    assert run.data.params["maxIter"] == "1"
    assert list(run.data.metrics) == ["rmse_data"]
    assert (run.data.tags["mlflow.autologging"], run.data.tags["team"]) == ("pyspark.ml", "blue")
    assert run.data.tags["autolog.status"] == "ok", run.data.tags.get("autolog.reason")
    train, evaluated = run.inputs.dataset_inputs
    assert json.loads(train.dataset.profile) == {"approx_count": 12}
    assert [tag.value for tag in (*train.tags, *evaluated.tags)] == ["train", "eval"]
    info = json.loads(Path(client.download_artifacts(run.info.run_id, "metric_info.json")).read_text())
    assert info["rmse_data"]["params"]["labelCol"] == "label"
    import modelwright

    loaded = modelwright.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert isinstance(loaded.metadata.signature.inputs.inputs[0].type, SparkMLVector)
    assert loaded.metadata.signature.outputs.to_dict() == [{"type": "double", "required": True}]
    assert len(loaded.predict(loaded.input_example)) == 5


def test_a_large_model_is_named_in_the_outcome(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_AUTOLOG_SPARK_BYTES", "100")
    for_flavor("pyspark.ml")(silent=True)
    regression().fit(vectors())
    (run,) = client.search_runs(["0"])
    assert run.data.tags["autolog.status"] == "partial"
    assert (
        "which is more than max_bytes=100; autolog takes that number from MODELWRIGHT_AUTOLOG_SPARK_BYTES"
        in (run.data.tags["autolog.reason"])
    )
    assert client.list_artifacts(run.info.run_id) == []


def test_the_public_function(client: MlflowClient) -> None:
    import modelwright

    assert modelwright.pyspark.ml.autolog is __import__("modelwright.pyspark.ml", fromlist=["autolog"]).autolog
    with pytest.raises(InvalidArgument, match="expected a list of class names"):
        modelwright.pyspark.ml.autolog(log_model_allowlist="pyspark.ml.*")
    modelwright.autolog(exclude_flavors=["pyspark.ml"])
    assert "pyspark.ml" not in engine.enabled()
    modelwright.autolog()
    assert "pyspark.ml" in engine.enabled()
    modelwright.pyspark.ml.autolog(disable=True)
    assert "pyspark.ml" not in engine.enabled()
