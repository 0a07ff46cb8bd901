"""Parents, children, resuming, deleting and restoring runs."""

import mlflow
from facts import fact
from mlflow.entities import RunStatus, ViewType
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

client = MlflowClient()
mlflow.set_experiment(experiment_name="nested")
with mlflow.start_run(run_name="parent") as parent:
    for i in range(3):
        with mlflow.start_run(run_name=f"child-{i}", nested=True) as child:
            mlflow.log_param("i", i)
            mlflow.log_metric("score", i / 10)
            fact(f"parent of {i}", lambda: mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id)
    fact("active is parent", lambda: mlflow.active_run().info.run_name)
    with mlflow.start_run(nested=True, run_name="level 1"), mlflow.start_run(nested=True, run_name="level 2"):
        fact("stack", lambda: mlflow.active_run().info.run_name)
fact("no parent", lambda: mlflow.get_parent_run(parent.info.run_id))
fact(
    "parent_run_id=",
    lambda: (
        mlflow.start_run(parent_run_id=parent.info.run_id, run_name="by id").data.tags[MLFLOW_PARENT_RUN_ID]
        == parent.info.run_id
    ),
)
mlflow.end_run()
fact("parent mismatch", lambda: mlflow.start_run(run_id=child.info.run_id, parent_run_id="0" * 32))
mlflow.end_run()
children = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["start_time ASC"]
)
fact("children", lambda: list(children["tags.mlflow.runName"]))

run = client.create_run(
    client.get_experiment_by_name("nested").experiment_id, run_name="by client", tags={MLFLOW_RUN_NAME: "by client"}
)
fact("created status", lambda: run.info.status)
fact("created name", lambda: run.info.run_name)
fact("name clash", lambda: client.create_run("0", run_name="a", tags={"mlflow.runName": "b"}))
fact("start_time", lambda: client.create_run("0", start_time=1234).info.start_time)
fact("client param", lambda: client.log_param(run.info.run_id, "p", 1))
fact("client metric", lambda: client.log_metric(run.info.run_id, "m", 1.0, 1_700_000_000_000, 3))
fact("client tag", lambda: client.set_tag(run.info.run_id, "k", "v"))
fact("client delete tag", lambda: client.delete_tag(run.info.run_id, "k"))
fact("client delete tag 2", lambda: client.delete_tag(run.info.run_id, "k"))
fact("update_run", lambda: client.update_run(run.info.run_id, status="FINISHED", name="renamed"))
fact(
    "renamed",
    lambda: [
        client.get_run(run.info.run_id).info.run_name,
        client.get_run(run.info.run_id).data.tags["mlflow.runName"],
    ],
)
fact("set_terminated", lambda: client.set_terminated(run.info.run_id, "FAILED", end_time=5_000_000_000_000))
fact("terminated", lambda: [client.get_run(run.info.run_id).info.status, client.get_run(run.info.run_id).info.end_time])
fact("bad status", lambda: client.set_terminated(run.info.run_id, "DONE"))
fact("delete_run", lambda: mlflow.delete_run(run.info.run_id))
fact("deleted stage", lambda: client.get_run(run.info.run_id).info.lifecycle_stage)
fact("log to deleted", lambda: client.log_metric(run.info.run_id, "m", 1.0))
fact("start deleted", lambda: mlflow.start_run(run_id=run.info.run_id))
fact("delete twice", lambda: client.delete_run(run.info.run_id))
fact(
    "only deleted",
    lambda: [
        r.info.run_name for r in client.search_runs([run.info.experiment_id], run_view_type=ViewType.DELETED_ONLY)
    ],
)
fact("all", lambda: len(mlflow.search_runs(run_view_type=ViewType.ALL)))
fact("active only", lambda: len(mlflow.search_runs(run_view_type=ViewType.ACTIVE_ONLY)))
fact("restore", lambda: client.restore_run(run.info.run_id))
fact("restored", lambda: client.get_run(run.info.run_id).info.lifecycle_stage)
fact("delete unknown", lambda: client.delete_run("0" * 32))
fact(
    "rename by tag",
    lambda: [
        client.set_tag(parent.info.run_id, "mlflow.runName", "new name"),
        client.get_run(parent.info.run_id).info.run_name,
    ][1],
)
fact(
    "RunStatus",
    lambda: [
        RunStatus.to_string(RunStatus.RUNNING),
        RunStatus.from_string("FAILED"),
        RunStatus.is_terminated(RunStatus.FINISHED),
        RunStatus.all_status(),
    ],
)
fact("ViewType", lambda: [ViewType.to_string(ViewType.ALL), ViewType.from_string("deleted_only"), ViewType.ACTIVE_ONLY])
fact("note", lambda: mlflow.start_run(run_name="noted", description="why").data.tags["mlflow.note.content"])
mlflow.end_run(RunStatus.to_string(RunStatus.FINISHED))
