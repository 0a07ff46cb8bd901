"""Spark MLlib: pipelines and single models, vectors in and out, and what in their files may run code."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import subprocess
import sys
import threading
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pyspark = pytest.importorskip("pyspark")

import modelwright
from contracts.flavor import FlavorContract, same
from flavors.local_spark import PANDAS, POOL, ROWS, assembler, pipeline, spark, vectors
from modelwright.core.errors import CorruptModel, InvalidArgument, SchemaMismatch, UntrustedModel
from modelwright.flavors.spark import hazard, session
from modelwright.models import load, manifest
from modelwright.models.save import save_model
from modelwright.models.signature import infer_signature

pytestmark = [
    pytest.mark.filterwarnings(PANDAS, POOL),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),  # how Spark 4.3 makes frames of pandas 3
]


class TestPipeline(FlavorContract):
    name, imports = "spark", "pyspark"

    def model(self):
        return pipeline()

    def example(self):
        return ROWS.head(3)

    def predictions(self, model, data):
        return [row.prediction for row in model.transform(spark().createDataFrame(data)).collect()]


@cache
def regression():
    spark()
    from pyspark.ml.regression import LinearRegression

    return LinearRegression(maxIter=2, solver="normal").fit(vectors())


def saved(model, path, **options):
    options = {"pip_requirements": [], "verify": False, **options}
    return save_model(load.flavor("spark"), model, path, **options)


def made(model, column="prediction", data=None):
    return [row[0] for row in model.transform(vectors() if data is None else data).select(column).collect()]


def test_a_single_model_becomes_a_pipeline_of_one(tmp_path):
    meta = saved(regression(), tmp_path / "m")
    assert meta.flavors["spark"] == {
        "model_class": "pyspark.ml.pipeline.PipelineModel",
        "model_data": "sparkml",
        "pyspark_version": pyspark.__version__,
        "code": None,
    }
    assert meta.flavors["python_function"]["data"] == "sparkml"
    loaded = load.load_model(load.flavor("spark"), tmp_path / "m")
    assert [type(stage) for stage in loaded.stages] == [type(regression())]
    assert made(loaded) == made(regression())


def test_vectors_go_in_as_lists_and_come_out_as_lists(tmp_path):
    from pyspark.ml.classification import LogisticRegression

    rows = vectors().selectExpr("features", "double(label > 5) as label")
    model = LogisticRegression(maxIter=2, predictionCol="", probabilityCol="prediction").fit(rows)
    signature = infer_signature(rows.select("features"), model.transform(rows).select("prediction"))
    saved(model, tmp_path / "m", signature=signature)
    wanted = [list(vector) for vector in made(model, data=rows)][:2]
    lists = pd.DataFrame({"features": [[0.0, 0.0], [1, 1]]})
    scored = load.load_pyfunc(tmp_path / "m")
    assert scored.predict(lists) == wanted
    assert scored.predict(pd.DataFrame({"features": [np.zeros(2), np.ones(2, dtype="float32")]})) == wanted
    assert scored.predict(rows.limit(2)) == wanted
    assert lists["features"][1] == [1, 1]  # the caller's frame is as it was
    with pytest.raises(SchemaMismatch, match="must be SparkML vector"):
        scored.predict(pd.DataFrame({"features": [1.0, 2.0]}))


def test_without_a_signature_lists_are_features_all_the_same(tmp_path):
    saved(regression(), tmp_path / "m")
    scored = load.load_pyfunc(tmp_path / "m")
    assert scored.predict(pd.DataFrame({"features": [[0.0, 0.0], [1.0, 1.0]]})) == made(regression())[:2]
    assert scored.predict(vectors().limit(2)) == made(regression())[:2]
    assert scored.predict([{"features": [1.0, 1.0]}]) == made(regression())[1:2]
    with pytest.raises(InvalidArgument, match="takes a pandas or a Spark frame, got str"):
        scored.predict("features")


def test_frames_whose_values_tell_no_type(tmp_path):
    from pyspark.ml import PipelineModel
    from pyspark.ml.feature import Bucketizer

    model = PipelineModel(
        [Bucketizer(splits=[0.0, 5.0, 99.0], inputCol="a", outputCol="prediction", handleInvalid="keep")]
    )
    saved(model, tmp_path / "m", input_example=pd.DataFrame({"a": [1.0, 7.0]}), verify=None)
    scored = load.load_pyfunc(tmp_path / "m")
    assert scored.predict(pd.DataFrame({"a": [1.0, 7.0]})) == [0.0, 1.0]
    assert scored.predict(pd.DataFrame({"a": []})) == []
    own = [None, None] if pyspark.__version__ >= "4" else [2.0, 2.0]  # Spark 3 keeps NaN, Spark 4 makes it null
    assert scored.predict(pd.DataFrame({"a": [None, None]})) == own


def test_a_pipeline_that_ends_in_a_transformer_answers_its_output(tmp_path):
    from pyspark.ml import PipelineModel

    model = PipelineModel([assembler()])
    saved(model, tmp_path / "m", input_example=ROWS.head(2), verify=None)
    assert [list(vector) for vector in load.load_pyfunc(tmp_path / "m").predict(ROWS.head(2))] == [
        [0.0, 0.0],
        [1.0, 1.0],
    ]
    assert model.stages[0].getOutputCol() == "features"  # MLflow renames it in the user's own model
    nameless = regression().copy({regression().predictionCol: "answer"})
    saved(nameless, tmp_path / "n")
    with pytest.raises(InvalidArgument, match=r"makes no column 'prediction'; it makes features, answer\. Set"):
        load.load_pyfunc(tmp_path / "n").predict(vectors().select("features"))


def test_what_cannot_be_saved_is_named(tmp_path):
    from pyspark.ml import Transformer
    from pyspark.ml.regression import LinearRegression

    class Mine(Transformer):
        def _transform(self, dataset):
            return dataset

    with pytest.raises(InvalidArgument, match="LinearRegression is not fitted; save what its fit"):
        saved(LinearRegression(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"Expected a fitted pyspark\.ml model, .* got a builtins\.dict"):
        saved({}, tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"which [\w.]+\.Mine is not; let the class"):
        saved(Mine(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match=r"The model takes \d+ bytes, which is more than max_bytes=10"):
        saved(regression(), tmp_path / "m", max_bytes=10)
    assert not list(tmp_path.iterdir())
    with pytest.warns(UserWarning, match="sample_input is not used: the mleap flavor is retired"):
        saved(regression(), tmp_path / "m", sample_input=vectors())


def test_a_folder_that_the_executors_share(tmp_path, monkeypatch):
    saved(regression(), tmp_path / "m", dfs_tmpdir=f"file:{tmp_path}/shared")
    assert not list((tmp_path / "shared").iterdir())  # it passed through
    loaded = load.load_model(load.flavor("spark"), tmp_path / "m", dfs_tmpdir=str(tmp_path / "shared"))
    assert made(loaded) == made(regression())
    assert len(list((tmp_path / "shared").iterdir())) == 1  # Spark may still read from it
    monkeypatch.setenv("MODELWRIGHT_DFS_TMP", str(tmp_path / "set"))
    monkeypatch.setattr(session, "current", lambda: Elsewhere(spark()))
    saved(regression(), tmp_path / "n")
    assert made(load.load_model(load.flavor("spark"), tmp_path / "n")) == made(regression())
    assert len(list((tmp_path / "set").iterdir())) == 1


class Elsewhere:
    """The session of a cluster, as far as the flavor asks."""

    def __init__(self, real):
        self._jvm = real._jvm
        self.sparkContext = SimpleNamespace(master="yarn", _jsc=real.sparkContext._jsc)


def test_a_relative_path(isolated):
    saved(regression(), "m")
    assert made(load.load_model(load.flavor("spark"), "m")) == made(regression())


def test_names_that_mean_something_to_hadoop(tmp_path):
    path = tmp_path / "a b,{c}[0]*"
    path.mkdir()
    saved(regression(), path / "m")
    assert made(load.load_model(load.flavor("spark"), path / "m")) == made(regression())


def test_the_users_session_is_used_as_it_is():
    before = dict(spark().sparkContext.getConf().getAll())
    assert session.current() is spark()
    found = []
    thread = threading.Thread(target=lambda: found.append(session.current()))
    thread.start()
    thread.join()
    assert found[0].sparkContext is spark().sparkContext
    assert dict(spark().sparkContext.getConf().getAll()) == before


def test_a_session_is_started_where_there_is_none(tmp_path):
    saved(regression(), tmp_path / "m")
    script = f"""
