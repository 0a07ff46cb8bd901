"""Pickles of models: written in MLflow's names, read by one Unpickler.

Writing. Stock MLflow must be able to load what we write, so our public classes travel under MLflow's names
(`mlflow.pyfunc.model.PythonModel`), and modules of a loaded model's namespace under the names they have in its code
directory. A name is written as `getattr(subimport("module"), "name")`, which, unlike a plain reference, needs no module
of that name in this process. Everything else is cloudpickle's work.

Reading. `Unpickler` is the only class of this package that unpickles, and loading reaches it behind the trust gate.
It asks the model's namespace first, answers MLflow's names with ours, and gives functions that travelled by value the
namespace's builtins, so that imports inside them find the model's own modules.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import IO, Any

import cloudpickle

from ..core import lazy
from ..core.errors import CorruptModel, InvalidArgument, MissingDependency
from . import schema
from .flavor import class_name
from .namespace import PRIVATE, Namespace

CLOUDPICKLE: str = cloudpickle.__version__
# Every Python that runs MLflow reads protocol 5. The default one up to Python 3.13 copies each array, and keeps the
# copies until the last one is written.
PROTOCOL = 5

_OWN = __name__.partition(".")[0]
_SCHEMA = (
    "DataType", "ColSpec", "TensorSpec", "Schema", "ParamSpec", "ParamSchema", "Array", "Object", "Property", "Map",
    "SparkMLVector", "TensorInfo", "convert_dataclass_to_schema",
)  # fmt: skip
# Stock's private names → ours; every public name is found under this package without `mlflow.`.
NAMES = {
    ("mlflow.pyfunc.model", "PythonModel"): ("modelwright.models.python_model", "PythonModel"),
    ("mlflow.pyfunc.model", "PythonModelContext"): ("modelwright.models.python_model", "PythonModelContext"),
    ("mlflow.pyfunc.model", "_FunctionPythonModel"): ("modelwright.models.python_model", "FunctionModel"),
    ("mlflow.models.model_config", "ModelConfig"): ("modelwright.models.python_model", "ModelConfig"),
    ("mlflow.models.signature", "_TypeHints"): ("modelwright.models.python_model", "TypeHints"),
    ("mlflow.models.signature", "ModelSignature"): ("modelwright.models.signature", "ModelSignature"),
    ("mlflow.models.signature", "infer_signature"): ("modelwright.models.signature", "infer_signature"),
    ("mlflow.pyfunc.utils.data_validation", "FuncInfo"): ("modelwright.models.python_model", "FuncInfo"),
    ("mlflow.pyfunc.utils.data_validation", "_validate_model_input"): ("modelwright.models.python_model", "passed_on"),
    ("mlflow.exceptions", "MlflowException"): ("modelwright.core.errors", "Error"),
    **{("mlflow.types.schema", name): (schema.__name__, name) for name in _SCHEMA},
}
_STOCK = {ours: stock for stock, ours in NAMES.items()} | {
    (getattr(schema, name).__module__, name): ("mlflow.types.schema", name) for name in _SCHEMA
}
_BY_VALUE = ("cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast", "cloudpickle")


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle carries no types
    """cloudpickle's, with the names above; `modules` collects what the pickle refers to."""

    def __init__(
        self, file: IO[bytes], protocol: int | None = None, annotations: Mapping[Any, dict[str, Any]] | None = None
    ) -> None:
        # The pickler looks into it for every object; cloudpickle's own is a chain of dictionaries, searched in Python.
        self.dispatch_table = {}
        for table in reversed(cloudpickle.Pickler.dispatch_table.maps):
            self.dispatch_table.update(table)
        super().__init__(file, protocol=protocol)
        self.modules: set[str] = set()
        self._annotations = annotations or {}

    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, _NAMED):
            return NotImplemented  # as cloudpickle says, a thousand times for a forest
        kind = type(obj)
        if kind is ModuleType or issubclass(kind, ModuleType):
            name = _plain_module(obj.__name__)
            self.modules.add(name)
            if name != obj.__name__:
                return cloudpickle.cloudpickle.subimport, (name,)
        elif issubclass(kind, type) or kind is FunctionType:
            module, name = getattr(obj, "__module__", None) or "", obj.__qualname__
            self.modules.add(module)
            found = _plain_name(module, name)
            if found is not None and _lookup(module, name) is obj:
                return getattr, (_Reference(found[0]), found[1])
        elif kind is _Reference:
            return cloudpickle.cloudpickle.subimport, (obj.__name__,)
        reduced = super().reducer_override(obj)
        if kind is FunctionType and obj in self._annotations and isinstance(reduced, tuple):
            reduced[2][1]["__annotations__"] = self._annotations[obj]
        return reduced


