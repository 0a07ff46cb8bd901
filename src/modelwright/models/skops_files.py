"""skops files: models written without pickle, and which of the types in them a flavor vouches for.

skops builds an object without calling its constructor, so a file can do no more than the classes it names. Those of
scikit-learn, NumPy and SciPy that hold numbers and compute with them are known here; a flavor adds its own by name, the
caller further ones. What the file says about itself is not asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any
from zipfile import ZipFile

from ..core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from ..core.frameworks import lacks
from ..core.settings import SAFE_COPY_BYTES
from .flavor import Stored, class_name

log = logging.getLogger(__name__)

_COPY = "model.skops"
_FILE_KEYS = ("pickled_model", "data")  # where flavors of pickles name their file
# None of these classes runs code that a file brings. Modules that read files or start processes are left out.
_CLASSES = re.compile(
    r"sklearn\.(?!externals|datasets|utils\._testing|utils\.parallel|utils\._joblib|experimental)[\w.]+"
    r"|numpy\.(dtype|ndarray|ma\.\w+|matrix|random\._?\w+\.\w+)"
    r"|scipy\.(sparse|interpolate|spatial)\.[\w.]+"
)
_FUNCTIONS = re.compile(
    r"sklearn\.(feature_selection\._(univariate_selection|mutual_info)|metrics\.pairwise|cluster\._kmeans)\.\w+"
    r"|numpy\.(mean|median|average|min|max|amin|amax|sum|prod|std|var|asarray|ravel|argmax|argmin)"
    r"|scipy\._lib\.array_api_compat\.numpy\._aliases\.asarray"
)


def write(model: Any, path: Path, trusted: Sequence[str] | None, own: Collection[str] = ()) -> list[str] | None:
    """Write the file; the types in it that skops itself does not trust, which MLflow 3 records.

    Args:
        model: The model.
        path: Where to.
        trusted: Dotted names of types that the caller knows to be harmless.
        own: Dotted names of types that the flavor vouches for.

    Raises:
        InvalidArgument: skops cannot write it, or loading would refuse it.
    """
    io = _skops()
    try:
        io.dump(model, path)
    except Exception as error:  # skops has no common base class for what it cannot write
        raise InvalidArgument(
            f"skops cannot write a {class_name(model)}: {error}; use another serialization_format"
        ) from error
    if unknown := strangers(path, trusted or (), own):
        raise InvalidArgument(
            f"The model holds types that loading would refuse: {', '.join(unknown)}. If you know them to be harmless "
            f"pass skops_trusted_types={unknown}; otherwise use serialization_format='cloudpickle'"
        )
    return io.get_untrusted_types(file=path) or None


def copy(model: Any, beside: Path, wanted: bool | None, own: Collection[str] = ()) -> dict[str, Any]:
    """Write the model once more, as a skops file beside its pickle, for those who run no pickles.

    Args:
        model: The model.
        beside: The pickle.
        wanted: True raises where there can be no such file; None leaves it out, as it does for a pickle of more than
            MODELWRIGHT_SAFE_COPY_BYTES; False writes none.
        own: Dotted names of types that the flavor vouches for.

    Returns:
        What MLmodel says of it: its name, and the bytes that it takes.
    """
    if wanted is False or (wanted is None and beside.stat().st_size > SAFE_COPY_BYTES.get()):
        return {}
    path = beside.with_name(_COPY)
    try:
        write(model, path, (), own)
    except (InvalidArgument, MissingDependency) as error:
        path.unlink(missing_ok=True)
        if wanted:
            raise
        log.debug("skops: no safe copy of a %s: %s", class_name(model), error)
        return {}
    return {"safe_copy": {"path": _COPY, "bytes": path.stat().st_size}}


def copied(at: Stored, own: Collection[str] = ()) -> Stored | None:
    """The directory as one whose model is its skops file; None where there is none, or one that may run code."""
    told = at.conf.get("safe_copy")
    if not isinstance(told, dict) or hazard(at.file(told.get("path") or "", "safe_copy"), (), own):
        return None
    return replace(at, conf={**at.conf, "serialization_format": "skops", **dict.fromkeys(_FILE_KEYS, told["path"])})


def read(path: Path, trusted: Sequence[str] | None, own: Collection[str] = ()) -> Any:
    """The object in a skops file; `trusted` None allows every type in it."""
    io = _skops()
    if trusted is not None and (unknown := strangers(path, trusted, own)):
        raise UntrustedModel(
            f"'{path}' holds types not known to be safe: {', '.join(unknown)}. Look at them, then pass "
            f"skops_trusted_types={unknown}, or trust=True"
        )
    return io.load(path, trusted=io.get_untrusted_types(file=path))


def hazard(path: Path, trusted: Sequence[str] | None, own: Collection[str] = ()) -> str | None:
    """Why loading the file may run code; None where every type in it is known to be safe."""
    unknown = strangers(path, trusted or (), own)
    return f"its file '{path.name}' holds types not known to be safe: {', '.join(unknown)}" if unknown else None


def strangers(path: Path, trusted: Collection[str], own: Collection[str] = ()) -> list[str]:
    """Types in a skops file that neither skops, nor we, nor the flavor, nor the caller trust."""
    try:
        found = _skops().get_untrusted_types(file=path)
    except MissingDependency:
        raise
    except Exception as error:  # a broken zip file, a schema that is none
        raise CorruptModel(f"'{path}' is not a skops file: {type(error).__name__}: {error}") from error
    return [name for name in found if name not in trusted and name not in own and not known(name)]


def known(dotted: str) -> bool:
    """Whether a type is one of the numerical libraries' own classes, or a function known to be harmless."""
    kinds: tuple[type, ...] = ()
    if _FUNCTIONS.fullmatch(dotted):
        kinds = (FunctionType, type(len), type(import_module("numpy").mean))
    elif _CLASSES.fullmatch(dotted):
        kinds = (type,)
    if not kinds:
        return False
    module, _, name = dotted.rpartition(".")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return False
    home = (getattr(found, "__module__", None) or "").partition(".")[0]
    return isinstance(found, kinds) and home in ("sklearn", "numpy", "scipy")


def modules(path: Path) -> tuple[str, ...]:
    """The modules a skops file names."""
    with ZipFile(path) as archive:
        schema = archive.read("schema.json").decode()
    return tuple(set(re.findall(r'"__module__":\s*"([\w.]+)"', schema)))


def _skops() -> Any:
    try:
        return import_module("skops.io")
    except ImportError as error:
        if (lacking := lacks(error, "sklearn")) is not None:
            raise lacking from error
        raise MissingDependency("serialization_format 'skops' needs skops: pip install 'modelwright[skops]'") from error
