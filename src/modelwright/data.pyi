"""Data sets as runs record them (`mlflow.data` and its modules)."""
# Made by tools/stubs.py.

from modelwright.api import data as _dataset
from modelwright.api import data as _dataset_source
from modelwright.api import data as _numpy_dataset
from modelwright.api import data as _pandas_dataset
from modelwright.tracking.dataset_sources import DatasetSource as DatasetSource
from modelwright.tracking.dataset_sources import register_dataset_source as register_dataset_source
from modelwright.tracking.datasets import Dataset as Dataset
from modelwright.tracking.datasets import NumpyDataset as NumpyDataset
from modelwright.tracking.datasets import PandasDataset as PandasDataset
from modelwright.tracking.datasets import PolarsDataset as PolarsDataset
from modelwright.tracking.datasets import from_numpy as from_numpy
from modelwright.tracking.datasets import from_pandas as from_pandas
from modelwright.tracking.datasets import from_polars as from_polars
from modelwright.tracking.datasets import get_source as get_source

dataset = _dataset
dataset_source = _dataset_source
numpy_dataset = _numpy_dataset
pandas_dataset = _pandas_dataset
