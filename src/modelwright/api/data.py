"""Data sets as runs record them (`mlflow.data` and its modules)."""

from __future__ import annotations

from ..core import lazy

_DATASETS = ("Dataset", "PandasDataset", "PolarsDataset", "NumpyDataset", "from_pandas", "from_polars", "from_numpy",
             "get_source")  # fmt: skip
_SPARK = ("SparkDataset", "from_spark", "load_delta")
_TENSORFLOW = ("TensorFlowDataset", "from_tensorflow")
_SOURCES = ("DatasetSource", "DeltaDatasetSource", "SparkDatasetSource", "register_dataset_source")
NAMES = {
    **{name: f"modelwright.tracking.datasets:{name}" for name in _DATASETS},
    **{name: f"modelwright.tracking.spark_datasets:{name}" for name in _SPARK},
    **{name: f"modelwright.tracking.tensorflow_datasets:{name}" for name in _TENSORFLOW},
    **{name: f"modelwright.tracking.dataset_sources:{name}" for name in _SOURCES},
    **dict.fromkeys(
        (
            "dataset",
            "dataset_source",
            "delta_dataset_source",
            "numpy_dataset",
            "pandas_dataset",
            "spark_dataset",
            "spark_dataset_source",
            "tensorflow_dataset",
        ),
        "modelwright.api.data",
    ),
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)
