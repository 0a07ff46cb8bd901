"""The model registry: names, versions, stages, aliases, tags."""

import mlflow
import pandas as pd
from facts import fact
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel

P = ["cloudpickle"]


class Const(PythonModel):
    def __init__(self, value):
        self.value = value

    def predict(self, context, model_input, params=None):
        return [self.value] * len(model_input)


client = MlflowClient()
frame = pd.DataFrame({"a": [1, 2]})
uris = []
for value in (1, 2, 3):
    with mlflow.start_run() as run:
        uris.append(mlflow.pyfunc.log_model("m", python_model=Const(value), pip_requirements=P).model_uri)

version = mlflow.register_model(uris[0], "const")
fact("type", lambda: [type(version), isinstance(version, ModelVersion)])
fact(
    "version",
    lambda: [
        version.name,
        version.version,
        type(version.version),
        version.status,
        version.current_stage,
        version.description,
        version.tags,
        version.aliases,
    ],
)
fact("run id", lambda: version.run_id in uris[0])
fact("source", lambda: version.source.endswith("/artifacts/m"))
fact(
    "second",
    lambda: (
        mlflow.register_model(model_uri=uris[1], name="const", await_registration_for=None, tags={"t": "1"}).version
    ),
)
fact("tags", lambda: client.get_model_version("const", "2").tags)
fact("int version", lambda: client.get_model_version("const", 2).version)
fact(
    "create",
    lambda: [
        type(client.create_registered_model("made", {"a": "b"}, "words")),
        client.get_registered_model("made").tags,
        client.get_registered_model("made").description,
    ],
)
fact("create twice", lambda: client.create_registered_model("made"))
fact("create empty", lambda: client.create_registered_model(""))
fact("create slash", lambda: client.create_registered_model("a/b"))
third = fact(
    "create_model_version",
    lambda: client.create_model_version(
        name="const",
        source=uris[2],
        run_id=uris[2].split("/")[1],
        tags={"x": "y"},
        description="third",
        await_creation_for=0,
    ),
)
fact("third", lambda: [third.version, third.description, third.tags])
fact("create version unknown", lambda: client.create_model_version("zzz", uris[0]))
fact("get unknown model", lambda: client.get_registered_model("zzz"))
fact("get unknown version", lambda: client.get_model_version("const", "99"))
fact("get bad version", lambda: client.get_model_version("const", "x"))
registered = client.get_registered_model("const")
fact(
    "registered",
    lambda: [
        isinstance(registered, RegisteredModel),
        registered.name,
        registered.description,
        registered.tags,
        registered.aliases,
    ],
)
fact("latest", lambda: [[v.version, v.current_stage] for v in registered.latest_versions])
fact("latest_versions", lambda: [[v.version, v.current_stage] for v in client.get_latest_versions("const")])
fact("stage", lambda: client.transition_model_version_stage("const", "1", "Production").current_stage)
fact(
    "stage lower",
    lambda: (
        client.transition_model_version_stage(
            name="const", version=2, stage="staging", archive_existing_versions=False
        ).current_stage
    ),
)
fact(
    "stage again",
    lambda: (
        client.transition_model_version_stage("const", "2", "Production", archive_existing_versions=True).current_stage
    ),
)
fact("archived", lambda: client.get_model_version("const", "1").current_stage)
fact("stage bad", lambda: client.transition_model_version_stage("const", "1", "Live"))
fact(
    "latest by stage",
    lambda: [[v.version, v.current_stage] for v in client.get_latest_versions("const", stages=["Production", "None"])],
)
fact("latest bad stage", lambda: client.get_latest_versions("const", stages=["zzz"]))
fact("alias", lambda: client.set_registered_model_alias("const", "champion", "1"))
fact("alias int", lambda: client.set_registered_model_alias(name="const", alias="challenger", version=2))
fact("alias version", lambda: client.set_registered_model_alias("const", "v1", 1))
fact("alias latest", lambda: client.set_registered_model_alias("const", "latest", 1))
fact(
    "by alias",
    lambda: [
        client.get_model_version_by_alias("const", "champion").version,
        client.get_model_version_by_alias("const", "champion").aliases,
    ],
)
fact("by unknown alias", lambda: client.get_model_version_by_alias("const", "zzz"))
fact("aliases", lambda: client.get_registered_model("const").aliases)
for uri in (
    "models:/const/1",
    "models:/const/latest",
    "models:/const/Production",
    "models:/const@champion",
    "models:/const/None",
    "models:/const/99",
    "models:/const@zzz",
    "models:/zzz/1",
    "models:/const",
    "models:/const/Live",
    "models:///const/1",
    "models:/const/production",
    "models:/const/Latest",
):
    fact(f"load {uri}", lambda: mlflow.pyfunc.load_model(uri).predict(frame))
