"""PaddlePaddle: 10 epochs of a small network, by its high-level API."""

import time
import warnings

import mlflow
import numpy as np

warnings.simplefilter("ignore")
import paddle

mlflow.paddle.autolog(silent=True)
paddle.seed(0)
X = np.random.default_rng(0).normal(size=(1024, 20)).astype("float32")
pairs = [(row, row.sum(keepdims=True)) for row in X]
network = paddle.nn.Sequential(paddle.nn.Linear(20, 64), paddle.nn.ReLU(), paddle.nn.Linear(64, 1))
model = paddle.Model(network, [paddle.static.InputSpec([None, 20], "float32", "x")])
model.prepare(paddle.optimizer.Adam(parameters=model.parameters()), paddle.nn.MSELoss())
started = time.perf_counter()
model.fit(pairs, pairs[:256], batch_size=64, epochs=10, verbose=0)
print(time.perf_counter() - started)
