"""The namespace in which one model's code is imported.

Two models may both carry `helper.py`. Each model's modules are imported under a private name of its own
(`modelwright._code.<id>.helper`), by a loader that gives them their own `__import__`: it answers the model's own
top-level names first and leaves everything else to Python. `__import__` is looked up in a function's builtins whenever
an import statement runs, so an import inside `predict`, long after loading, still finds the right `helper`.
`sys.path` is never touched, and of `sys.modules` only the private names are used; they go when the model goes.

Three kinds of code ask for a module by name without an import statement:
* our unpickler, which asks `Namespace.find`;
* the model's own calls of `importlib.import_module` and `pickle.load`, which get stand-ins of those modules;
* other libraries (joblib's unpickler, for one), which reach the last of the finders below while the model runs.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from ..core.errors import CorruptModel

PRIVATE = "modelwright._code"

_numbers = count(1)
_live: weakref.WeakValueDictionary[str, Namespace] = weakref.WeakValueDictionary()
_running: ContextVar[Namespace | None] = ContextVar("modelwright_running", default=None)


class Namespace:
    """The modules below some directories, importable by each other and by nobody else.

    Args:
        *roots: Directories that hold the model's top-level modules, looked into in this order.
        heard: Called with every other top-level name that the model's code imports.
        stand_ins: Name of a standard module → functions that replace its own for the model's code.
        renamed: Top-level name → the name that answers it for the model's code, as far as it can.
    """

    def __init__(
        self,
        *roots: Path,
        heard: Callable[[str], object] | None = None,
        stand_ins: Mapping[str, Mapping[str, Any]] | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.id = f"m{next(_numbers)}"
        self.prefix = f"{PRIVATE}.{self.id}"
        self.roots = list(roots)
        self.heard = heard
        self.renamed = renamed or {}
        self.names = {name for root in roots for name in _top_level(root)}
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._kept: dict[str, ModuleType] = {}  # what outlives its entry in sys.modules
        self._found: set[str] = set()  # names the finder was asked for
        self._stand_ins: dict[str, ModuleType] = {
            name: _StandIn(importlib.import_module(name), functions)
            for name, functions in {"importlib": {"import_module": self._import_module}, **(stand_ins or {})}.items()
        }
        _live[self.id] = self
        _install()
        package = ModuleType(self.prefix)
        package.__path__ = [str(root) for root in roots]
        self._keep(self.prefix, package)

    def owns(self, name: str) -> bool:
        return name.partition(".")[0] in self.names

    def module(self, name: str) -> ModuleType:
        """The module called `name`: the model's own, else anybody's."""
        top = name.partition(".")[0]
        if self.owns(top):
            return self._own(name)
        if top in self.renamed:
            with suppress(ModuleNotFoundError):
                return importlib.import_module(self.renamed[top] + name.removeprefix(top))
        if self.heard:
            self.heard(top)
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != top or not self.descend(top):
                raise
            return self._own(name)

    def find(self, module: str, name: str) -> Any:
        """The attribute `name` (dots allowed) of a module."""
        value: Any = self.module(module)
        for part in name.split("."):
            value = getattr(value, part)
        return value

    def descend(self, name: str) -> bool:
        """Take in the one folder directly below the roots that holds the module `name`; False if there is none.

        `code_paths=["src"]` packs `src/loader_module.py`, which its author imported as `loader_module`.
        """
        top = name.partition(".")[0]
        folders = [path for root in self.roots for path in sorted(root.iterdir()) if path.is_dir()]
        below = [path for path in folders if path not in self.roots and top in _top_level(path)]
        if len(below) > 1:
            places = ", ".join(f"'{path.name}/{top}'" for path in below)
            raise CorruptModel(f"The model's code holds more than one module {top!r}: {places}; give its full name")
        if not below:
            return False
        self.roots.append(below[0])
        self.names |= _top_level(below[0])
        self._kept[self.prefix].__path__.append(str(below[0]))
        return True

    def run(self, path: Path, name: str) -> ModuleType:
        """Execute the file at `path` as a module of this namespace."""
        full = f"{self.prefix}.{name}"
        spec = spec_from_file_location(full, path, loader=_Source(full, str(path)))
        if spec is None or spec.loader is None or not path.is_file():
            raise CorruptModel(f"'{path}' is not a Python file")
        module = module_from_spec(spec)
        self._keep(full, module)
        spec.loader.exec_module(module)
        return module

    def forget(self) -> None:
        """Take the private names out of sys.modules; whatever still uses the modules keeps them."""
        for name in (*self._kept, *self._found):
            if (module := sys.modules.pop(name, None)) is not None:
                self._kept[name] = module

    def _own(self, name: str) -> ModuleType:
        full = f"{self.prefix}.{name}"
        kept = self._kept.get(full)
        if kept is None:
            self._remember()
            kept = importlib.import_module(full)
            self._kept[full] = kept
        return kept

    def _keep(self, name: str, module: ModuleType) -> None:
        self._kept[name] = sys.modules[name] = module

    def _remember(self) -> None:
        if self.prefix not in sys.modules:  # the model was let go, but something of it lives on and imports
            sys.modules.update(self._kept)

    def _import_module(self, name: str, package: str | None = None) -> ModuleType:
        """`importlib.import_module` as the model's modules see it."""
        if name.startswith("."):
            self._remember()
            return importlib.import_module(name, package)
        return self.module(name)

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__` as the model's modules see it."""
        names = fromlist or ()
        if level:
            self._remember()
            return builtins.__import__(name, globals, locals, names, level)
        top = name.partition(".")[0]
        if not self.owns(top):
            if name in self._stand_ins:
                return self._stand_ins[name]
            if top in self.renamed:
                with suppress(ModuleNotFoundError):
                    return builtins.__import__(self.renamed[top] + name.removeprefix(top), globals, locals, names, 0)
            if self.heard:
                self.heard(top)
            try:
                found = builtins.__import__(name, globals, locals, names, 0)
                return found if names else self._stand_ins.get(top, found)
            except ModuleNotFoundError as error:
                if error.name != top or not self.descend(top):
                    raise
        if isinstance(fromlist, list) and not fromlist:  # C code, which will look the name up in sys.modules
            return builtins.__import__(name, globals, locals, fromlist, 0)
        module = self._own(name)
        if names:
            self._remember()
            return builtins.__import__(module.__name__, globals, locals, names, 0)
        return self._own(top)


def of(scope: Mapping[str, Any]) -> Namespace | None:
    """The namespace that the globals `scope` of a module or function belong to."""
    found = scope.get("__builtins__")
    owner = getattr(found.get("__import__"), "__self__", None) if isinstance(found, dict) else None
    return owner if isinstance(owner, Namespace) else None


_lent: dict[str, ModuleType] = {}
_lenders = 0  # models that run at this moment, in any thread
_counting = threading.Lock()


@contextmanager
def running(namespace: Namespace | None) -> Iterator[None]:
    """While a model loads or predicts, libraries it calls find its modules too; afterwards nobody does."""
    global _lenders
    if namespace is None:
        yield
        return
    with _counting:
        _lenders += 1
    token = _running.set(namespace)
    try:
        yield
    finally:
        _running.reset(token)
        with _counting:
            _lenders -= 1
            for name in list(_lent) if not _lenders else ():
                if sys.modules.get(name) is _lent[name]:
                    del sys.modules[name]
                del _lent[name]


class _Source(SourceFileLoader):
    """Compiles the model's source as it lies there; never reads or writes byte code beside it."""

    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = _live[module.__name__.split(".")[2]].builtins
        exec(self.get_code(module.__name__), vars(module))


class _Private:
    """Finds `modelwright._code.<id>.…` below the roots of that namespace, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{PRIVATE}.") or path is None:
            return None
        if (namespace := _live.get(fullname.split(".")[2])) is not None:
            namespace._found.add(fullname)
        portions: list[str] = []
        for folder in path:
            spec = FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Source, [".py"])).find_spec(fullname)
            if spec is not None and spec.loader is not None:
                return spec
            portions += (spec.submodule_search_locations or []) if spec else []
        if not portions:
            return None
        package = ModuleSpec(fullname, None, is_package=True)
        package.submodule_search_locations = portions
        return package


class _Lent(ModuleType):
    """A module under its plain name; what it holds depends on the model that runs in this thread or task."""

    def __getattr__(self, name: str) -> Any:
        namespace = _running.get()
        if namespace is None or not namespace.owns(self.__name__) or name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(namespace.module(self.__name__), name)


class _Lender:
    """Asked last: the modules of the model that runs here, for libraries that import by plain name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        namespace = _running.get()
        if namespace is None or not (namespace.owns(fullname) or ("." not in fullname and namespace.descend(fullname))):
            return None
        package = hasattr(namespace.module(fullname), "__path__")
        return ModuleSpec(fullname, self, is_package=package)  # type: ignore[arg-type]  # a loader by its two methods

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        with _counting:
            _lent[spec.name] = _Lent(spec.name)
            return _lent[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to execute: every attribute is asked of the model that runs."""


class _StandIn(ModuleType):
    """A module of the standard library with a few functions that know the model's own modules."""

    def __init__(self, real: ModuleType, instead: Mapping[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(instead)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _top_level(folder: Path) -> set[str]:
    """Names of the modules and packages directly in `folder`."""
    names = set()
    for path in folder.iterdir():
        name = path.name.partition(".")[0]
        module = path.name.endswith((".py", *EXTENSION_SUFFIXES)) or path.is_dir()
        if module and name.isidentifier() and name != "__pycache__":
            names.add(name)
    return names


def _install() -> None:
    """The package of all private names and the two finders, once in a process."""
    if PRIVATE not in sys.modules:
        package = ModuleType(PRIVATE)
        package.__path__ = []
        sys.modules[PRIVATE] = package
        sys.meta_path.insert(0, _Private())
        sys.meta_path.append(_Lender())
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        if (found := sys.modules.get(name)) is not None:  # worker processes cannot import private names
            found.register_pickle_by_value(sys.modules[PRIVATE])