fact("delete alias", lambda: client.delete_registered_model_alias("const", "champion"))
fact("delete alias twice", lambda: client.delete_registered_model_alias("const", "champion"))
fact("set tag", lambda: client.set_registered_model_tag("const", "task", "x"))
fact("set version tag", lambda: client.set_model_version_tag("const", "1", "ok", "yes"))
fact("set stage tag", lambda: client.set_model_version_tag(name="const", key="s", value="1", stage="Production"))
fact("version tags", lambda: [client.get_model_version("const", v).tags for v in "12"])
fact("delete tag", lambda: client.delete_registered_model_tag("const", "task"))
fact("delete version tag", lambda: client.delete_model_version_tag("const", "1", "ok"))
fact("update", lambda: client.update_registered_model("const", "new words").description)
fact("update version", lambda: client.update_model_version("const", 1, "why").description)
fact("download uri", lambda: client.get_model_version_download_uri("const", "1").endswith("/artifacts/m"))
fact("stages", lambda: client.get_model_version_stages("const", "1"))
fact("search", lambda: [m.name for m in client.search_registered_models(order_by=["name DESC"])])
fact("search filter", lambda: [m.name for m in mlflow.search_registered_models(filter_string="name LIKE 'con%'")])
fact("search tag", lambda: [m.name for m in client.search_registered_models("tags.a = 'b'")])
fact("search bad", lambda: client.search_registered_models("zzz = 1"))
fact("versions", lambda: sorted(v.version for v in client.search_model_versions("name='const'")))
fact(
    "versions order",
    lambda: [
        v.version
        for v in mlflow.search_model_versions(
            filter_string="name = 'const'", order_by=["version_number ASC"], max_results=2
        )
    ],
)
fact(
    "versions run",
    lambda: sorted(v.version for v in client.search_model_versions(f"run_id = '{uris[0].split('/')[1]}'")),
)
fact("versions in", lambda: len(client.search_model_versions(f"run_id IN ('{uris[0].split('/')[1]}', 'x')")))
fact("versions tag", lambda: [v.version for v in client.search_model_versions("tags.x = 'y'")])
fact("versions stage", lambda: [v.version for v in client.search_model_versions("current_stage = 'Production'")])
fact("versions all", lambda: len(client.search_model_versions()))
fact("delete version prod", lambda: client.delete_model_version("const", "3"))
fact("after delete", lambda: sorted(v.version for v in client.search_model_versions("name='const'")))
fact("next number", lambda: mlflow.register_model(uris[0], "const").version)
fact("delete last again", lambda: client.delete_model_version("const", "4"))
fact("reused number", lambda: mlflow.register_model(uris[0], "const").version)
fact("rename", lambda: client.rename_registered_model("made", "named").name)
fact("rename unknown", lambda: client.rename_registered_model("zzz", "y"))
fact("delete", lambda: client.delete_registered_model("named"))
fact("delete unknown", lambda: client.delete_registered_model("named"))
fact("register unknown run", lambda: mlflow.register_model("runs:/" + "0" * 32 + "/m", "bad"))
fact("register missing path", lambda: mlflow.register_model(uris[0].rsplit("/", 1)[0] + "/zzz", "missing"))
fact("register version", lambda: mlflow.register_model("models:/const/1", "copied").version)
fact(
    "copy",
    lambda: [
        client.copy_model_version("models:/const/1", "copied2").version,
        mlflow.pyfunc.load_model("models:/copied2/1").predict(frame),
    ],
)
fact("fields", lambda: sorted(dict(version)))
fact("model fields", lambda: sorted(dict(registered)))
fact(
    "page",
    lambda: [
        type(client.search_registered_models(max_results=1)),
        bool(client.search_registered_models(max_results=1).token),
    ],
)
fact("get_model_info", lambda: mlflow.models.get_model_info("models:/const/1").artifact_path)
fact("download", lambda: len(mlflow.artifacts.download_artifacts("models:/const/1")) > 0)
fact("run_link", lambda: version.run_link)
fact("creation", lambda: [type(version.creation_timestamp), type(version.last_updated_timestamp), version.user_id])
