"""ONNX models: logging, loading, scoring."""

import os

import mlflow
import mlflow.onnx
import numpy as np
import onnx
import pandas as pd
from facts import fact
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper

rows = np.arange(8, dtype="float32").reshape(2, 4)
frame = pd.DataFrame(rows.astype("float64"), columns=list("abcd"))
P = ["onnx", "onnxruntime"]


def linear(columns=1):
    weights = numpy_helper.from_array(np.ones((4, columns), dtype="float32"), "W")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, columns])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def two():
    def value(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [None])

    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "b"], ["sum"])], "g", [value("a"), value("b")], [value("sum")]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


model = linear()
with mlflow.start_run() as run:
    info = mlflow.onnx.log_model(
        model, "net", signature=infer_signature(rows, {"y": rows[:, :1]}), input_example=rows, pip_requirements=P
    )
    fact("flavor keys", lambda: {k: sorted(v) for k, v in info.flavors.items()})
    fact("providers", lambda: info.flavors["onnx"]["providers"])
    fact("data", lambda: info.flavors["onnx"]["data"])
    fact("signature", lambda: info.signature.to_dict())
    fact(
        "by position",
        lambda: mlflow.onnx.log_model(
            model, "pos", None, None, "net_model", None, None, 10, P, None, ["CPUExecutionProvider"]
        ).flavors["onnx"]["providers"],
    )
    fact(
        "keywords",
        lambda: mlflow.onnx.log_model(
            onnx_model=model,
            artifact_path="kw",
            onnx_session_options={"execution_mode": "sequential", "intra_op_num_threads": 1},
            metadata={"k": "v"},
            pip_requirements=P,
        ).flavors["onnx"]["onnx_session_options"],
    )
    mlflow.onnx.log_model(two(), "two", pip_requirements=P)
base = f"runs:/{run.info.run_id}"
fact("native", lambda: type(mlflow.onnx.load_model(f"{base}/net")))
fact("native graph", lambda: mlflow.onnx.load_model(f"{base}/net").graph.node[0].op_type)
net = mlflow.pyfunc.load_model(f"{base}/net")
fact("array", lambda: net.predict(rows))
fact("doubles", lambda: net.predict(rows.astype("float64")))
plain = mlflow.pyfunc.load_model(f"{base}/kw")
fact("frame", lambda: plain.predict(frame))
fact("dict", lambda: plain.predict({"x": rows.astype("float64")}))
fact("raw", lambda: type(plain.get_raw_model()))
fact("list", lambda: plain.predict([[1.0, 2.0, 3.0, 4.0]]))
fact("wrong name", lambda: plain.predict({"z": rows}))
fact("wrong shape", lambda: plain.predict(rows[:, :3]))
fact("wrong kind", lambda: plain.predict(rows.astype("int64")))
both = mlflow.pyfunc.load_model(f"{base}/two")
fact("two from a frame", lambda: both.predict(pd.DataFrame({"b": [1.0], "a": [2.0], "c": ["x"]})))
fact("two from a dict", lambda: both.predict({"a": rows[0], "b": rows[1]}))
fact("two from an array", lambda: both.predict(rows))
fact("two lacking one", lambda: both.predict(pd.DataFrame({"a": [2.0]})))
fact("registered", lambda: type(mlflow.onnx.load_model("models:/net_model/1")))
fact("save", lambda: mlflow.onnx.save_model(model, "saved", pip_requirements=P))
fact("saved files", lambda: sorted(os.listdir("saved")))
fact("again", lambda: mlflow.onnx.save_model(model, "saved", pip_requirements=P))
fact("loaded", lambda: len(mlflow.onnx.load_model("saved").graph.node))
large = linear(300)
fact("large", lambda: mlflow.onnx.save_model(large, "large", pip_requirements=P))
fact("large files", lambda: [os.path.getsize(f"large/{f}") for f in os.listdir("large") if f.endswith(".data")])
fact("the model after saving", lambda: len(large.graph.initializer[0].raw_data))
fact("large predicts", lambda: mlflow.pyfunc.load_model("large").predict(rows)["y"].shape)
fact("large loads", lambda: numpy_helper.to_array(mlflow.onnx.load_model("large").graph.initializer[0]).shape)
fact("inside", lambda: mlflow.onnx.save_model(linear(300), "inside", pip_requirements=P, save_as_external_data=False))
fact("inside files", lambda: sorted(os.listdir("inside")))
broken = linear()
broken.graph.node[0].input[0] = "nothing"
fact("save broken", lambda: mlflow.onnx.save_model(broken, "broken", pip_requirements=P))
fact("load broken", lambda: mlflow.onnx.load_model("broken"))
fact("score broken", lambda: mlflow.pyfunc.load_model("broken"))
for label, options in {
    "no such option": {"nope": 1},
    "mode": {"execution_mode": "fast"},
    "level": {"graph_optimization_level": 7},
    "threads": {"intra_op_num_threads": -1},
    "inter threads": {"inter_op_num_threads": -1},
    "not a dict": [1],
    "extra": {"extra_session_config": 1},
    "only recorded": {"enable_profiling": True},
}.items():
    fact(
        f"option: {label}",
        lambda options=options, label=label: mlflow.onnx.save_model(
            model, f"o {label}", onnx_session_options=options, pip_requirements=P
        ),
    )
fact("no model", lambda: mlflow.onnx.save_model("text", "text", pip_requirements=P))
fact("bytes", lambda: mlflow.onnx.save_model(model.SerializeToString(), "bytes", pip_requirements=P))
fact("bytes predict", lambda: mlflow.pyfunc.load_model("bytes").predict(rows)["y"].tolist())
fact("default pip", lambda: [r.split("==")[0] for r in mlflow.onnx.get_default_pip_requirements()])
fact("constants", lambda: [mlflow.onnx.FLAVOR_NAME, mlflow.onnx.ONNX_EXECUTION_PROVIDERS])
fact("params in predict", lambda: list(net.predict(rows, params={"zzz": 1})))
fact("unknown option", lambda: mlflow.onnx.save_model(model, "option", pip_requirements=P, nonsense=1))