import warnings; warnings.simplefilter("ignore")
import pandas, modelwright
model = modelwright.pyfunc.load_model({str(tmp_path / "m")!r})
print(model.predict(pandas.DataFrame({{"features": [[1.0, 1.0]]}})))
from pyspark import SparkContext
print(SparkContext.getOrCreate().master)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [str(made(regression())[1:2]), "local[1]"], done.stderr[-2000:]


HELPER = """
from pyspark.ml import Transformer
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable

class Doubled(Transformer, HasInputCol, HasOutputCol, DefaultParamsReadable, DefaultParamsWritable):
    def _transform(self, dataset):
        return dataset.withColumn(self.getOutputCol(), dataset[self.getInputCol()] * 2)
"""


def test_a_transformer_of_ones_own_travels_in_code_paths(tmp_path):
    (tmp_path / "doubling_stage.py").write_text(HELPER)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        stage = import_module("doubling_stage").Doubled()
    stage.set(stage.inputCol, "a")
    stage.set(stage.outputCol, "prediction")
    saved(stage, tmp_path / "m", code_paths=[tmp_path / "doubling_stage.py"])
    del sys.modules["doubling_stage"]
    assert load.hazards(tmp_path / "m")[0] == "its stage doubling_stage.Doubled is not Spark's own"
    assert load.load_pyfunc(tmp_path / "m").predict(ROWS.head(2)) == [0.0, 2.0]
    assert "doubling_stage" not in sys.modules
    with pytest.raises(UntrustedModel, match=r"stage doubling_stage\.Doubled"):
        load.load_pyfunc(tmp_path / "m", trust=False)


