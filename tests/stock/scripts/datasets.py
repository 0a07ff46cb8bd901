"""log_input and the data sets behind it."""

import json

import mlflow
import mlflow.data
import numpy as np
import pandas as pd
from facts import fact
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.entities import Dataset, DatasetInput, InputTag

frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "n": [1, 2, 3], "s": ["a", "b", "c"], "y": [0, 1, 0]})
frame.to_csv("data.csv", index=False)
dataset = mlflow.data.from_pandas(frame, source="data.csv", name="mine", targets="y")
fact("type", lambda: [type(dataset), isinstance(dataset, PandasDataset)])
fact("name", lambda: dataset.name)
fact("digest", lambda: dataset.digest)
fact("profile", lambda: dataset.profile)
fact("schema", lambda: dataset.schema.to_dict())
fact("targets", lambda: dataset.targets)
fact("predictions", lambda: dataset.predictions)
fact("df", lambda: dataset.df)
fact("source", lambda: type(dataset.source).__name__)
fact("source uri", lambda: dataset.source.uri)
fact("source dict", lambda: json.loads(dataset.source.to_json()))
fact("dict", lambda: {k: v for k, v in dataset.to_dict().items() if k not in ("source", "schema")})
fact("json", lambda: sorted(json.loads(dataset.to_json())))
unnamed = mlflow.data.from_pandas(frame)
fact("unnamed", lambda: [unnamed.name, unnamed.digest, type(unnamed.source).__name__])
fact("http", lambda: type(mlflow.data.from_pandas(frame, source="https://example.com/x.csv").source).__name__)
fact("bad target", lambda: mlflow.data.from_pandas(frame, targets="zzz"))
array = mlflow.data.from_numpy(np.arange(12.0).reshape(4, 3), targets=np.array([0, 1, 0, 1]), name="arrays")
fact("numpy", lambda: [type(array), array.name, array.digest, array.profile])
fact("numpy features", lambda: array.features)
fact("numpy targets", lambda: array.targets)
fact("numpy schema", lambda: array.schema.to_dict() if array.schema else None)
arrays = mlflow.data.from_numpy({"a": np.arange(3), "b": np.ones((3, 2))})
fact("numpy dict", lambda: [arrays.digest, arrays.profile])
with mlflow.start_run() as run:
    fact("log_input", lambda: mlflow.log_input(dataset, context="training"))
    fact("log_input tags", lambda: mlflow.log_input(array, "eval", {"kind": "small"}))
    fact("log_input again", lambda: mlflow.log_input(dataset, context="training"))
    fact("log_input bare", lambda: mlflow.log_input(unnamed))
logged = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
fact(
    "inputs",
    lambda: sorted([i.dataset.name, i.dataset.source_type, sorted([t.key, t.value] for t in i.tags)] for i in logged),
)
fact("input schema", lambda: [sorted(json.loads(i.dataset.schema)) for i in logged])
fact("input profile", lambda: [json.loads(i.dataset.profile) for i in logged if i.dataset.name == "mine"])
source = fact("get_source", lambda: mlflow.data.get_source(logged[0]))
fact("get_source of dataset", lambda: type(mlflow.data.get_source(logged[0].dataset)).__name__)
fact("source load", lambda: type([mlflow.data.get_source(i) for i in logged if i.dataset.name == "mine"][0].load()))
fact("find", lambda: len(mlflow.search_runs(filter_string="dataset.name = 'mine' AND dataset.context = 'training'")))
client = mlflow.MlflowClient()
fact(
    "client log_inputs",
    lambda: client.log_inputs(
        run.info.run_id, [DatasetInput(Dataset("d", "1", "local", "{}"), [InputTag("mlflow.data.context", "x")])]
    ),
)
fact("client inputs", lambda: len(client.get_run(run.info.run_id).inputs.dataset_inputs))
fact("dataset fields", lambda: sorted(dict(logged[0].dataset)))
fact("load_delta", lambda: hasattr(mlflow.data, "load_delta"))
fact("from_huggingface", lambda: hasattr(mlflow.data, "from_huggingface"))
