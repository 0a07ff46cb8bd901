"""Modules in a file of torch.save, which is a pickle with tensors beside it, and TorchScript."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pickle import PicklingError, UnpicklingError
from typing import Any
from zipfile import BadZipFile, ZipFile

from ...core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from ...core.frameworks import require
from ...models import pickles, pickling
from ...models.flavor import class_name
from ...models.namespace import Namespace
from . import pickle_module as own
from .devices import is_here

log = logging.getLogger(__name__)

NAME = own.NAME
_FILE, _INFO = "model.pth", "pickle_module_info.txt"
# Files of these are plain pickles, or cloudpickle's, which our Unpickler reads.
_KNOWN = frozenset({"pickle", "_pickle", "cloudpickle", NAME, own.__name__})


def write(model: Any, folder: Path, module: Any, options: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Write the module; the name of the pickle module, and the modules that the file refers to."""
    torch = require("pytorch")
    given = module is not None and module.__name__ != own.__name__
    name = module.__name__ if given else NAME
    (folder / _INFO).write_text(name, "utf-8")
    if isinstance(model, torch.jit.ScriptModule):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r".*torch\.jit\.save.* is deprecated", DeprecationWarning)
            torch.jit.save(model, str(folder / _FILE))
        return name, ()
    writer = module if given else pickling.module()
    try:
        torch.save(model, folder / _FILE, pickle_module=writer, **options)
    except (PicklingError, AttributeError, TypeError) as error:
        if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
            raise
        raise InvalidArgument(
            f"A {class_name(model)} cannot be pickled: {error}. Take what cannot be pickled (open files, locks, "
            f"generators) out of the module, or use serialization_format='pt2'"
        ) from error
    found = {*_modules(folder / _FILE), *getattr(writer, "modules", ())}
    return name, tuple(sorted(found))


def read(path: Path, code: Namespace | None, where: Any, module: Any, options: Mapping[str, Any]) -> Any:
    """The module in a file; its loading was allowed."""
    torch = require("pytorch")
    if is_script(path):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r".*torch\.jit\.load.* is deprecated", DeprecationWarning)
            return torch.jit.load(str(path), map_location=where or (None if torch.cuda.is_available() else "cpu"))
    if not options.get("weights_only"):
        reader = _reader(path, code) if module is None else module
        options = {**options, "weights_only": False, "pickle_module": reader}
    try:
        return torch.load(path, map_location=where or nearest, **options)  # its unpickler is ours: see `_reader`
    except (EOFError, UnpicklingError) as error:
        if options.get("weights_only"):
            raise UntrustedModel(
                f"'{path}' holds more than weights, and weights_only=True was given: {error}"
            ) from error
        raise CorruptModel(f"'{path}' is not a whole file of torch.save: {error}") from error


def nearest(storage: Any, location: str) -> Any:
    """For torch.load: a tensor of a device that this machine lacks stays where it was read to, in main memory."""
    return None if is_here(location) else storage


def hazard(path: Path) -> str:
    if is_script(path):
        return f"its file '{path.name}' is TorchScript, a program that may run when it is loaded"
    return f"its file '{path.name}' is a pickle"


def is_script(path: Path) -> bool:
    """Whether a file is TorchScript's: then it has a table of constants, as torch itself tells the two apart."""
    try:
        with ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (BadZipFile, OSError):
        return False


def _reader(path: Path, code: Namespace | None) -> Any:
    """The pickle module for a file: ours, unless it was written with one that has an Unpickler of its own."""
    info = path.with_name(_INFO)
    name = info.read_text("utf-8").strip() if info.is_file() else NAME
    if name in _KNOWN or name.startswith("mlflow."):
        return pickling.module(code)
    if not all(part.isidentifier() for part in name.split(".")):
        raise CorruptModel(f"'{info}' names the pickle module {name[:80]!r}, which is no module's name")
    try:
        found = code.module(name) if code is not None and code.owns(name) else import_module(name)
    except ImportError as error:
        raise MissingDependency(
            f"The model was pickled with the module {name!r}, which is not here: {error}"
        ) from error
    return found if hasattr(found, "Unpickler") else pickling.module(code)


def _modules(path: Path) -> set[str]:
    """The modules that the pickle in a file refers to; none for a file of torch.save's older format."""
    try:
        with ZipFile(path) as archive:
            inner = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            return pickles.scan(archive.read(inner), str(path)).modules
    except (BadZipFile, StopIteration, CorruptModel) as error:
        log.debug("pytorch: %s is not searched for the modules it needs: %s", path, error)
        return set()
