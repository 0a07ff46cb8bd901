"""Names and public modules that are imported when first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

from .collector import Paused

TYPE_CHECKING = False  # this file is all that `import modelwright` loads: typing alone would double its cost
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from types import ModuleType
    from typing import Any


def attach(
    module: str, table: Mapping[str, str], absent: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for `module`, from public name to "package.module:attribute" (or a module alone).

    The table holds strings, so nothing is imported until somebody asks, and the import rules see no edge.
    The key "*" names a module that is asked for names the table does not hold. `absent`, "package.module:function", is
    asked why there is no such name.

    >>> get, names = attach("json", {"loads": "json:loads"})
    >>> get("loads")("[1]"), names()
    ([1], ['loads'])
    """

    def get(name: str) -> Any:
        target = _target(table, name)
        if target is None:
            raise _missing(module, name, absent)
        try:
            value = resolve(target)
        except AttributeError as error:
            if name in table:
                raise
            raise _missing(module, name, absent) from error
        setattr(sys.modules[module], name, value)
        return value

    def listed() -> list[str]:
        names = {name for name in table if name != "*" and "." not in name}
        if "*" in table:
            names.update(name for name in dir(import_module(table["*"])) if not name.startswith("_"))
        return sorted(names)

    return get, listed


def publish(package: str, table: Mapping[str, str], names: Container[str] = (), absent: str = "") -> None:
    """Let `import package.key` and `from package.key import x` find the module that `table[key]` names.

    Keys may be dotted ("pyfunc.model"). Real submodules win: the finder is asked last. `names` are public names that
    a submodule of the same name shall not hide: the function `autolog` stays when the package `autolog` is imported.
    `absent` is asked why there is no such module.
    """
    module = sys.modules[package]

    class Package(type(module)):  # type: ignore[misc]  # the base is ModuleType, or what a user made of it
        def __setattr__(self, name: str, value: Any) -> None:
            if name not in names or not isinstance(value, type(sys)):
                super().__setattr__(name, value)

        def __reduce__(self) -> tuple[Any, ...]:  # cloudpickle knows plain modules only
            return import_module, (self.__name__,)

    module.__class__ = Package
    if not any(isinstance(finder, _Finder) and finder.package == package for finder in sys.meta_path):
        sys.meta_path.append(_Finder(package, table, absent))


def resolve(target: str) -> Any:
    """The object that "package.module:attribute.path" names.

    >>> resolve("json:decoder.JSONDecoder").__name__
    'JSONDecoder'
    """
    path, _, attribute = target.partition(":")
    with Paused():
        value: Any = import_module(path)
    for part in attribute.split(".") if attribute else ():
        value = getattr(value, part)
    return value


class _Finder:
    """A meta-path finder and loader: the module under a public name is the very object of its private name."""

    def __init__(self, package: str, table: Mapping[str, str], absent: str = "") -> None:
        self.package, self.table, self.absent = package, table, absent

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package != self.package or _target(self.table, name) is None:
            return None
        if name not in self.table and not isinstance(self._module(name), type(sys)):
            if why := resolve(self.absent)(fullname) if self.absent else "":
                # Without a name: importlib takes an error that has one for "no such submodule" and drops the message.
                raise ModuleNotFoundError(f"No module named {fullname!r}: {why}")
            return None
        return ModuleSpec(fullname, self)  # type: ignore[arg-type]  # a loader by its two methods

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.partition(".")[2]
        found = self._module(name)
        if not hasattr(found, "__path__") and any(key.startswith(f"{name}.") for key in self.table):
            found.__path__ = []  # it has public children, so it must look like a package
        sys.modules[module.__name__] = found

    def _module(self, name: str) -> Any:
        try:
            return resolve(_target(self.table, name) or "")
        except AttributeError:
            return None


def _target(table: Mapping[str, str], name: str) -> str | None:
    if name in table or "*" not in table or name.startswith("_") or "." in name:
        return table.get(name) if name != "*" else None
    return f"{table['*']}:{name}"


def _missing(module: str, name: str, absent: str) -> AttributeError:
    message = f"module {module!r} has no attribute {name!r}"
    if absent and not name.startswith("_"):
        why = resolve(absent)(f"{module}.{name}")
        message += f": {why}" if why else ""
    return AttributeError(message, name=name, obj=sys.modules.get(module))
