"""Loading a model back right after it was written, to find out now whether it can be loaded later.

The model is loaded by the same code as anywhere else: its modules in a namespace of their own, its pickles by our
unpickler, and its stored example is run through `predict`. That finds a loader module that forgets an import and a
wrapper that unpickles a path. Everything stays in this process, so it takes milliseconds; what it cannot see is a file
outside the model that happens to be here. Modules outside the model it does see: those that no installed distribution
owns are named in `Verified.note`.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core import trust
from ..core.errors import UntrustedModel
from ..core.settings import VERIFY_BYTES
from . import installed, manifest
from .example import alike
from .load import flavor, load_model, load_pyfunc
from .mlmodel import PYFUNC, Model
from .verified import Verified


class Shown:
    """An example as it was given, and what the model that was loaded back made of it.

    The predictions count only where the stored example reads back as the one given.
    """

    def __init__(self, data: Any) -> None:
        self.data, self.predictions, self.known = data, None, False


def verify(root: Path, meta: Model, size: int | None = None, shown: Shown | None = None) -> Verified:
    """Load the model under `root`, and run its stored example if it has one.

    Args:
        root: The directory; its files have just been written, or compared with the manifest.
        meta: What its MLmodel says.
        size: Bytes of its files; counted when left out.
        shown: Takes the predictions for the stored example.
    """
    size = manifest.size(root) if size is None else size
    if size > VERIFY_BYTES.get():
        return Verified(True, skipped=f"it has {size} bytes, more than MODELWRIGHT_VERIFY_BYTES={VERIFY_BYTES.get()}")
    heard: set[str] = set()
    with _undone(heard), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the model's own; loading it for use shows them
        try:
            _try(root, meta, heard, shown)
        except (Exception, SystemExit) as error:
            if isinstance(error, UntrustedModel) and trust.policy() == "none":
                return Verified(True, skipped="the policy MODELWRIGHT_TRUST=none lets no code of a model run")
            return Verified(False, reason=_reason(error, root))
        local = _local(heard)
    if local:
        names = ", ".join(f"{name!r} ({path})" for name, path in local.items())
        return Verified(True, note=f"it needs the module {names}, which it does not carry; add it to code_paths")
    return Verified(True)


def _try(root: Path, meta: Model, heard: set[str], shown: Shown | None) -> None:
    if PYFUNC not in meta.flavors:
        for name in meta.flavors:
            load_model(flavor(name), root, trust=True)
        return
    own = Model(
        flavors=deepcopy(meta.flavors), signature=meta.signature, metadata=meta.metadata
    )  # not what loading changes
    own.saved_input_example_info = meta.saved_input_example_info
    model = load_pyfunc(root, trust=True, heard=heard.add, meta=own)
    try:
        if meta.saved_input_example_info:
            data = own.load_input_example(root)
            same = shown is not None and alike(data, shown.data)
            predictions = model.predict(data, meta.load_input_example_params(root))
            if shown is not None and same:
                shown.predictions, shown.known = predictions, True
    except Exception as error:
        error.add_note("predict on the stored input example")
        raise
    finally:
        if model._code is not None:
            model._code.forget()


def _reason(error: BaseException, root: Path) -> str:
    """`NameError: name 'x' is not defined in loader_module.py:12`."""
    text = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
    place = _place(error, root)
    notes = [f" ({note})" for note in getattr(error, "__notes__", ())]
    return f"{text}{f' in {place}' if place else ''}{''.join(notes)}"


def _place(error: BaseException, root: Path) -> str | None:
    """The last line of the model's own code that was running; of anybody's code but ours and the libraries', else."""
    packed, other = None, None
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(root):
            parts = path.relative_to(root).parts
            packed = f"{'/'.join(parts[1:] if parts[0] == 'code' else parts)}:{frame.lineno}"
        elif not _belongs(frame.filename):
            other = f"{path.name}:{frame.lineno}"
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(root):
        packed = f"{Path(error.filename).name}:{error.lineno}"
    return packed or other


_LIBRARIES = tuple(
    {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_OURS = str(Path(__file__).parents[1])


@lru_cache(4096)
def _belongs(file: str) -> bool:
    """Whether a file is Python's, an installed library's or ours."""
    return file.startswith("<") or os.path.realpath(file).startswith((*_LIBRARIES, _OURS))


def _local(names: Iterable[str]) -> dict[str, str]:
    """Modules among `names` that lie in somebody's own folder, and the file of each."""
    found = {}
    for name in sorted(set(names)):
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
        if isinstance(file, str) and name != "__main__" and not _belongs(file) and not installed.providing(name):
            found[name] = file
    return found


@contextmanager
def _undone(heard: set[str]) -> Iterator[None]:
    """Afterwards sys.path is as before, and what the model imported from outside the libraries is not imported."""
    path, modules = list(sys.path), sys.modules.copy()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [name for name in sys.modules.copy() if name not in modules]:
            file: Any = getattr(sys.modules[name], "__file__", None)
            if name.partition(".")[0] in heard and isinstance(file, str) and not _belongs(file):
                del sys.modules[name]
