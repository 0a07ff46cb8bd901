"""Keras models of both flavors: logging, loading, scoring, and the errors one meets."""

import keras
import mlflow
import mlflow.keras
import mlflow.tensorflow
import numpy as np
import pandas as pd
import tensorflow as tf
from facts import fact
from mlflow.models import infer_signature

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
P = ["tensorflow"]
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
signature = infer_signature(X, X[:, :1])
with mlflow.start_run() as run:
    info = mlflow.keras.log_model(model, "k", signature=signature, pip_requirements=P)
    fact("keras keys", lambda: {k: sorted(set(v) - {"code"}) for k, v in info.flavors.items()})
    fact("backend", lambda: info.flavors["keras"]["keras_backend"])
    fact("keras signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.keras.log_model(model, "p", False, None, signature, None, None, 10, P).flavors["keras"]["data"],
    )
    info = mlflow.tensorflow.log_model(model, "t", input_example=X[:2], pip_requirements=P, metadata={"k": "v"})
    fact("tensorflow keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("tensorflow facts", lambda: [info.flavors["tensorflow"][k] for k in ("model_type", "save_format", "data")])
    fact("inferred", lambda: info.signature.to_dict())
    fact("metadata", lambda: info.metadata)
    h5 = mlflow.tensorflow.log_model(
        model, "h5", keras_model_kwargs={"save_format": "h5"}, signature=signature, pip_requirements=P
    )
    fact("h5", lambda: h5.flavors["tensorflow"]["save_format"])
base = f"runs:/{run.info.run_id}"
for name in ("k", "t", "h5"):
    loaded = mlflow.pyfunc.load_model(f"{base}/{name}")
    fact(f"{name}: array", lambda loaded=loaded: loaded.predict(X).round(4))
    fact(f"{name}: frame", lambda loaded=loaded: type(loaded.predict(pd.DataFrame(X))))
    fact(f"{name}: list", lambda loaded=loaded: loaded.predict(X[:2].tolist()))
    fact(f"{name}: wrong width", lambda loaded=loaded: loaded.predict(X[:, :2]))
    fact(f"{name}: raw", lambda loaded=loaded: type(loaded.get_raw_model()))
fact("native keras", lambda: type(mlflow.keras.load_model(f"{base}/k")))
fact("native tensorflow", lambda: mlflow.tensorflow.load_model(f"{base}/t").predict(X, verbose=0).round(4))
fact("native h5", lambda: type(mlflow.tensorflow.load_model(f"{base}/h5", keras_model_kwargs={"compile": False})))
client = mlflow.MlflowClient()
fact("keras files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "k/data")))
fact("tensorflow files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "t/data")))
fact("h5 files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "h5/data")))
frame = pd.DataFrame(X)
fact("columns", lambda: mlflow.keras.save_model(model, "a", signature=infer_signature(frame), pip_requirements=P))
fact("tf columns", lambda: mlflow.tensorflow.save_model(model, "b", input_example=frame, pip_requirements=P))
fact("no model", lambda: mlflow.tensorflow.save_model({}, "c", pip_requirements=P))
fact("other flavor", lambda: mlflow.sklearn.load_model(f"{base}/k"))
mlflow.tensorflow.save_model(model, "plain", pip_requirements=P)
plain = mlflow.pyfunc.load_model("plain")
fact("plain frame", lambda: plain.predict(pd.DataFrame(X, index=list("abcdef"))))
fact("plain text", lambda: plain.predict("text"))


class Scale(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        return x * 2


mlflow.tensorflow.save_model(Scale(), "module", signature=signature, pip_requirements=P)
fact("module", lambda: mlflow.pyfunc.load_model("module").predict(X[:2]))
fact("module native", lambda: mlflow.tensorflow.load_model("module")(tf.constant(X[:1])).numpy())
mlflow.tensorflow.save_model(Scale(), "module2", pip_requirements=P)
fact("module frame", lambda: mlflow.pyfunc.load_model("module2").predict(frame))
fact("requirements", lambda: [r.split("==")[0] for r in mlflow.keras.get_default_pip_requirements()])
data = mlflow.data.from_tensorflow(tf.data.Dataset.from_tensor_slices((X, X[:, 0])).batch(4))
fact("data set", lambda: {k: v for k, v in data.to_dict().items() if k != "source"})
tensors = mlflow.data.from_tensorflow(tf.constant(X), targets=tf.constant(X[:, 0]), name="mine")
fact("tensors", lambda: {k: v for k, v in tensors.to_dict().items() if k != "source"})
