"""What torch.save and torch.load ask of a pickle module, answered by this package's pickler and Unpickler.

    torch.save(model, path, pickle_module=modelwright.pytorch.pickle_module)

Classes and functions of the user's script travel inside. MLflow has a module of this name; it is the one that a model
directory names, so that MLflow reads our files with its own.
"""

from __future__ import annotations

from typing import IO, Any

from ...models.pickling import Pickler, Unpickler

NAME = "mlflow.pytorch.pickle_module"


def dump(model: Any, file: IO[bytes], protocol: int | None = None, **_: Any) -> None:
    """Pickle an object to an open file."""
    Pickler(file, protocol).dump(model)


def load(file: IO[bytes], **options: Any) -> Any:
    """The object pickled in an open file. Reading may run code: only for files that you trust."""
    return Unpickler(file, **options).load()
