"""Reading back the checkpoints that a training left in its run."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from ..core import trust
from ..core.errors import CorruptModel, InvalidArgument, NotFound
from ..core.frameworks import require
from ..tracking import active
from ..tracking.client import MlflowClient
from . import keras_models

_LATEST_TAG = "mlflow.latest_checkpoint_artifact"


def load_checkpoint(
    model: Any = None, run_id: str | None = None, epoch: int | None = None, global_step: int | None = None
) -> Any:
    """The Keras model that a run's training has saved, as `autolog(checkpoint=True)` makes it do.

    Args:
        model: The model that gets the weights, where the checkpoint holds nothing else.
        run_id: The run; the active one when left out.
        epoch: The epoch whose model it shall be; the latest one saved when left out.
        global_step: The number of batches after which it was saved, instead of an epoch.

    Raises:
        InvalidArgument: Both an epoch and a step are given, there is no run, or the weights need a model.
        NotFound: The run has no such checkpoint.
    """
    if epoch is not None and global_step is not None:
        raise InvalidArgument(f"epoch={epoch} and global_step={global_step}; give one of them, or neither")
    if run_id is None:
        run = active.active_run()
        if run is None:
            raise InvalidArgument("There is no active run; say which run's checkpoint to load: run_id=")
        run_id = run.info.run_id
    client = MlflowClient()
    latest = client.get_run(run_id).data.tags.get(_LATEST_TAG)
    if latest is None:
        raise NotFound(f"Run {run_id} has no checkpoint; autolog(checkpoint=True) saves them while a model trains")
    name = PurePosixPath(latest).name
    place = {"epoch_": epoch, "global_step_": global_step}
    folders = [f"checkpoints/{prefix}{number}" for prefix, number in place.items() if number is not None]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(client.download_artifacts(run_id, f"{folders[0]}/{name}" if folders else latest, scratch))
        return _weights(model, path) if name.endswith(".weights.h5") else _whole(path)


def _weights(model: Any, path: Path) -> Any:
    if model is None:
        raise InvalidArgument("The checkpoint holds weights alone; pass the model that shall get them: model=")
    model.load_weights(path)
    return model


def _whole(path: Path) -> Any:
    reason = keras_models.hazard(path)
    trust.allow([reason] if reason else [], root=path, origin="store", trust=None)
    try:
        return keras_models.read(path, require("keras").saving, bool(reason), {})
    except (OSError, ValueError, TypeError) as error:
        raise CorruptModel(
            f"Keras cannot read the checkpoint '{path.name}': {type(error).__name__}: {error}"
        ) from error
