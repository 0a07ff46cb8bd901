"""statsmodels: least squares."""

import time

import mlflow
import numpy as np
import pandas as pd
import statsmodels.api as sm

mlflow.statsmodels.autolog(silent=True)
random = np.random.default_rng(0)
X = pd.DataFrame(random.normal(size=(2000, 10))).add_prefix("x")
y = X.sum(axis=1) + random.normal(size=2000)
started = time.perf_counter()
sm.OLS(y, sm.add_constant(X)).fit()
print(time.perf_counter() - started)
