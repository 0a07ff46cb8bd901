"""Sentence Transformers: logging, loading, vectors."""

import os

import mlflow
import mlflow.sentence_transformers
import numpy as np
from facts import fact

from flavors import tiny_hf as tiny

CAT, DOG = "the cat sat on the mat", "a dog ran"
P = ["sentence-transformers"]
model = tiny.sentences()

with mlflow.start_run() as run:
    info = mlflow.sentence_transformers.log_model(model, "m", pip_requirements=P)
    own = info.flavors["sentence_transformers"]
    fact("flavor", lambda: {k: v for k, v in own.items() if k != "sentence_transformers_version"})
    fact("data", lambda: info.flavors["python_function"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.sentence_transformers.log_model(model, "pos", None, None, None, "st", False, None, 0, P).flavors,
    )
    fact("task", lambda: mlflow.sentence_transformers.log_model(
        model, "task", task="llm/v1/embeddings", pip_requirements=P).metadata)  # fmt: skip
    fact("odd task", lambda: mlflow.sentence_transformers.log_model(model, "odd", task="chat", pip_requirements=P))
    fact("no model", lambda: mlflow.sentence_transformers.log_model("text", "text", pip_requirements=P))
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.sentence_transformers.load_model(f"{base}/m")))
fact("vectors", lambda: np.round(mlflow.sentence_transformers.load_model(f"{base}/m").encode([CAT, DOG]), 4).tolist())
fact("registered", lambda: mlflow.sentence_transformers.load_model("models:/st/1").max_seq_length)
unsigned = mlflow.pyfunc.load_model(f"{base}/pos")
fact("scored", lambda: np.round(unsigned.predict([CAT, DOG]), 4).tolist())
fact("scored text", lambda: unsigned.predict(CAT).shape)
fact("params without a signature", lambda: unsigned.predict([CAT], params={"normalize_embeddings": True}).shape)
fact("signed", lambda: mlflow.pyfunc.load_model(f"{base}/m").predict([CAT]).shape)
fact("raw", lambda: type(unsigned.get_raw_model()))
fact("save", lambda: mlflow.sentence_transformers.save_model(
    model, "saved", inference_config={"batch_size": 2}, pip_requirements=P))  # fmt: skip
fact("files", lambda: sorted(os.listdir("saved")))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.sentence_transformers.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.sentence_transformers.FLAVOR_NAME)
