"""Data sets as runs record them (`mlflow.data` and its modules)."""
# Made by tools/stubs.py.

from modelwright.api import data as _dataset
from modelwright.api import data as _dataset_source
from modelwright.api import data as _delta_dataset_source
from modelwright.api import data as _numpy_dataset
from modelwright.api import data as _pandas_dataset
from modelwright.api import data as _spark_dataset
from modelwright.api import data as _spark_dataset_source
from modelwright.api import data as _tensorflow_dataset
from modelwright.tracking.dataset_sources import DatasetSource as DatasetSource
from modelwright.tracking.dataset_sources import DeltaDatasetSource as DeltaDatasetSource
from modelwright.tracking.dataset_sources import SparkDatasetSource as SparkDatasetSource
from modelwright.tracking.dataset_sources import register_dataset_source as register_dataset_source
from modelwright.tracking.datasets import Dataset as Dataset
from modelwright.tracking.datasets import NumpyDataset as NumpyDataset
from modelwright.tracking.datasets import PandasDataset as PandasDataset
from modelwright.tracking.datasets import PolarsDataset as PolarsDataset
from modelwright.tracking.datasets import from_numpy as from_numpy
from modelwright.tracking.datasets import from_pandas as from_pandas
from modelwright.tracking.datasets import from_polars as from_polars
from modelwright.tracking.datasets import get_source as get_source
from modelwright.tracking.spark_datasets import SparkDataset as SparkDataset
from modelwright.tracking.spark_datasets import from_spark as from_spark
from modelwright.tracking.spark_datasets import load_delta as load_delta
from modelwright.tracking.tensorflow_datasets import TensorFlowDataset as TensorFlowDataset
from modelwright.tracking.tensorflow_datasets import from_tensorflow as from_tensorflow

dataset = _dataset
dataset_source = _dataset_source
delta_dataset_source = _delta_dataset_source
numpy_dataset = _numpy_dataset
pandas_dataset = _pandas_dataset
spark_dataset = _spark_dataset
spark_dataset_source = _spark_dataset_source
tensorflow_dataset = _tensorflow_dataset
