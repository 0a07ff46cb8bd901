"""What a file that Keras wrote could make it run: read from the configuration inside, without Keras.

A `.keras` archive and an HDF5 file hold numbers and a tree of JSON that names every object of the model by module and
class. Keras imports what the tree names and calls its `from_config`; how far `safe_mode` looks at that has changed with
nearly every version, and for HDF5 it came only with 3.11. So the tree is judged here, by what is known to be harmless:
layers, optimizers, losses and the like of Keras itself, but for those few that carry code or open other files.
"""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ..core.errors import CorruptModel

# Modules of Keras whose classes compute with numbers. `keras.utils`, `keras.saving` and `keras.export` are not among
# them: they fetch, unpack and load files.
_CLASSES = re.compile(
    r"keras(\.src)?\.(layers|models|ops|optimizers|losses|metrics|initializers|regularizers|constraints|activations"
    r"|random|quantizers|dtype_policies|backend\.common)(\.[a-z0-9_]+)*"
)
# The same for functions, which a functional model calls with arguments from the file: `keras.models` has load_model.
_FUNCTIONS = re.compile(
    r"keras(\.src)?\.(ops|losses|metrics|initializers|regularizers|constraints|activations|random)(\.[a-z0-9_]+)*"
)
_CLASS = re.compile(r"_?[A-Z][A-Za-z0-9_]*")  # what is asked for as a class and is a function would be called, too
_RESOLVERS = ("get", "deserialize", "serialize")
_TOP = ("Sequential", "Functional", "Model", "Function", "DTypePolicy", "FloatDTypePolicy", "Variable", "KerasTensor")
_CODE = {
    "Lambda": "holds Python code",
    "__lambda__": "is a Python function that travels as code",
    "TorchModuleWrapper": "holds a pickled PyTorch module",
    "TFSMLayer": "runs a SavedModel",
    "JaxLayer": "calls functions that the file names",
    "FlaxLayer": "calls functions that the file names",
}
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__")
_SPEC = re.compile(r"tensorflow\.python\.(framework|ops)(\.[a-z0-9_]+)+")


def hazard(path: Path) -> str | None:
    """Why reading the Keras model in `path` may run code; None where its configuration names only Keras's own objects.

    Args:
        path: A `.keras` archive, or the folder that one was unpacked to, or an HDF5 file.
    """
    for entry in _entries(configuration(path)):
        if (why := _judged(entry)) is not None:
            return f"its file '{path.name}' {why}"
    return None


def names(path: Path) -> set[str]:
    """Every text in the configuration of the Keras model in `path`: names of classes and functions are among them."""
    found: set[str] = set()
    todo: list[Any] = [configuration(path)]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return found


def configuration(path: Path) -> Any:
    """The JSON that describes the model in `path`."""
    try:
        if path.is_dir():
            return json.loads((path / "config.json").read_bytes())
        if path.suffix == ".keras":
            with ZipFile(path) as archive:
                return json.loads(archive.read("config.json"))
        return _of_hdf5(path)
    except (BadZipFile, KeyError, ValueError, OSError, RecursionError) as error:
        raise CorruptModel(f"'{path}' is no model that Keras wrote: {type(error).__name__}: {error}") from error


def _of_hdf5(path: Path) -> Any:
    from h5py import File  # installed with Keras

    with File(path, "r") as file:
        texts = [file.attrs[key] for key in ("model_config", "training_config") if key in file.attrs]
    if not texts:
        raise ValueError("it has no model_config")
    return [json.loads(text) for text in texts]


def _entries(tree: Any) -> Iterator[dict[str, Any]]:
    """Every entry that stands for an object, from the outside inwards."""
    todo = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            todo += value.values()
        elif isinstance(value, list):
            todo += value


def _judged(entry: dict[str, Any]) -> str | None:
    """What is wrong with one entry."""
    kind, module, config = entry["class_name"], entry.get("module"), entry.get("config")
    title = f"{_named(entry)}{kind!r}"
    if not isinstance(kind, str) or not isinstance(module, str | None):
        return f"names {title}, which is no class"
    if kind in _CODE:
        return f"has {title}, which {_CODE[kind]}"
    if kind == "__typespec__":
        plain = isinstance(module, str) and _SPEC.fullmatch(module) and str(entry.get("spec_name")).endswith("Spec")
        return None if plain else f"has a type {entry.get('spec_name')!r} of module {module!r}"
    if isinstance(config, dict) and isinstance(config.get("vocabulary"), str):
        return f"has {title}, which reads the file '{config['vocabulary']}'"
    if module is None or kind in _VALUES:
        return None  # found among Keras's own objects and those that this process registered, never imported
    if kind == "function":
        return _of_function(config, module)
    if module == "builtins":  # an object without a module of its own; Keras asks those that this process registered
        return f"has {title} of Python itself" if hasattr(builtins, kind) else None
    known = kind in _TOP if module == "keras" else bool(_CLASSES.fullmatch(module) and _CLASS.fullmatch(kind))
    return None if known else f"has {title} of module {module!r}, which is none of Keras's own"


def _of_function(name: Any, module: str) -> str | None:
    if module == "builtins":  # how Keras writes its own functions, and those that it has to be given when it loads
        return f"has the function {name!r} of Python itself" if hasattr(builtins, str(name)) else None
    known = _FUNCTIONS.fullmatch(module) and name not in _RESOLVERS
    return None if known else f"has the function {name!r} of module {module!r}, which is none of Keras's own"


def _named(entry: dict[str, Any]) -> str:
    """The name of a layer, for a message."""
    config = entry.get("config")
    name = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return f"{name!r}, a " if isinstance(name, str) else ""
