"""Models of fastai, saved, logged, loaded and scored."""

import warnings

import mlflow
import mlflow.fastai
import numpy as np
import pandas as pd
from facts import fact

warnings.simplefilter("ignore")
from fastai.tabular.all import (  # noqa: E402
    Categorify,
    CategoryBlock,
    Normalize,
    TabularDataLoaders,
    accuracy,
    set_seed,
    tabular_learner,
)

rng = np.random.default_rng(0)
rows = pd.DataFrame({"a": rng.normal(size=40), "b": rng.normal(size=40), "kind": ["x", "y"] * 20})
table = rows.assign(target=np.where(rows["a"] > 0, "yes", "no"))
client = mlflow.MlflowClient()

set_seed(0, reproducible=False)
loaders = TabularDataLoaders.from_df(
    table, procs=[Categorify, Normalize], cat_names=["kind"], cont_names=["a", "b"], y_names="target",
    y_block=CategoryBlock(), valid_idx=list(range(32, 40)), bs=16,
)  # fmt: skip
learner = tabular_learner(loaders, layers=[4], metrics=accuracy)
learner.fit(1)
wanted = learner.get_preds(dl=learner.dls.test_dl(rows.head(4)))[0].numpy()

with mlflow.start_run() as run:
    info = mlflow.fastai.log_model(
        learner,
        "model",
        registered_model_name="tables",
        input_example=rows.head(2),
        pip_requirements=["fastai"],
        metadata={"owner": "me"},
    )
fact("flavors", lambda: sorted(info.flavors))
fact("keys", lambda: {k: v for k, v in info.flavors["fastai"].items() if k != "code"})
fact("pyfunc", lambda: sorted(k for k in info.flavors["python_function"] if k not in ("code", "env", "python_version")))
fact("signature", lambda: info.signature.to_dict())
fact("files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "model")))
fact("versions", lambda: [v.version for v in client.search_model_versions("name='tables'")])
native = mlflow.fastai.load_model(info.model_uri)
fact("native", lambda: type(native))
fact("same", lambda: bool(np.allclose(native.get_preds(dl=native.dls.test_dl(rows.head(4)))[0].numpy(), wanted)))
loaded = mlflow.pyfunc.load_model(info.model_uri)
found = loaded.predict(rows.head(4))
fact("frame", lambda: [type(found), list(found.columns), found.shape])
fact("cells", lambda: [type(found.iloc[0, 0]), found.iloc[0, 0].shape, found.iloc[0, 0].dtype])
fact("scored", lambda: bool(np.allclose(np.stack(found["predictions"]), wanted)))
fact("one row", lambda: loaded.predict(rows.head(1)).shape)
fact("raw", lambda: type(loaded.get_raw_model()))
fact("unwrapped", lambda: type(loaded.unwrap_python_model()))
fact("by alias", lambda: mlflow.pyfunc.load_model("models:/tables/1").predict(rows.head(2)).shape)
fact("metadata", lambda: loaded.metadata.metadata)
fact("a column too few", lambda: loaded.predict(rows[["a"]]))
mlflow.fastai.save_model(learner, "saved", conda_env={"name": "x", "dependencies": ["python", {"pip": ["fastai"]}]})
fact("saved again", lambda: mlflow.fastai.save_model(learner, "saved"))
fact("from disk", lambda: type(mlflow.fastai.load_model("saved")))
fact("positional", lambda: type(mlflow.fastai.load_model("saved", None)))
fact("no signature", lambda: mlflow.models.get_model_info("saved").signature)
fact("protocol", lambda: mlflow.fastai.save_model(learner, "old", pickle_protocol=4, pip_requirements=["fastai"]))
fact("learner goes on", lambda: learner.fit(1))
fact("requirements", lambda: [line.split("==")[0] for line in mlflow.fastai.get_default_pip_requirements()])
fact("with cloudpickle", lambda: len(mlflow.fastai.get_default_pip_requirements(include_cloudpickle=True)))
fact("conda", lambda: sorted(mlflow.fastai.get_default_conda_env()))
fact("not a learner", lambda: mlflow.fastai.save_model(object(), "none", pip_requirements=["fastai"]))
fact("not there", lambda: mlflow.fastai.load_model("nowhere"))
fact("other flavor", lambda: mlflow.sklearn.load_model("saved"))
