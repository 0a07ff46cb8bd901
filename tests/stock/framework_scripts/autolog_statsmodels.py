"""Autologging of statsmodels."""

import mlflow
import mlflow.statsmodels
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from facts import fact

random = np.random.default_rng(0)
X = pd.DataFrame(random.normal(size=(50, 2)), columns=["a", "b"])
y = X["a"] * 2 + random.normal(size=50)
binary = (y > 0).astype(int)
client = mlflow.MlflowClient()


def show(label, run_id):
    run = client.get_run(run_id)
    fact(f"{label}: params", lambda: {k: v for k, v in run.data.params.items() if "inspect._empty" not in v})
    fact(f"{label}: metrics", lambda: {k: round(v, 6) for k, v in sorted(run.data.metrics.items())})
    fact(f"{label}: tags", lambda: sorted(run.data.tags))
    fact(f"{label}: files", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
    fact(f"{label}: model files", lambda: sorted(f.path for f in client.list_artifacts(run_id, "model")))
    fact(f"{label}: inputs", lambda: len(run.inputs.dataset_inputs))


mlflow.statsmodels.autolog()
fits = {
    "ols": lambda: sm.OLS(y, X).fit(),
    "qr": lambda: sm.OLS(y, X).fit("qr", cov_type="HC1"),
    "formula": lambda: smf.ols("y ~ a + b", X.assign(y=y)).fit(),
    "glm": lambda: sm.GLM(binary, X, family=sm.families.Binomial()).fit(disp=0),
    "logit": lambda: sm.Logit(binary, X).fit(disp=0),
    "robust": lambda: sm.RLM(y, X).fit(),
    "arima": lambda: sm.tsa.ARIMA(y, order=(1, 0, 0)).fit(),
    "autoregression": lambda: sm.tsa.AutoReg(y, 1).fit(),
    "smoothing": lambda: sm.tsa.ExponentialSmoothing(y + 20, trend="add").fit(),
    "vector": lambda: sm.tsa.VAR(X).fit(1),
    "hazard": lambda: sm.PHReg(np.exp(y), X).fit(),
}
for label, fit in fits.items():
    with mlflow.start_run() as run:
        fact(f"{label}: result", lambda fit=fit: type(fit()))
    show(label, run.info.run_id)
base = f"runs:/{run.info.run_id}"
sm.OLS(y, X).fit()
last = mlflow.last_active_run().info.run_id
show("implicit", last)
fact("ended", lambda: mlflow.active_run())
fact("signature", lambda: mlflow.models.get_model_info(f"runs:/{last}/model").signature)
fact("loads", lambda: mlflow.pyfunc.load_model(f"runs:/{last}/model").predict(X.head(2)).round(6))
fact(
    "summary",
    lambda: [
        line.split()[0]
        for line in mlflow.artifacts.load_text(f"runs:/{last}/model_summary.txt").splitlines()
        if line and "=" not in line and "Date" not in line and "Time" not in line
    ],
)
count = len(mlflow.search_runs())
sm.OLS(y, X).fit_regularized()
fact("regularized", lambda: len(mlflow.search_runs()) - count)
with mlflow.start_run() as run:
    fact("fails", lambda: sm.OLS(y, X).fit("guess"))
show("failed", run.info.run_id)
mlflow.statsmodels.autolog(registered_model_name="auto_sm", extra_tags={"a": "b"})
sm.OLS(y, X).fit()
show("registered", mlflow.last_active_run().info.run_id)
fact("versions", lambda: [v.version for v in client.search_model_versions("name='auto_sm'")])
fact("extra tag", lambda: mlflow.last_active_run().data.tags["a"])
mlflow.statsmodels.autolog(log_models=False, log_datasets=False)
sm.OLS(y, X).fit()
show("without models", mlflow.last_active_run().info.run_id)
mlflow.statsmodels.autolog(exclusive=True)
with mlflow.start_run() as run:
    sm.OLS(y, X).fit()
fact("exclusive", lambda: client.get_run(run.info.run_id).data.params)
mlflow.statsmodels.autolog(disable=True)
count = len(mlflow.search_runs())
sm.OLS(y, X).fit()
fact("disabled", lambda: len(mlflow.search_runs()) - count)
fact("bad keyword", lambda: mlflow.statsmodels.autolog(nope=True))
