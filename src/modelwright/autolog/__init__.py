"""The table of autolog integrations: name to "module:Class", imported when first turned on."""

from __future__ import annotations

INTEGRATIONS: dict[str, str] = {
    "sklearn": "modelwright.autolog.sklearn:Sklearn",
    "xgboost": "modelwright.autolog.xgboost:XGBoost",
    "pytorch": "modelwright.autolog.pytorch:PyTorch",
    "lightgbm": "modelwright.autolog.lightgbm:LightGBM",
    "catboost": "modelwright.autolog.catboost:CatBoost",
    "prophet": "modelwright.autolog.prophet:Prophet",
}
