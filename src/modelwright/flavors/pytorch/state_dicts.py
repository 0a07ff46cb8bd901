"""State dictionaries: the weights without the module, as files of a run or in a folder.

state_dict.pth            torch.save
state_dict.safetensors    the same without a pickle, for tensors alone
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from ...core import trust as gate
from ...core.errors import InvalidArgument, MissingDependency, MissingFile
from ...core.frameworks import require
from ...models.flavor import class_name
from ...tracking import files
from ...tracking.active import writing_to
from ...tracking.resolve import local_path
from . import pickled

Format = Literal["pickle", "safetensors"]
_TORCH, _SAFE = "state_dict.pth", "state_dict.safetensors"


def save_state_dict(
    state_dict: Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    serialization_format: Format = "pickle",
    **kwargs: Any,
) -> None:
    """Save a state dictionary in a folder.

    Args:
        state_dict: What `model.state_dict()` gives, or a dictionary of such and of whatever else a checkpoint holds.
        path: The folder, which may exist.
        serialization_format: "pickle" writes with torch.save; "safetensors" writes tensors only, and cannot run code
            when it is read.
        **kwargs: Further arguments of torch.save.

    Raises:
        InvalidArgument: It is no dictionary, or holds what safetensors cannot.

    >>> import modelwright
    >>> modelwright.pytorch.save_state_dict(model.state_dict(), "weights")  # doctest: +SKIP
    """
    if not isinstance(state_dict, dict):
        raise InvalidArgument(
            f"A state dictionary is a dict, got a {class_name(state_dict)}; pass model.state_dict(), or save the model "
            f"with save_model"
        )
    if serialization_format not in get_args(Format):
        raise InvalidArgument(f"serialization_format must be 'pickle' or 'safetensors', got {serialization_format!r}")
    torch, folder = require("pytorch"), Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    if serialization_format == "pickle":
        torch.save(state_dict, folder / _TORCH, **kwargs)
        return
    if kwargs:
        raise InvalidArgument(f"safetensors takes no arguments of torch.save, got {', '.join(kwargs)}")
    strange = [str(name) for name, value in state_dict.items() if not isinstance(value, torch.Tensor)]
    if strange:
        raise InvalidArgument(f"safetensors holds tensors only, these are none: {', '.join(strange)}")
    unshared = {name: value.detach().clone().contiguous() for name, value in state_dict.items()}
    _safetensors().save_file(unshared, str(folder / _SAFE))


def log_state_dict(
    state_dict: Mapping[str, Any],
    artifact_path: str,
    *,
    serialization_format: Format = "pickle",
    **kwargs: Any,
) -> None:
    """Log a state dictionary as files of the active run. It is no model: it has no signature and cannot be scored.

    Args:
        state_dict: As in save_state_dict.
        artifact_path: The folder among the run's artifacts.
        serialization_format: As in save_state_dict.
        **kwargs: Further arguments of torch.save.

    Raises:
        InvalidArgument: It is no dictionary, or holds what safetensors cannot.

    >>> import modelwright
    >>> modelwright.pytorch.log_state_dict(model.state_dict(), "weights")  # doctest: +SKIP
    """
    client, run_id = writing_to(None)
    store = client.artifacts_of(run_id)
    with files.scratch(store) as folder:
        save_state_dict(state_dict, folder, serialization_format=serialization_format, **kwargs)
        client.log_artifacts(run_id, str(folder), artifact_path)


def load_state_dict(state_dict_uri: str, *, trust: bool | None = None, **kwargs: Any) -> dict[str, Any]:
    """A state dictionary that was saved or logged.

    It is read as weights, which runs no code. A checkpoint that holds other objects needs `weights_only=False`, and
    then whoever wrote it must be trusted.

    Args:
        state_dict_uri: The folder: `runs:/run/path`, a path …
        trust: With weights_only=False: True to allow code from the file to run, False to refuse it; None leaves it to
            the policy.
        **kwargs: Further arguments of torch.load, such as map_location.

    Raises:
        MissingFile: There is no state dictionary.
        UntrustedModel: Loading would run code that nobody allowed.

    >>> import modelwright
    >>> modelwright.pytorch.load_state_dict("weights")  # doctest: +SKIP
    """
    torch, found = require("pytorch"), local_path(state_dict_uri)
    safe, path = found.path / _SAFE, found.path / _TORCH
    if safe.is_file() and not path.is_file():
        where = kwargs.get("map_location") or "cpu"
        return dict(_safetensors().load_file(str(safe), device=str(where)))
    if not path.is_file():
        raise MissingFile(f"There is no state dictionary in '{found.path}': it has neither {_TORCH} nor {_SAFE}")
    weights_only = kwargs.pop("weights_only", "pickle_module" not in kwargs)
    if weights_only:
        return dict(torch.load(path, weights_only=True, **{"map_location": pickled.nearest, **kwargs}))
    gate.allow([f"its file '{_TORCH}' is a pickle"], root=found.path, origin=found.origin, trust=trust)
    module = kwargs.pop("pickle_module", None)
    return dict(pickled.read(path, None, kwargs.pop("map_location", None), module, kwargs))


def _safetensors() -> Any:
    try:
        return import_module("safetensors.torch")
    except ImportError as error:
        raise MissingDependency(
            "serialization_format 'safetensors' needs safetensors: pip install safetensors"
        ) from error
