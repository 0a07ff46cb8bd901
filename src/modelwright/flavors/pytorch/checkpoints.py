"""Checkpoints that autologging left in a run, as Lightning modules."""

from __future__ import annotations

from typing import Any

from ...core import trust as gate
from ...core.errors import InvalidArgument, NotFound
from ...tracking.active import active_run
from ...tracking.client import connect
from ...tracking.resolve import local_path

LATEST = "mlflow.latest_checkpoint_artifact"  # the tag that names the newest one
FOLDER = "checkpoints"


def load_checkpoint(
    model_class: Any,
    run_id: str | None = None,
    epoch: int | None = None,
    global_step: int | None = None,
    kwargs: dict[str, Any] | None = None,
    *,
    trust: bool | None = None,
) -> Any:
    """A Lightning module from a checkpoint that autologging recorded.

    Args:
        model_class: The LightningModule's class.
        run_id: The run; the active one if not given.
        epoch: The checkpoint of that epoch, where each epoch was kept; the latest if neither is given.
        global_step: The checkpoint of that step, where checkpoints were taken every so many steps.
        kwargs: Further arguments of `model_class.load_from_checkpoint`.
        trust: True to allow code from the file to run, False to refuse it; None leaves it to the policy.

    Raises:
        InvalidArgument: There is no active run, or both an epoch and a step are given.
        NotFound: The run has no such checkpoint.
        UntrustedModel: Loading would run code that nobody allowed.

    >>> import modelwright
    >>> modelwright.pytorch.load_checkpoint(MyModule, run_id, epoch=2)  # doctest: +SKIP
    """
    if epoch is not None and global_step is not None:
        raise InvalidArgument(f"Pass either epoch or global_step, not both (epoch={epoch}, global_step={global_step})")
    client = connect()
    if run_id is None:
        run = active_run()
        if run is None:
            raise InvalidArgument("There is no active run; pass the run_id of the one that has the checkpoint")
        run_id = run.info.run_id
    latest = client.get_run(run_id).data.tags.get(LATEST)
    if latest is None:
        raise NotFound(f"Run {run_id} has no checkpoint: autologging records them with checkpoint=True")
    name = latest.rpartition("/")[2]
    path = latest
    if global_step is not None:
        path = f"{FOLDER}/global_step_{global_step}/{name}"
    elif epoch is not None:
        path = f"{FOLDER}/epoch_{epoch}/{name}"
    found = local_path(f"runs:/{run_id}/{path}", client=client)
    # Lightning reads it by itself, and unless told otherwise unpickles whatever is in it.
    gate.allow([f"its file '{name}' is a pickle"], root=found.path, origin=found.origin, trust=trust)
    return model_class.load_from_checkpoint(str(found.path), **(kwargs or {}))
