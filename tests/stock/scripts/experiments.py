"""Experiments: made, found, tagged, deleted, restored."""

import mlflow
from facts import fact
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST, ErrorCode

client = mlflow.MlflowClient()
fact("default", lambda: [mlflow.get_experiment("0").name, mlflow.get_experiment_by_name("Default").experiment_id])
first = mlflow.create_experiment("first", tags={"version": "v1", "priority": "P1"})
fact("id is text", lambda: type(first))
fact("ids", lambda: first.isdigit())
fact("tags", lambda: mlflow.get_experiment(first).tags)
fact("artifact location", lambda: mlflow.get_experiment(first).artifact_location.split("/")[-1] == first)
try:
    mlflow.create_experiment("first")
except MlflowException as error:
    fact(
        "exists",
        lambda: [
            error.error_code,
            error.error_code == ErrorCode.Name(RESOURCE_ALREADY_EXISTS),
            error.get_http_status_code(),
        ],
    )
    fact("serialized", lambda: sorted(error.serialize_as_json().split('"')[1::2])[:1])
    fact("json_kwargs", lambda: error.json_kwargs)
    fact("message", lambda: type(error.message))
fact("RestException", lambda: issubclass(RestException, MlflowException))
fact("code names", lambda: ErrorCode.Name(RESOURCE_DOES_NOT_EXIST))
fact("own exception", lambda: MlflowException("oh", error_code=RESOURCE_DOES_NOT_EXIST).error_code)
fact("own exception text code", lambda: MlflowException("oh").error_code)
fact("invalid", lambda: MlflowException.invalid_parameter_value("oh", x=1).error_code)
fact("str", lambda: str(MlflowException("oh")))
fact("none by name", lambda: mlflow.get_experiment_by_name("zzz"))
fact("none by id", lambda: mlflow.get_experiment("98765"))
fact("empty name", lambda: mlflow.create_experiment(""))
fact("number name", lambda: mlflow.create_experiment(12))
fact(
    "location",
    lambda: (
        mlflow.get_experiment(mlflow.create_experiment("located", artifact_location="file:///tmp/x")).artifact_location
    ),
)
with mlflow.start_run(experiment_id=first) as run:
    fact("location of run", lambda: mlflow.get_artifact_uri().split("/")[-1])
fact("run experiment", lambda: run.info.experiment_id == first)
fact("set by id", lambda: mlflow.set_experiment(experiment_id=first).name)
fact("set unknown id", lambda: mlflow.set_experiment(experiment_id="98765"))
fact("set both", lambda: mlflow.set_experiment("first", experiment_id=first))
fact("set none", lambda: mlflow.set_experiment())
fact("set tag", lambda: mlflow.set_experiment_tag("stage", "dev"))
fact("set tags", lambda: mlflow.set_experiment_tags({"a": 1, "b": "2"}))
fact("tags after", lambda: mlflow.get_experiment(first).tags)
fact("client tag", lambda: client.set_experiment_tag(first, "c", 3))
fact("delete tag", lambda: hasattr(client, "delete_experiment_tag"))
fact("rename", lambda: client.rename_experiment(first, "renamed"))
fact("renamed", lambda: client.get_experiment(first).name)
fact("rename to existing", lambda: client.rename_experiment(first, "Default"))
for name in ("alpha", "beta", "gamma"):
    mlflow.create_experiment(name, tags={"group": "greek"})
fact("search", lambda: [e.name for e in mlflow.search_experiments(order_by=["name ASC"])])
fact(
    "search filter",
    lambda: [
        e.name
        for e in mlflow.search_experiments(
            filter_string="tags.group = 'greek' AND name != 'beta'", order_by=["name DESC"]
        )
    ],
)
fact(
    "search like",
    lambda: [e.name for e in client.search_experiments(filter_string="attribute.name ILIKE '%A%'", order_by=["name"])],
)
fact("search max", lambda: [e.name for e in mlflow.search_experiments(max_results=2, order_by=["name"])])
fact("search default order", lambda: [e.name for e in mlflow.search_experiments()])
fact("search bad", lambda: mlflow.search_experiments(filter_string="nope = 1"))
fact("search bad order", lambda: mlflow.search_experiments(order_by=["nope"]))
page = client.search_experiments(max_results=2, order_by=["name"])
fact("page", lambda: [len(page), type(page), bool(page.token)])
fact(
    "next page",
    lambda: [e.name for e in client.search_experiments(max_results=2, order_by=["name"], page_token=page.token)],
)
fact("delete", lambda: mlflow.delete_experiment(first))
fact("stage", lambda: mlflow.get_experiment(first).lifecycle_stage)
fact("set deleted", lambda: mlflow.set_experiment("renamed"))
fact("create deleted", lambda: mlflow.create_experiment("renamed"))
fact("delete twice", lambda: client.delete_experiment(first))
fact("delete unknown", lambda: client.delete_experiment("98765"))
fact("run in deleted", lambda: mlflow.start_run(experiment_id=first))
mlflow.end_run()
fact("deleted", lambda: [e.experiment_id == first for e in mlflow.search_experiments(view_type=ViewType.DELETED_ONLY)])
fact("restore unknown", lambda: client.restore_experiment("98765"))
fact("fields", lambda: sorted(dict(mlflow.get_experiment("0"))))
fact("by name type", lambda: type(mlflow.get_experiment_by_name("Default")))
fact(
    "times", lambda: [type(mlflow.get_experiment("0").creation_time), type(mlflow.get_experiment("0").last_update_time)]
)
