"""Spark MLlib: pipelines and single models, vectors in and out, and what in their files may run code."""

from __future__ import annotations

import pytest

pytest.importorskip("pyspark")

from contracts.flavor import FlavorContract
from flavors.local_spark import PANDAS, ROWS, pipeline, spark

pytestmark = pytest.mark.filterwarnings(PANDAS)


class TestPipeline(FlavorContract):
    name, imports = "spark", "pyspark"

    def model(self):
        return pipeline()

    def example(self):
        return ROWS.head(3)

    def predictions(self, model, data):
        return [row.prediction for row in model.transform(spark().createDataFrame(data)).collect()]
