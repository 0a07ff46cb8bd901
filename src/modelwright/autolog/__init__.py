"""The table of autolog integrations: name to "module:Class", imported when first turned on."""

from __future__ import annotations

INTEGRATIONS: dict[str, str] = {
    "sklearn": "modelwright.autolog.sklearn:Sklearn",
    "xgboost": "modelwright.autolog.xgboost:XGBoost",
    "fastai": "modelwright.autolog.fastai:Fastai",
    "paddle": "modelwright.autolog.paddle:Paddle",
    "transformers": "modelwright.autolog.transformers:Transformers",
    "spark": "modelwright.autolog.spark:Spark",
    "pyspark.ml": "modelwright.autolog.pyspark_ml.integration:PysparkML",
    "pytorch": "modelwright.autolog.pytorch:PyTorch",
    "lightgbm": "modelwright.autolog.lightgbm:LightGBM",
    "catboost": "modelwright.autolog.catboost:CatBoost",
    "statsmodels": "modelwright.autolog.statsmodels:Statsmodels",
    "pmdarima": "modelwright.autolog.pmdarima:Pmdarima",
    "prophet": "modelwright.autolog.prophet:Prophet",
    "tensorflow": "modelwright.autolog.tensorflow:TensorFlow",
    "keras": "modelwright.autolog.keras:Keras",  # after tensorflow: where both are on, the later one records
}
