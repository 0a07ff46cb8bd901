"""Models of PaddlePaddle, saved, logged, loaded, scored and trained on."""

import warnings

warnings.simplefilter("ignore")
import mlflow  # noqa: E402
import mlflow.paddle  # noqa: E402
import numpy as np  # noqa: E402
import paddle  # noqa: E402
import pandas as pd  # noqa: E402
from facts import fact  # noqa: E402
from paddle.static import InputSpec  # noqa: E402

frame = pd.DataFrame(np.random.default_rng(0).normal(size=(8, 3)), columns=["a", "b", "c"]).astype("float32")
rows = frame.to_numpy()
client = mlflow.MlflowClient()
takes = [InputSpec([None, 3], "float32", "x")]


def network(outputs=1):
    return paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.ReLU(), paddle.nn.Linear(4, outputs))


def high_level(inputs=takes, train=True):
    model = paddle.Model(network(), inputs)
    model.prepare(paddle.optimizer.SGD(0.1, parameters=model.parameters()), paddle.nn.MSELoss())
    if train:
        model.fit([(row, row.sum(keepdims=True)) for row in rows], batch_size=4, epochs=1, verbose=0)
    return model


paddle.seed(0)
layer = paddle.jit.to_static(network(outputs=2), input_spec=takes, full_graph=True)
layer.eval()
wanted = layer(paddle.to_tensor(rows)).numpy()
with mlflow.start_run() as run:
    info = mlflow.paddle.log_model(
        layer,
        "model",
        registered_model_name="layers",
        input_example=frame.head(2),
        pip_requirements=["paddlepaddle"],
        metadata={"owner": "me"},
    )
fact("flavors", lambda: sorted(info.flavors))
fact("keys", lambda: {k: v for k, v in info.flavors["paddle"].items() if k != "code"})
fact("pyfunc", lambda: sorted(k for k in info.flavors["python_function"] if k not in ("code", "env", "python_version")))
fact("signature", lambda: info.signature.to_dict())
fact("files", lambda: sorted(f.path for f in client.list_artifacts(run.info.run_id, "model")))
native = mlflow.paddle.load_model(info.model_uri)
fact("native", lambda: type(native))
fact("native predicts", lambda: bool(np.allclose(native(paddle.to_tensor(rows)).numpy(), wanted)))
loaded = mlflow.pyfunc.load_model("models:/layers/1")
fact("frame", lambda: [type(loaded.predict(frame)), loaded.predict(frame).shape, list(loaded.predict(frame).columns)])
fact("scored", lambda: bool(np.allclose(loaded.predict(frame), wanted)))
fact("raw", lambda: type(loaded.get_raw_model()))
mlflow.paddle.save_model(layer, "plain", pip_requirements=["paddlepaddle"])
plain = mlflow.pyfunc.load_model("plain")
fact("arrays", lambda: bool(np.allclose(plain.predict(rows), wanted)))
fact("doubles", lambda: bool(np.allclose(plain.predict(frame.astype("float64")), wanted)))
fact("one row", lambda: plain.predict(frame.head(1)).shape)
fact("lists", lambda: plain.predict([[1.0, 2.0, 3.0]]))
fact("dicts", lambda: plain.predict({"a": [1.0]}))
fact("no signature", lambda: plain.metadata.signature)
model = high_level()
fact("high level", lambda: mlflow.paddle.save_model(model, "high", pip_requirements=["paddlepaddle"]))
fact("high level predicts", lambda: mlflow.pyfunc.load_model("high").predict(frame).shape)
fact(
    "positional", lambda: mlflow.paddle.save_model(model, "again", True, None, None, None, None, None, ["paddlepaddle"])
)
fresh = high_level(train=False)
fact("into another", lambda: mlflow.paddle.load_model("again", fresh) is fresh)
fact("same weights", lambda: bool(np.allclose(fresh.predict_batch([rows])[0], model.predict_batch([rows])[0])))
fact("options", lambda: type(mlflow.paddle.load_model("again", model=high_level(train=False), reset_optimizer=True)))
fact("for training, as it is", lambda: type(mlflow.paddle.load_model("again")))
fact("for training, scored", lambda: mlflow.pyfunc.load_model("again").predict(frame).shape)
fact("weights of none", lambda: mlflow.paddle.load_model("high", model=high_level(train=False)))
fact("into a layer", lambda: mlflow.paddle.load_model("again", model=network()))
fact("inputs unknown", lambda: mlflow.paddle.save_model(high_level(inputs=None, train=False), "unknown"))
fact("no program", lambda: mlflow.paddle.save_model(network(), "none", pip_requirements=["paddlepaddle"]))
fact("not a model", lambda: mlflow.paddle.save_model(object(), "nothing", pip_requirements=["paddlepaddle"]))
fact("requirements", lambda: [line.split("==")[0] for line in mlflow.paddle.get_default_pip_requirements()])
fact("conda", lambda: sorted(mlflow.paddle.get_default_conda_env()))
