"""The Spark flavor: a pipeline in Spark's own format, written and read by Spark.

    sparkml/metadata/      one line of JSON: the class, the parameters, the stages
    sparkml/stages/…       the same for each stage, and its numbers as parquet

A single model is saved as a pipeline of one stage. Models of pyspark.ml.connect, which run without a Java process, have
files of their own under the same name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.absent import RETIRED
from ...core.callers import stacklevel
from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...core.settings import AUTOLOG_SPARK_BYTES
from ...models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name, known_class
from . import hazard, session
from .predictor import LocalPredictor, SparkPredictor
from .requirements import CONNECT

_DATA = "sparkml"
_PIPELINE = "pyspark.ml.pipeline.PipelineModel"
_LOCAL = "pyspark.ml.connect."  # models that need no Java process; their files are pickles of PyTorch's


class Spark(Flavor):
    """Spark MLlib models."""

    name = "spark"
    model_arg = "spark_model"
    packages = ("pyspark",)
    version_key = "pyspark_version"
    forms = (Form("Spark ML's own", "sparkml", "no, unless a stage is not Spark's own"),)
    types = ("pyspark:Transformer",)
    names = {
        "get_default_conda_env": "modelwright.flavors.spark.requirements:get_default_conda_env",
        "get_default_pip_requirements": "modelwright.flavors.spark.requirements:get_default_pip_requirements",
    }
    save_order = (
        "mlflow_model", "conda_env", "code_paths", "dfs_tmpdir", "sample_input", "signature", "input_example",
        "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "dfs_tmpdir", "sample_input", "registered_model_name", "signature",
        "input_example", "await_registration_for", "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip
    load_order = ("dfs_tmpdir", "dst_path")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        dfs_tmpdir: str | None = None,
        sample_input: Any = None,
        max_bytes: int | None = None,
    ) -> Saved:
        """Write a fitted pipeline, or a single model or transformer.

        Args:
            model: A pyspark.ml.PipelineModel, Model or Transformer that Spark can write.
            root: Where to.
            dfs_tmpdir: A folder that the driver and all executors share; the model passes through it. Without one, a
                local session writes the model where it belongs, and a cluster's what MODELWRIGHT_DFS_TMP says.
            sample_input: Taken for MLflow's sake; it asked for a copy in the retired MLeap format.
            max_bytes: Refuse a model whose files take more than this many bytes.
        """
        pyspark = require("spark")
        local = _is_local(model)
        if sample_input is not None:
            warnings.warn(f"sample_input is not used: {RETIRED['mleap']}", UserWarning, stacklevel=stacklevel())
        if local:
            model.saveToLocal(str(root / _DATA))
        else:
            model = _pipeline(model)
            session.write(model, root / _DATA, dfs_tmpdir)
        size = sum(path.stat().st_size for path in (root / _DATA).rglob("*") if path.is_file())
        if max_bytes is not None and size > max_bytes:
            raise InvalidArgument(
                f"The model takes {size} bytes, which is more than max_bytes={max_bytes}; autolog takes that number "
                f"from {AUTOLOG_SPARK_BYTES.names[0]}"
            )
        conf = {
            "model_class": class_name(model) if local else _PIPELINE,
            "model_data": _DATA,
            "pyspark_version": pyspark.__version__,
        }
        return Saved(conf, {"data": _DATA}, packages=CONNECT if local else ())

    def load(self, at: Stored, *, dfs_tmpdir: str | None = None) -> Any:
        """Read a pipeline.

        Args:
            at: From where.
            dfs_tmpdir: A folder that the driver and all executors share; on a cluster the model is copied there, and
                stays until the session ends.
        """
        require("spark")
        path = at.path("model_data", _DATA)
        if (name := str(at.conf.get("model_class") or _PIPELINE)).startswith(_LOCAL):
            with self.reading(at, path):
                return known_class(name, inside="pyspark").loadFromLocal(str(path))
        address = session.readable(path, dfs_tmpdir)
        with self.reading(at, path), _said_by_spark():
            return require("spark", "pyspark.ml").PipelineModel.load(address)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return LocalPredictor(model) if _is_local(model) else SparkPredictor(model, at.signature)

    def hazard(self, at: Stored) -> str | None:
        if str(at.conf.get("model_class")).startswith(_LOCAL):
            return "models of pyspark.ml.connect are read by unpickling"
        # The files are data and the classes are Spark's, as long as each of them is looked at and says so.
        return "; ".join(hazard.reasons(at.path("model_data", _DATA))) or None


def _is_local(model: Any) -> bool:
    return any(f"{base.__module__}.".startswith(_LOCAL) for base in type(model).__mro__)


def _pipeline(model: Any) -> Any:
    """The model as a pipeline; InvalidArgument for what Spark cannot write."""
    ml, util = require("spark", "pyspark.ml"), require("spark", "pyspark.ml.util")
    if isinstance(model, ml.Estimator):
        raise InvalidArgument(f"A {class_name(model)} is not fitted; save what its fit() returns")
    if not isinstance(model, ml.Transformer):
        raise InvalidArgument(
            f"Expected a fitted pyspark.ml model, pipeline or transformer, got a {class_name(model)}; other models "
            f"have flavors of their own"
        )
    stages = model.stages if isinstance(model, ml.PipelineModel) else [model]
    lacking = [stage for stage in _inner(stages) if not isinstance(stage, util.MLWritable)]
    lacking += [stage for stage in _inner(stages) if not isinstance(stage, util.MLReadable)]
    if lacking:
        names = ", ".join(dict.fromkeys(map(class_name, lacking)))
        raise InvalidArgument(
            f"Spark can only write and read what is MLWritable and MLReadable, which {names} is not; let the class "
            f"derive from pyspark.ml.util.DefaultParamsWritable and DefaultParamsReadable"
        )
    return model if isinstance(model, ml.PipelineModel) else ml.PipelineModel([model])


def _inner(stages: list[Any]) -> Iterator[Any]:
    for stage in stages:
        yield stage
        yield from _inner(getattr(stage, "stages", None) or [])


@contextmanager
def _said_by_spark() -> Iterator[None]:
    """What went wrong in the Java process, which the error itself only mentions on a later line."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "java_exception"):
            raise ValueError(session.reason(error)) from error
        raise