class _Reference:
    """A module that need not exist in this process."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


_NAMED: Any = (type, FunctionType, ModuleType, _Reference)


def dump(
    model: Any, path: Path, protocol: int | None = None, annotations: Mapping[Any, dict[str, Any]] | None = None
) -> set[str]:
    """Pickle `model` to the file at `path`; the names of the modules it refers to.

    A module's name is among them when an object of it was written, by reference or by value. `annotations` replaces
    those of a function that travels by value: as text they mean nothing without the names of the module it came from.
    """
    with open(path, "wb") as file:
        pickler = Pickler(file, protocol, annotations)
        pickler.dump(model)
    return {name for name in pickler.modules if name}


class Unpickler(pickle.Unpickler):
    """Reads a pickle whose loading was allowed.

    Args:
        file: What to read.
        code: The namespace of the model that the pickle is part of, if the model carries code.
        heard: Called with every top-level module name that the pickle refers to.
        **options: The standard library's, such as `encoding` for what Python 2 wrote.
    """

    def __init__(
        self,
        file: IO[bytes],
        code: Namespace | None = None,
        heard: Callable[[str], object] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(file, **options)
        self._code, self._heard = code, heard or (code.heard if code else None)

    def find_class(self, module: str, name: str, /) -> Any:
        if module in _BY_VALUE and name == "subimport":
            return self._module
        if self._code is not None:
            if module in _BY_VALUE and name == "_make_function":
                return self._make_function
            if module in _BY_VALUE and name == "_function_setstate":
                return self._function_setstate
            if self._code.owns(module):
                return self._code.find(module, name)
        if module.partition(".")[0] == "mlflow":
            return _ours(module, name)
        if self._heard:
            self._heard(module.partition(".")[0])
        try:
            return super().find_class(module, name)
        except ModuleNotFoundError as error:
            if self._code is None or error.name != module.partition(".")[0] or not self._code.descend(module):
                raise
            return self._code.find(module, name)

    def _module(self, name: str) -> ModuleType:
        if name.partition(".")[0] == "mlflow":
            found: ModuleType = _ours(name, "")
            return found
        if self._code is not None:
            return self._code.module(name)
        if self._heard:
            self._heard(name.partition(".")[0])
        return importlib.import_module(name)

    def _make_function(self, code: Any, globals: dict[str, Any], name: str, argdefs: Any, closure: Any) -> FunctionType:
        assert self._code
        globals["__builtins__"] = self._code.builtins  # fixed for good when the function is made
        return FunctionType(code, globals, name, argdefs, closure)

    def _function_setstate(self, function: FunctionType, state: Any) -> None:
        assert self._code
        cloudpickle.cloudpickle._function_setstate(function, state)
        function.__globals__["__builtins__"] = self._code.builtins  # for the functions it will make


@contextmanager
def writing(model: object, what: str, remedy: str = "") -> Iterator[None]:
    """What cannot be pickled in here is an InvalidArgument that says what to take out of `what`.

    Args:
        model: The model that is written.
        what: What it is: "the estimator".
        remedy: Another way, such as ", or save its booster".
    """
    try:
        yield
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise InvalidArgument(
            f"A {class_name(model)} cannot be pickled: {error}. Take what cannot be pickled (open files, locks, "
            f"generators) out of {what}{remedy}"
        ) from error


def load(path: Path, code: Namespace | None = None, heard: Callable[[str], object] | None = None) -> Any:
    """The object pickled at `path`. Only for files whose loading the trust gate allowed.

    Raises CorruptModel when the file is not a pickle.
    """
    if path.is_dir():
        raise CorruptModel(f"'{path}' is a folder, not a pickle")
    with open(path, "rb") as file:
        try:
            return Unpickler(file, code, heard).load()
        except (EOFError, pickle.UnpicklingError) as error:
            raise CorruptModel(f"'{path}' is not a whole pickle: {error}") from error


def module(code: Namespace | None = None) -> Any:
    """`pickle` as it is done here, for frameworks whose own functions take such a module.

    Its `modules` are the names of those that something written with it refers to.

    Args:
        code: As in `Unpickler`. Reading is for files whose loading the trust gate allowed.
    """
    stand_in: Any = ModuleType("pickle")
    stand_in.modules = set()

    class Writer(Pickler):
        def __init__(self, file: IO[bytes], protocol: int | None = None, **_: Any) -> None:
            super().__init__(file, protocol)
            self.modules = stand_in.modules

    class Reader(Unpickler):
        def __init__(self, file: IO[bytes], **options: Any) -> None:
            super().__init__(file, code, **options)

    stand_in.Pickler, stand_in.Unpickler = Writer, Reader
    stand_in.dump = lambda model, file, protocol=None, **_: Writer(file, protocol).dump(model)
    stand_in.load = lambda file, **options: Reader(file, **options).load()
    return stand_in


def namespace(*roots: Path, heard: Callable[[str], object] | None = None) -> Namespace:
    """A namespace for a model: its own use of `pickle` finds its modules, and `import mlflow` finds this package."""

    def load(file: IO[bytes], **options: Any) -> Any:
        return _Inside(file, **options).load()

    def loads(data: Any, /, **options: Any) -> Any:
        return load(io.BytesIO(data), **options)

    class _Inside(pickle.Unpickler):
        def find_class(self, module: str, name: str, /) -> Any:
            return found.find(module, name) if found.owns(module) else super().find_class(module, name)

    functions = {"Unpickler": _Inside, "load": load, "loads": loads}
    found = Namespace(*roots, heard=heard, stand_ins={"pickle": functions}, renamed={"mlflow": _OWN})
    return found


def _ours(module: str, name: str) -> Any:
    """What answers `name` of an `mlflow` module ("" for the module itself)."""
    path, attribute = NAMES.get((module, name), (_OWN + module.removeprefix("mlflow"), name))
    try:
        value: Any = importlib.import_module(path)
        for part in attribute.split(".") if attribute else ():
            value = getattr(value, part)
    except (ImportError, AttributeError) as error:
        raise MissingDependency(
            f"The pickle refers to {f'{module}.{name}'.rstrip('.')}, which has no counterpart here: {error}"
        ) from error
    return value


def _plain_module(name: str) -> str:
    """The name under which a module travels: a namespace's without its prefix, a public one of ours as MLflow's."""
    if name.startswith(f"{PRIVATE}."):
        return name.removeprefix(f"{PRIVATE}.").partition(".")[2]
    if name == _OWN:
        return "mlflow"
    if name.startswith(f"{_OWN}."):
        table: dict[str, str] = lazy.resolve(f"{_OWN}.api:MODULES")
        return next((f"mlflow.{public}" for public, path in table.items() if path == name and public != "*"), name)
    return name


def _plain_name(module: str, name: str) -> tuple[str, str] | None:
    """The name under which an object travels, where that is not its own."""
    if module.startswith(f"{PRIVATE}."):
        return _plain_module(module), name
    return _STOCK.get((module, name))


def _lookup(module: str, name: str) -> Any:
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, part, None)
    return value
