"""scikit-learn models: save, log, load, every keyword."""

import json
import os

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
from facts import fact
from mlflow.models import infer_signature
from mlflow.models.signature import ModelSignature
from mlflow.sklearn import load_model, log_model, save_model
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True, as_frame=True)
X_np = X.to_numpy()
model = LogisticRegression(max_iter=500).fit(X, y)
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_np, y)
signature = infer_signature(X, model.predict(X))
P = ["scikit-learn"]

fact("save_model", lambda: save_model(model, "saved", pip_requirements=P))
fact("save files", lambda: sorted(os.listdir("saved")))
fact("save twice", lambda: save_model(model, "saved", pip_requirements=P))
fact("load", lambda: load_model("saved").predict(X[:3]))
fact("load keyword", lambda: mlflow.sklearn.load_model(model_uri="saved", dst_path="copy").predict(X[:3]))
fact("copied", lambda: os.path.isdir("copy"))
fact("load file", lambda: load_model("file://" + os.path.abspath("saved")).predict(X[:3]))
fact("load missing", lambda: load_model("nowhere"))
fact("pyfunc", lambda: mlflow.pyfunc.load_model("saved").predict(X[:3]))
fact("pyfunc numpy", lambda: mlflow.pyfunc.load_model("saved").predict(X_np[:3]))
fact(
    "pickle",
    lambda: save_model(
        model,
        "pickled",
        conda_env=None,
        code_paths=None,
        mlflow_model=None,
        serialization_format="pickle",
        pip_requirements=P,
    ),
)
fact(
    "cloudpickle",
    lambda: save_model(
        model, "cloud", serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE, pip_requirements=P
    ),
)
fact("bad format", lambda: save_model(model, "bad", serialization_format="json"))
fact("formats", lambda: [mlflow.sklearn.SUPPORTED_SERIALIZATION_FORMATS, mlflow.sklearn.FLAVOR_NAME])
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.sklearn.get_default_pip_requirements()])
fact("default conda", lambda: sorted(mlflow.sklearn.get_default_conda_env()))
fact(
    "default conda name",
    lambda: [mlflow.sklearn.get_default_conda_env()["name"], mlflow.sklearn.get_default_conda_env()["channels"]],
)
fact(
    "conda",
    lambda: save_model(
        model,
        "conda",
        conda_env={
            "name": "e",
            "channels": ["conda-forge"],
            "dependencies": ["python=3.11", {"pip": ["scikit-learn", "pandas"]}],
        },
    ),
)
fact("conda reqs", lambda: open("conda/requirements.txt").read().split())
fact(
    "extra",
    lambda: [
        save_model(model, "extra", extra_pip_requirements=["rich"]),
        "rich" in open("extra/requirements.txt").read(),
    ][1],
)
fact("both", lambda: save_model(model, "both", pip_requirements=P, extra_pip_requirements=["rich"]))
fact("conda and pip", lambda: save_model(model, "both2", pip_requirements=P, conda_env={"dependencies": []}))
fact("predict_fn", lambda: save_model(model, "proba", pyfunc_predict_fn="predict_proba", pip_requirements=P))
fact("proba", lambda: mlflow.pyfunc.load_model("proba").predict(X[:2]))
fact("bad predict_fn", lambda: save_model(model, "badfn", pyfunc_predict_fn="nope", pip_requirements=P))
fact(
    "metadata",
    lambda: [
        save_model(model, "meta", metadata={"a": 1}, pip_requirements=P),
        mlflow.models.Model.load("meta").metadata,
    ][1],
)
fact("not a model", lambda: save_model("text", "text", pip_requirements=P))
fact(
    "unfitted",
    lambda: [save_model(LogisticRegression(), "unfitted", pip_requirements=P), type(load_model("unfitted"))][1],
)