def test_every_model_of_sparks_own_is_data(tmp_path):
    from pyspark.ml import Pipeline
    from pyspark.ml.classification import LogisticRegression, OneVsRest, RandomForestClassifier
    from pyspark.ml.evaluation import RegressionEvaluator
    from pyspark.ml.feature import RFormula
    from pyspark.ml.regression import LinearRegression
    from pyspark.ml.tuning import ParamGridBuilder, TrainValidationSplit

    rows = vectors().selectExpr("features", "label", "string(label > 5) as kind", "double(label > 5) as one")
    estimator = LinearRegression(maxIter=1, solver="normal", predictionCol="p4")
    grid = ParamGridBuilder().addGrid(estimator.regParam, [0.0]).build()
    stages = [
        RFormula(formula="kind ~ label", featuresCol="f2", labelCol="l2"),
        OneVsRest(classifier=LogisticRegression(maxIter=1), labelCol="one", predictionCol="p2"),
        RandomForestClassifier(
            numTrees=1, maxDepth=1, labelCol="one", predictionCol="p3", probabilityCol="p3p", rawPredictionCol="p3r"
        ),
        TrainValidationSplit(
            estimator=estimator, estimatorParamMaps=grid, evaluator=RegressionEvaluator(predictionCol="p4"), seed=1
        ),
    ]
    saved(Pipeline(stages=stages).fit(rows), tmp_path / "m")
    assert load.hazards(tmp_path / "m") == []
    assert len(load.load_model(load.flavor("spark"), tmp_path / "m", trust=False).stages) == 4


def stage_of(root, number=0):
    (file,) = sorted((root / "sparkml" / "stages").iterdir())[number].glob("metadata/part-*")
    return file


EVIL = {
    '"class":"java.lang.Runtime"': "its stage java.lang.Runtime is not Spark's own",
    '"class":"pyspark.ml.connect.classification.LogisticRegressionModel"': "LogisticRegressionModel is not Spark's own",
    '"class":"org.apache.spark.ml.feature.SQLTransformer"': "SQLTransformer runs SQL of its own",
    '"class":"org.apache.spark.ml.r.PipelineWrapper"': "is not Spark's own",
    '"class":["org.apache.spark.ml.PipelineModel"]': "is not Spark's own",
    '"class":"a","class":"b"': "is no JSON that can be checked",
    '"class":"org.apache.spark.ml.PipelineModel","paramMap":{"stageUids":["../../x"]}': "names the place '../../x'",
    '"class":"org.apache.spark.ml.PipelineModel","paramMap":{"stageUids":[".."]}': "names the place '..'",
    '"class":"org.apache.spark.ml.tuning.CrossValidator","paramMap":{"estimatorParamMaps":'
    '[[{"value":"/tmp","isJson":"false"}]]}': "names the place '/tmp'",
}


