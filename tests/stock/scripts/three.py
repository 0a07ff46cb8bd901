"""Spellings of MLflow 3: stock 2.16 has none of them, so only ours is asked (see test_dropin)."""

import mlflow
from facts import fact
from sklearn.linear_model import LinearRegression

model = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
P = ["scikit-learn"]
mlflow.set_experiment("three")
info = fact("name without run", lambda: mlflow.sklearn.log_model(model, name="m", pip_requirements=P))
fact("uri", lambda: info.model_uri == f"models:/{info.model_id}")
fact("no run opened", lambda: mlflow.active_run())
fact("predict", lambda: mlflow.pyfunc.load_model(info.model_uri).predict([[2.0]]))
with mlflow.start_run() as run:
    inside = fact(
        "all keywords",
        lambda: mlflow.sklearn.log_model(
            model,
            name="inside",
            step=3,
            params={"a": 1},
            tags={"t": "1"},
            model_type="regressor",
            pip_requirements=P,
            registered_model_name="three",
            input_example=[[1.0]],
        ),
    )
    fact("metric with model", lambda: mlflow.log_metric("rmse", 0.5, model_id=inside.model_id))
    fact("metrics with model", lambda: mlflow.log_metrics({"mae": 0.4}, step=1, model_id=inside.model_id))
    fact(
        "positional", lambda: mlflow.sklearn.log_model(model, "pos", pip_requirements=P).model_uri.startswith("runs:/")
    )
logged = fact("get_logged_model", lambda: mlflow.get_logged_model(inside.model_id))
fact(
    "logged",
    lambda: [
        logged.name,
        logged.model_type,
        logged.params,
        {k: v for k, v in logged.tags.items() if not k.startswith("mlflow.")},
        logged.source_run_id == run.info.run_id,
        str(logged.status),
    ],
)
fact("metrics", lambda: [[m.key, m.value, m.model_id == inside.model_id] for m in logged.metrics])
fact(
    "fields",
    lambda: [
        logged.model_id == inside.model_id,
        logged.model_uri == inside.model_uri,
        type(logged.creation_timestamp).__name__,
        type(logged.experiment_id).__name__,
        logged.artifact_location is not None,
    ],
)
frame = fact("search", lambda: mlflow.search_logged_models())
fact("columns", lambda: sorted(frame.columns))
fact(
    "search list",
    lambda: [
        m.name
        for m in mlflow.search_logged_models(
            experiment_ids=[run.info.experiment_id], filter_string="name = 'inside'", output_format="list"
        )
    ],
)
fact(
    "search metric",
    lambda: [
        m.name
        for m in mlflow.search_logged_models(
            filter_string="metrics.rmse < 1",
            order_by=[{"field_name": "metrics.rmse", "ascending": True}],
            output_format="list",
        )
    ],
)
fact(
    "search param",
    lambda: [
        m.name for m in mlflow.search_logged_models(filter_string="params.a = '1'", max_results=5, output_format="list")
    ],
)
fact("create external", lambda: mlflow.create_external_model(name="outside", model_type="x", params={"p": "1"}).name)
fact("initialize", lambda: mlflow.initialize_logged_model(name="later").name)
fact("set active", lambda: mlflow.set_active_model(name="active").name)
fact("active id", lambda: type(mlflow.get_active_model_id()).__name__)
fact("clear active", lambda: mlflow.clear_active_model())
fact("last logged", lambda: mlflow.last_logged_model().name)
fact("set tags", lambda: mlflow.set_logged_model_tags(inside.model_id, {"k": "v"}))
fact("delete tag", lambda: mlflow.delete_logged_model_tag(inside.model_id, "k"))
fact("log params", lambda: mlflow.log_model_params({"z": 1}, model_id=inside.model_id))
fact(
    "outputs",
    lambda: [o.model_id == inside.model_id for o in mlflow.get_run(run.info.run_id).outputs.model_outputs][:1],
)
fact("client", lambda: mlflow.MlflowClient().get_logged_model(inside.model_id).name)
fact("client search", lambda: len(mlflow.MlflowClient().search_logged_models([run.info.experiment_id])) >= 2)
fact("register id", lambda: mlflow.register_model(f"models:/{inside.model_id}", "again").version)
fact("version model id", lambda: mlflow.MlflowClient().get_model_version("three", "1").model_id == inside.model_id)
fact(
    "delete",
    lambda: (
        mlflow.delete_logged_model(info.model_id)
        if hasattr(mlflow, "delete_logged_model")
        else mlflow.MlflowClient().delete_logged_model(info.model_id)
    ),
)
fact("get deleted", lambda: mlflow.get_logged_model(info.model_id))
fact("both names", lambda: mlflow.sklearn.log_model(model, artifact_path="a", name="b", pip_requirements=P))
fact("neither name", lambda: mlflow.sklearn.log_model(model, pip_requirements=P))
fact(
    "pyfunc name",
    lambda: mlflow.pyfunc.log_model(name="p", python_model=lambda x: x, pip_requirements=P).model_uri.startswith(
        "models:/m-"
    ),
)
fact("prompt", lambda: mlflow.genai)
