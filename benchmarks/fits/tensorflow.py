"""TensorFlow: 10 epochs of a small network, by tf.keras."""

import time

import mlflow
import numpy as np
import tensorflow as tf

mlflow.tensorflow.autolog(silent=True)
tf.keras.utils.set_random_seed(0)
X = np.random.default_rng(0).normal(size=(1024, 20)).astype("float32")
y = X.sum(axis=1)
layers = [tf.keras.Input((20,)), tf.keras.layers.Dense(64, "relu"), tf.keras.layers.Dense(1)]
model = tf.keras.Sequential(layers)
model.compile("adam", "mse", metrics=["mae"])
started = time.perf_counter()
model.fit(X, y, epochs=10, batch_size=64, validation_data=(X[:256], y[:256]), verbose=0)
print(time.perf_counter() - started)