@pytest.mark.parametrize("text", EVIL)
def test_what_may_run_code_is_a_hazard(text, tmp_path):
    saved(regression(), tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    stage_of(tmp_path / "m").write_text("{" + text + "}\n")
    (reason,) = load.hazards(tmp_path / "m")
    assert EVIL[text] in reason
    with pytest.raises(UntrustedModel):
        load.load_pyfunc(tmp_path / "m")


def test_what_cannot_be_checked_is_a_hazard(tmp_path):
    saved(regression(), tmp_path / "m")
    root = tmp_path / "m" / "sparkml"
    assert hazard.reasons(root) == []
    metadata = stage_of(tmp_path / "m")
    (data,) = root.rglob("*.parquet")
    body = data.read_bytes()
    for path, content, reason in [
        (metadata.with_name("part-00001.gz"), b"", "part-00001.gz' cannot be checked"),
        (metadata.with_name("part-00002"), b"\xff", "is no JSON that can be checked"),
        (root / "more", b"text", "its 'more' cannot be checked"),
        (data, body[:-1] + b"E", "cannot be checked"),  # an encrypted footer
        (data, body.replace(b"ml.linalg.VectorUDT", b"ml.linalg.Runtime!!"), "holds columns of class"),
    ]:
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        assert any(reason in found for found in hazard.reasons(root)), (path, hazard.reasons(root))
        path.unlink() if before is None else path.write_bytes(before)
    (root / "link").symlink_to(tmp_path)
    assert hazard.reasons(root) == ["'link' leads elsewhere"]


def test_a_corrupt_file_is_one_error(tmp_path):
    saved(regression(), tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    for file in (tmp_path / "m").rglob("*.parquet*"):
        file.unlink()
    with pytest.raises(
        CorruptModel, match=r"Spark MLlib [\d.]+ cannot read '.*sparkml', written by [\d.]+: \w+"
    ) as error:
        load.load_pyfunc(tmp_path / "m", trust=True)
    assert "\n" not in str(error.value)
    assert "Py4JJavaError" not in str(error.value)


def test_a_model_without_a_java_process(tmp_path):
    """pyspark.ml.connect computes with pandas and scikit-learn."""
    pytest.importorskip("grpc_status", reason="pyspark.ml.connect needs it")
    from pyspark.ml.connect.feature import StandardScaler

    rows = pd.DataFrame({"features": [[1.0, 2.0], [3.0, 5.0]]})
    model = StandardScaler(inputCol="features", outputCol="prediction").fit(rows)
    saved(model, tmp_path / "m")
    same(list(load.load_pyfunc(tmp_path / "m").predict(rows)), list(model.transform(rows.copy())["prediction"]))
    assert list(rows.columns) == ["features"]


def test_how_models_of_connect_are_kept(tmp_path, monkeypatch):
    class Kept:
        def saveToLocal(self, path):
            Path(path).mkdir()
            Path(path, "metadata.json").write_text("{}")

        @classmethod
        def loadFromLocal(cls, path):
            assert Path(path, "metadata.json").exists()
            return cls()

        def transform(self, frame):
            frame["prediction"] = frame["a"] * 2
            return frame

    Kept.__module__, Kept.__qualname__ = "pyspark.ml.connect.kept", "Kept"
    monkeypatch.setitem(sys.modules, Kept.__module__, SimpleNamespace(Kept=Kept))
    meta = saved(Kept(), tmp_path / "m")
    assert meta.flavors["spark"]["model_class"] == "pyspark.ml.connect.kept.Kept"
    assert load.hazards(tmp_path / "m") == ["models of pyspark.ml.connect are read by unpickling"]
    rows = ROWS.head(2)
    assert list(load.load_pyfunc(tmp_path / "m").predict(rows)) == [0.0, 2.0]
    assert list(rows.columns) == ["a", "b"]
    assert isinstance(load.load_model(load.flavor("spark"), tmp_path / "m"), Kept)
    assert any("torch" in line for line in modelwright.spark.get_default_pip_requirements(True))


def test_the_public_module():
    assert modelwright.spark.get_default_pip_requirements() == [f"pyspark=={pyspark.__version__}"]
    assert modelwright.spark.get_default_conda_env()["dependencies"][-1]["pip"][-1].startswith("pyspark==")
    assert modelwright.spark.__all__.count("get_default_conda_env") == 1
    assert modelwright.spark.FLAVOR_NAME == "spark"
