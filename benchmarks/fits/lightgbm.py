"""LightGBM: 100 rounds with a held-out set."""

import time

import lightgbm
import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

mlflow.lightgbm.autolog(silent=True)
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=42)
train = lightgbm.Dataset(X_train, y_train)
held_out = lightgbm.Dataset(X_test, y_test, reference=train)
settings = {"objective": "binary", "metric": ["binary_logloss", "auc"], "num_threads": 1, "verbose": -1}
started = time.perf_counter()
lightgbm.train(settings, train, 100, valid_sets=[held_out])
print(time.perf_counter() - started)
