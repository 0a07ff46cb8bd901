"""The stubs of the public modules, for type checkers and editors: `make stubs`; `--check` compares them.

At run time the public names come from tables of strings and the flavor modules are made from Flavor classes; a type
checker sees neither. A stub says the same in a form it can read.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

from generated import ROOT, formatted, settle

import modelwright
from modelwright import api
from modelwright.api import modules
from modelwright.core import lazy
from modelwright.models import load
from modelwright.models.flavor import Flavor

PACKAGE = ROOT / "src" / "modelwright"
HEAD = '"""{}"""\n# Made by tools/stubs.py.\n\n'
# Where the annotations of generated functions come from, in the order they are looked up.
SOURCES = ("models.save", "tracking.log_model", "models.load", "tracking.resolve", "api.autologging", "models.mlmodel")


def main() -> int:
    files = {PACKAGE / f"{name}.pyi": formatted(text, f"{name}.pyi") for name, text in stubs()}
    return settle(files, PACKAGE.rglob("*.pyi"), check="--check" in sys.argv, remedy="make stubs")


def stubs() -> Iterator[tuple[str, str]]:
    flavors = dir(modules)
    yield "__init__", _package(flavors)
    for name, target in api.MODULES.items():
        if "." not in name and name != "*":
            real = (PACKAGE / name).is_dir()
            yield f"{name}/__init__" if real else name, _table(importlib.import_module(target))
    for name in flavors:
        yield name, _flavor(getattr(modules, name), load.flavor(name))


def _package(flavors: Iterable[str]) -> str:
    lines = ["__version__: str"]
    lines += [_line(name, target) for name, target in modelwright._NAMES.items()]
    lines += [f"from . import {name} as {name}" for name in [*api.MODULES, *flavors] if name != "*" and "." not in name]
    return _file(modelwright.__doc__, lines)


def _table(module: ModuleType) -> str:
    """The stub of a module of names, whether a table says where they are or the module has them itself."""
    names = getattr(module, "NAMES", None)
    if names is None:
        names = {name: f"{module.__name__}:{name}" for name in module.__all__}
    lines, needed = [], set[str]()
    for name, target in names.items():
        value = lazy.resolve(target)
        if "__signature__" in getattr(value, "__dict__", ()):  # made at run time, so its own module has no types
            lines.append(_definition(name, value, needed))
        else:
            lines.append(_line(name, target))
    imports = _needed(needed, "modelwright.flavors.pyfunc")
    return _file(module.__doc__, [*imports, *lines])


def _line(name: str, target: str) -> str:
    path, _, attribute = target.partition(":")
    if not attribute:
        path, _, attribute = path.rpartition(".")
    if attribute != name:  # a type checker takes only `x as x` for a name that others may import
        return f"from {path} import {attribute} as _{name}\n{name} = _{name}"
    return f"from {path} import {attribute} as {name}"


def _flavor(module: ModuleType, flavor: Flavor) -> str:
    lines, needed = [_line(name, target) for name, target in flavor.names.items()], set[str]()
    for name in (name for name in module.__all__ if name not in flavor.names):
        if callable(value := getattr(module, name)):
            lines.append(_definition(name, value, needed))
        else:
            lines.append(f"{name}: {'str' if isinstance(value, str) else 'list[str]'}")
    return _file(module.__doc__, [*_needed(needed, type(flavor).__module__), *lines])


def _file(doc: str | None, lines: Iterable[str]) -> str:
    """A stub: its title, imports, then everything else."""
    each = [line for block in lines for line in block.split("\n")]
    each.sort(key=lambda line: not line.startswith(("from ", "import ")))
    return HEAD.format((doc or "").partition("\n")[0]) + "\n".join(each)


def _definition(name: str, function: Any, needed: set[str]) -> str:
    """The function's line; `needed` gets the names its annotations use."""
    signature = inspect.signature(function)
    for note in (*(p.annotation for p in signature.parameters.values()), signature.return_annotation):
        needed |= _names(note)
    return f"def {name}{_rendered(signature)}: ..."


def _needed(names: Iterable[str], source: str) -> list[str]:
    return [found for name in sorted(names) if (found := _import(name, source))]


def _rendered(signature: inspect.Signature) -> str:
    parts, star = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            parts, star = [*parts, "*"], True
        mark = {p.VAR_KEYWORD: "**", p.VAR_POSITIONAL: "*"}.get(p.kind, "")
        default = "" if p.default is p.empty else f" = {_default(p.default)}"
        parts.append(f"{mark}{p.name}: {_note(p.annotation)}{default}")
    return f"({', '.join(parts)}) -> {_note(signature.return_annotation)}"


def _default(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, bool | int | float | str) else "..."


def _note(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return "Any"
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")


def _names(annotation: Any) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(_note(annotation))) if isinstance(node, ast.Name)}


def _import(name: str, source: str) -> str | None:
    """The statement that brings in a name, found where the annotation was written; None for a builtin."""
    if name in dir(__builtins__) or name == "None":
        return None
    for module in (source, *(f"modelwright.{path}" for path in SOURCES)):
        if name in _imports(module):
            return _imports(module)[name]
    return "from typing import Any" if name == "Any" else None


@cache
def _imports(module: str) -> dict[str, str]:
    """Every name that a module imports or defines, with the statement that would import it elsewhere."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            path = importlib.util.resolve_name("." * node.level + (node.module or ""), _parent(module))
            for alias in node.names:
                asname = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name] = f"from {path} import {alias.name}{asname}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = f"import {alias.name}" + (
                    f" as {alias.asname}" * bool(alias.asname)
                )
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = f"from {module} import {node.name}"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, f"from {module} import {target.id}")
    return found


def _parent(module: str) -> str:
    found = importlib.import_module(module)
    return module if hasattr(found, "__path__") else module.rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
