"""Transformers pipelines: logging with options, loading in two forms, predicting, and what users get wrong."""

import os

import mlflow
import mlflow.transformers
import pandas as pd
from facts import fact

from flavors import tiny_hf as tiny

CAT, DOG = "the cat sat on the mat", "a dog ran"
P = ["transformers", "torch"]
GREEDY = {"do_sample": False, "max_new_tokens": 4}
words = tiny.tokenizer()
classifier = tiny.pipe(
    "text-classification", tiny.labelled("BertForSequenceClassification", "good", "bad"), tokenizer=words
)
generator = tiny.pipe("text-generation", tiny.gpt2(), tokenizer=tiny.plain_tokenizer())


def told(frame):
    return frame.round(5).to_dict("records")


def tree(folder):
    return sorted(os.path.relpath(os.path.join(at, f), folder) for at, _, files in os.walk(folder) for f in files)


with mlflow.start_run() as run:
    info = mlflow.transformers.log_model(classifier, "m", input_example=CAT, metadata={"a": 1}, pip_requirements=P)
    fact("flavor", lambda: {k: v for k, v in info.flavors["transformers"].items() if k != "transformers_version"})
    fact("pyfunc keys", lambda: sorted(set(info.flavors["python_function"]) - {"python_version"}))
    fact("signature", lambda: info.signature.to_dict())
    fact("metadata", lambda: info.metadata)
    fact(
        "by position",
        lambda: mlflow.transformers.log_model(
            classifier, "pos", None, "text-classification", None, None, None, None, "tr", None, None, 0, P
        ).flavors["transformers"]["task"],
    )
    parts = {"model": classifier.model, "tokenizer": words}
    fact(
        "components",
        lambda: mlflow.transformers.log_model(parts, "parts", task="text-classification", pip_requirements=P).flavors[
            "transformers"
        ]["components"],
    )
    made = mlflow.transformers.log_model(
        generator, "gen", model_config=dict(GREEDY), prompt_template="hello {prompt} :", pip_requirements=P
    )
    fact("template", lambda: made.metadata)
    fact("config", lambda: mlflow.pyfunc.load_model(made.model_uri).model_config)
    fact("processor", lambda: sorted(mlflow.transformers.log_model(
        classifier, "proc", processor=words, pip_requirements=P).flavors))  # fmt: skip
    fact("half", lambda: mlflow.transformers.log_model(
        classifier, "half", torch_dtype="torch.float16", pip_requirements=P).flavors["transformers"]["torch_dtype"])  # fmt: skip
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.transformers.load_model(f"{base}/m")))
fact("task", lambda: mlflow.transformers.load_model(f"{base}/m").task)
fact("as components", lambda: sorted(
    set(mlflow.transformers.load_model(f"{base}/m", return_type="components")) - {"framework"}))  # fmt: skip
fact("half loaded", lambda: str(mlflow.transformers.load_model(f"{base}/half").model.dtype))
fact("registered", lambda: mlflow.transformers.load_model("models:/tr/1")(CAT)[0]["label"])
fact("wrong form", lambda: mlflow.transformers.load_model(f"{base}/m", return_type="model"))
model = mlflow.pyfunc.load_model(f"{base}/m")
fact("one text", lambda: told(model.predict(CAT)))
fact("texts", lambda: told(model.predict([CAT, DOG])))
fact("frame", lambda: told(model.predict(pd.DataFrame([CAT, DOG]))))
fact("number", lambda: model.predict(5))
fact("raw", lambda: type(model.get_raw_model()))
fact("generated", lambda: mlflow.pyfunc.load_model(made.model_uri).predict([CAT, DOG]))
fact("example", lambda: model.input_example)
fact("serving", lambda: info.signature.inputs.to_dict())
fact("save", lambda: mlflow.transformers.save_model(classifier, "saved", pip_requirements=P))
fact("files", lambda: tree("saved"))
fact("again", lambda: mlflow.transformers.save_model(classifier, "saved", pip_requirements=P))
fact("no model", lambda: mlflow.transformers.save_model(5, "five", pip_requirements=P))
fact("no key", lambda: mlflow.transformers.save_model({"tokenizer": words}, "key", pip_requirements=P))
fact("odd key", lambda: mlflow.transformers.save_model({**parts, "x": 1}, "odd", pip_requirements=P))
fact("no task", lambda: mlflow.transformers.save_model("folder", "folder_model", pip_requirements=P))
fact("no places", lambda: mlflow.transformers.save_model(generator, "t", prompt_template="x", pip_requirements=P))
fact("unfit task", lambda: mlflow.transformers.save_model(classifier, "c", task="llm/v1/chat", pip_requirements=P))
fact("unfit template", lambda: mlflow.transformers.save_model(
    classifier, "u", prompt_template="{prompt}", pip_requirements=P))  # fmt: skip
fact("output", lambda: told(mlflow.transformers.generate_signature_output(classifier, [CAT])))
fact("output of no pipeline", lambda: mlflow.transformers.generate_signature_output(classifier.model, [CAT]))
fact("chat", lambda: mlflow.transformers.save_model(generator, "llm", task="llm/v1/completions",
    model_config=dict(GREEDY), pip_requirements=P))  # fmt: skip
reply = mlflow.pyfunc.load_model("llm").predict({"prompt": CAT})[0]
fact("completion", lambda: {k: v for k, v in reply.items() if k not in ("id", "created")})
fact("gpu", lambda: mlflow.transformers.is_gpu_available())
fact("flavor name", lambda: mlflow.transformers.FLAVOR_NAME)
