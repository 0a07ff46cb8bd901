"""spaCy pipelines: logging, loading, scoring those with a text categorizer."""

import os

import mlflow
import mlflow.spacy
import pandas as pd
import spacy
from facts import fact
from mlflow.models import infer_signature
from spacy.training import Example

texts = pd.DataFrame({"text": ["good and fine", "bad and poor"]})
spacy.util.fix_random_seed(0)
nlp = spacy.blank("xx")
nlp.add_pipe("textcat")
taught = [("good fine", {"GOOD": 1.0, "BAD": 0.0}), ("bad poor", {"GOOD": 0.0, "BAD": 1.0})]
examples = [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in taught]
optimizer = nlp.initialize(lambda: examples)
for _ in range(3):
    nlp.update(examples, sgd=optimizer)
plain = spacy.blank("en")
plain.add_pipe("sentencizer")
P = ["spacy"]


def rounded(frame):
    return [{name: round(value, 4) for name, value in cats.items()} for cats in frame["predictions"]]


with mlflow.start_run() as run:
    info = mlflow.spacy.log_model(nlp, "nlp", input_example=texts, pip_requirements=P)
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("data", lambda: info.flavors["spacy"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.spacy.log_model(nlp, "pos", None, None, "sp", infer_signature(texts), None, P).flavors.keys(),
    )
    fact("plain", lambda: sorted(mlflow.spacy.log_model(plain, "plain", pip_requirements=P).flavors))
    fact("unknown option", lambda: mlflow.spacy.log_model(nlp, "option", pip_requirements=P, nonsense=1))
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.spacy.load_model(f"{base}/nlp")))
fact("native pipes", lambda: mlflow.spacy.load_model(f"{base}/nlp").pipe_names)
fact("registered", lambda: mlflow.spacy.load_model("models:/sp/1").pipe_names)
fact("plain native", lambda: [len(list(mlflow.spacy.load_model(f"{base}/plain")("A. B.").sents))])
fact("plain pyfunc", lambda: mlflow.pyfunc.load_model(f"{base}/plain"))
model = mlflow.pyfunc.load_model(f"{base}/nlp")
fact("scores", lambda: rounded(model.predict(texts)))
fact("index", lambda: list(model.predict(texts.set_axis([5, 6])).index))
fact("two columns", lambda: mlflow.pyfunc.load_model(f"{base}/pos").predict(texts.assign(more="x"))["predictions"].size)
fact("raw", lambda: type(model.get_raw_model()))
fact("save", lambda: mlflow.spacy.save_model(nlp, "saved", pip_requirements=P))
fact("files", lambda: sorted(os.listdir("saved")))
fact("two columns, no signature", lambda: mlflow.pyfunc.load_model("saved").predict(texts.assign(more="x")))
fact("not a pipeline", lambda: mlflow.spacy.save_model("text", "text", pip_requirements=P))
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.spacy.get_default_pip_requirements()])
fact("flavor name", lambda: mlflow.spacy.FLAVOR_NAME)
