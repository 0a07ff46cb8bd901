"""Keras 3 on TensorFlow: 10 epochs of a small network."""

import time

import keras
import mlflow
import mlflow.keras
import numpy as np

mlflow.keras.autolog(silent=True)
keras.utils.set_random_seed(0)
X = np.random.default_rng(0).normal(size=(1024, 20)).astype("float32")
y = X.sum(axis=1)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
started = time.perf_counter()
model.fit(X, y, epochs=10, batch_size=64, validation_data=(X[:256], y[:256]), verbose=0)
print(time.perf_counter() - started)
