"""Questions about stored models, and small changes to them: the functions of `mlflow.models`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..core import lazy, uris
from ..core.errors import InvalidArgument, NotFound
from ..models import env, example, load, manifest, requirements
from ..models.mlmodel import MLMODEL, PYFUNC, Model, ModelInfo
from ..models.signature import ModelSignature
from ..stores.artifacts import transfer
from ..stores.artifacts.base import Local
from ..stores.open import open_artifacts
from ..tracking import files, resolve

_HERE = (
    "Files", "ModelInputExample", "convert_input_example_to_serving_input", "get_model_info",
    "get_model_requirements_files", "infer_pip_requirements", "set_signature", "update_model_requirements",
)  # fmt: skip
NAMES = {
    **{name: f"modelwright.api.models:{name}" for name in _HERE},
    "build_docker": "modelwright.api.images:build_docker",
    "predict": "modelwright.api.scoring:predict",
    "validate_serving_input": "modelwright.api.scoring:validate_serving_input",
    "MLMODEL_FILE_NAME": "modelwright.models.mlmodel:MLMODEL",
    "Model": "modelwright.models.mlmodel:Model",
    "ModelInfo": "modelwright.models.mlmodel:ModelInfo",
    "set_model": "modelwright.models.python_model:set_model",
}
__getattr__, __dir__ = lazy.attach(__name__, NAMES)


ModelInputExample = Any  # for annotations: whatever `input_example=` takes


class Files(NamedTuple):
    """Paths of a model's requirement files."""

    requirements: str
    conda: str


def get_model_info(model_uri: str) -> ModelInfo:
    """What is known of a stored model, without loading it.

    Args:
        model_uri: `runs:/run/path`, `models:/name/version`, `models:/name@alias`, `models:/m-…`, or a path.

    Raises:
        NotFound: No model there.

    >>> import modelwright, tempfile
    >>> path = tempfile.mkdtemp() + "/m"
    >>> _ = modelwright.pyfunc.save_model(path, python_model=lambda model_input: model_input, pip_requirements=[])
    >>> list(modelwright.models.get_model_info(path).flavors)
    ['python_function']
    """
    info = Model.load(resolve.local_path(model_uri).path).get_model_info()
    info.model_uri = info.model_uri or str(model_uri)
    return info


def set_signature(model_uri: str, signature: ModelSignature) -> None:
    """Give a stored model another signature.

    Args:
        model_uri: `runs:/run/path` or a path. A registered version keeps what it was registered with.
        signature: The new one.

    Raises:
        InvalidArgument: A `models:/` address, or something that is no ModelSignature.
    """
    if not isinstance(signature, ModelSignature):
        raise InvalidArgument(
            f"signature must be a ModelSignature, got {type(signature).__name__}; see infer_signature"
        )

    def change(root: Path) -> None:
        meta = Model.load(root)
        meta.signature = signature
        meta.save(root / MLMODEL)

    _change(model_uri, change)


def update_model_requirements(model_uri: str, operation: str, requirement_list: list[str]) -> None:
    """Add requirements to a stored model, or remove them, in `requirements.txt` and `conda.yaml`.

    Args:
        model_uri: `runs:/run/path` or a path. A registered version keeps what it was registered with.
        operation: "add", which replaces a requirement of the same package, or "remove".
        requirement_list: Requirements as pip reads them; names are enough to remove.

    Raises:
        InvalidArgument: Another operation, or a line that is no requirement.
    """
    _change(model_uri, lambda root: env.update(root, operation, requirement_list))


def _change(model_uri: str, change: Callable[[Path], object]) -> None:
    """Change a stored model in a copy, and put the copy in its place as a whole."""
    if str(model_uri).startswith("models:"):
        raise InvalidArgument(f"{model_uri!r} is registered and does not change; log a new model and register that")
    found = resolve.place(model_uri)
    store, key, source = found.store, found.key, resolve.local_path(model_uri).path
    if not key:  # the model is the store's root, so it is its parent that can replace it
        store, key = open_artifacts(uris.file_uri(source.parent)), source.name
    with files.scratch(store) as scratch:
        copy = scratch / "model"
        shutil.copytree(source, copy)
        written = manifest.check(copy)
        change(copy)
        if written is not None:
            manifest.write(copy, seal=written.sealed)
        if isinstance(store, Local):
            store.publish(copy, key)
        else:
            transfer.upload(store, copy, key)


def get_model_requirements_files(resolved_uri: str) -> Files:
    """Where a model's requirement files are on this machine.

    Args:
        resolved_uri: As in `get_model_info`.

    Raises:
        NotFound: The model lacks one of them.
    """
    root = resolve.local_path(resolved_uri).path
    return Files(str(env.dependencies(root, "pip")), str(env.dependencies(root, "conda")))


def infer_pip_requirements(
    model_uri: str, flavor: str, fallback: list[str] | None = None, timeout: int | None = None
) -> list[str]:
    """The pinned packages that a stored model needs, from what its files refer to.

    Args:
        model_uri: As in `get_model_info`.
        flavor: The name of its flavor, such as "sklearn".
        fallback: What to answer when the flavor is not known here, instead of raising.
        timeout: Has no effect: nothing is started that could hang.

    Raises:
        NotFound: There is no such flavor.
    """
    root = resolve.local_path(model_uri).path
    try:
        needed = load.flavor("pyfunc" if flavor == PYFUNC else flavor).packages
    except NotFound:
        if fallback is None:
            raise
        return list(fallback)
    pickles = [path for path in root.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib") and path.is_file()]
    return requirements.infer(needed, pickles=pickles, sources=list((root / "code").rglob("*.py")))


def convert_input_example_to_serving_input(input_example: Any) -> str | None:
    """The request body, as JSON text, that sends an input example to a scoring server.

    Args:
        input_example: Data, or a tuple of data and params; None gives None.

    >>> "".join(convert_input_example_to_serving_input([1, 2]).split())
    '{"inputs":[1,2]}'
    """
    return None if input_example is None else example.to_serving_input(input_example)