with mlflow.start_run() as run:
    info = log_model(model, "model", signature=signature, input_example=X[:2], pip_requirements=P)
    fact("info type", lambda: type(info))
    fact(
        "info uri",
        lambda: [
            info.model_uri.startswith("runs:/"),
            info.model_uri.endswith("/model"),
            info.artifact_path,
            info.run_id == run.info.run_id,
        ],
    )
    fact("info flavors", lambda: sorted(info.flavors))
    fact("info flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("info signature", lambda: info.signature.to_dict())
    fact("info signature dict", lambda: info.signature_dict)
    fact("info example", lambda: info.saved_input_example_info)
    fact("info version", lambda: info.mlflow_version)
    fact("info uuid", lambda: type(info.model_uuid))
    fact("info time", lambda: type(info.utc_time_created))
    fact("info registered", lambda: info.registered_model_version)
    fact("info metadata", lambda: info.metadata)
    fact(
        "keywords",
        lambda: type(
            mlflow.sklearn.log_model(
                sk_model=pipeline,
                artifact_path="pipeline",
                pip_requirements=P,
                signature=None,
                input_example=None,
                await_registration_for=0,
                metadata={"x": 2},
                code_paths=None,
                conda_env=None,
                registered_model_name=None,
                serialization_format="cloudpickle",
                extra_pip_requirements=None,
                pyfunc_predict_fn="predict",
            )
        ),
    )
    fact("same path", lambda: log_model(model, "model", pip_requirements=P).artifact_path)
    fact(
        "registered",
        lambda: log_model(model, "reg", registered_model_name="iris", pip_requirements=P).registered_model_version,
    )
    fact("nested path", lambda: log_model(model, "deep/er", pip_requirements=P).artifact_path)
    fact(
        "example numpy",
        lambda: log_model(pipeline, "np", input_example=X_np[:2], pip_requirements=P).signature.to_dict(),
    )
    fact(
        "example infers",
        lambda: log_model(model, "inferred", input_example=X[:2], pip_requirements=P).signature.to_dict(),
    )
    fact("no signature", lambda: log_model(model, "nosig", pip_requirements=P).signature)
    fact(
        "signature off",
        lambda: log_model(model, "sigoff", signature=False, input_example=X[:2], pip_requirements=P).signature,
    )
    fact("unknown keyword", lambda: log_model(model, "m", nope=1))
fact(
    "history tag",
    lambda: [sorted(m) for m in json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.log-model.history"])][:1],
)
fact("history length", lambda: len(json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.log-model.history"])))
loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
fact("loaded", lambda: type(loaded))
fact("predict", lambda: loaded.predict(X[:3]))
fact("predict missing column", lambda: loaded.predict(X.iloc[:2, :3]))
fact("native", lambda: type(mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")))
fact("from artifact uri", lambda: type(mlflow.sklearn.load_model(run.info.artifact_uri + "/model")))
full = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/np")
fact(
    "metadata obj", lambda: [type(full.metadata), full.metadata.artifact_path, full.metadata.run_id == run.info.run_id]
)
fact("repr", lambda: [line.strip().split(":")[0] for line in repr(full).splitlines()])
fact("unwrap", lambda: type(full.unwrap_python_model()))
fact("get_raw_model", lambda: type(full.get_raw_model()))
fact("_model_impl", lambda: type(full._model_impl.sklearn_model))
fact(
    "input schema", lambda: str(loaded.metadata.get_input_schema() and loaded.metadata.get_input_schema().input_names())
)
fact("schema repr", lambda: repr(info.signature.inputs))
fact("signature repr", lambda: repr(info.signature))
fact("signature equal", lambda: info.signature == signature)
fact("signature class", lambda: isinstance(info.signature, ModelSignature))
fact("deps", lambda: open(mlflow.pyfunc.get_model_dependencies(info.model_uri)).read().split())
fact("deps conda", lambda: os.path.basename(mlflow.pyfunc.get_model_dependencies(info.model_uri, format="conda")))
fact("deps bad", lambda: mlflow.pyfunc.get_model_dependencies(info.model_uri, format="x"))
meta = mlflow.models.Model.load(info.model_uri)
fact("Model", lambda: [type(meta), sorted(meta.flavors), meta.artifact_path, meta.run_id == run.info.run_id])
fact(
    "Model example", lambda: meta.load_input_example(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/np"))
)
fact("get_model_info", lambda: sorted(mlflow.models.get_model_info(info.model_uri).flavors))
fact("get_model_info saved", lambda: mlflow.models.get_model_info("saved").signature)
fact("get_model_info missing", lambda: mlflow.models.get_model_info("nowhere"))
fact("load bad run", lambda: mlflow.sklearn.load_model("runs:/" + "0" * 32 + "/model"))
fact("load bad path", lambda: mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/zzz"))
fact("load bad uri", lambda: mlflow.sklearn.load_model("models:/zzz/1"))
fact("load wrong flavor", lambda: mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model"))
fact("load None", lambda: mlflow.sklearn.load_model(None))
fact(
    "set_signature",
    lambda: [
        mlflow.models.set_signature(f"runs:/{run.info.run_id}/nosig", signature),
        mlflow.models.get_model_info(f"runs:/{run.info.run_id}/nosig").signature == signature,
    ][1],
)
fact("set_signature bad", lambda: mlflow.models.set_signature("models:/iris/1", signature))
fact(
    "set_signature local",
    lambda: [
        mlflow.models.set_signature("saved", signature),
        mlflow.models.get_model_info("saved").signature is not None,
    ][1],
)
fact("add_flavor", lambda: hasattr(meta, "add_flavor"))
fact("series target", lambda: infer_signature(X, y).outputs.to_dict())
fact("implicit run", lambda: log_model(model, "implicit", pip_requirements=P).model_uri)
fact("implicit active", lambda: mlflow.active_run() is not None)
mlflow.end_run()
fact("predict dict", lambda: loaded.predict({"a": 1}))
fact("predict list", lambda: mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/np").predict(X_np[:2].tolist()))
fact("predict float32", lambda: loaded.predict(X[:2].astype("float32")))
fact("predict extra column", lambda: loaded.predict(X[:2].assign(extra=1)))
fact("predict reordered", lambda: loaded.predict(X[X.columns[::-1]][:2]))
fact("predict text", lambda: loaded.predict(X[:2].astype(str)))
fact("predict series dict", lambda: loaded.predict(X.iloc[0].to_dict()))
