"""What a model needs installed, worked out here and now: from its pickles, its sources and its flavor.

Nothing is started, fetched, imported or loaded to find out. What counts is what the model names: modules in the
instructions of its pickles, and import statements in its sources. Each module leads to the distribution it was
installed by, and what others bring along anyway is left out, as MLflow leaves it out.
"""

from __future__ import annotations

import ast
import logging
import sys
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import installed
from . import pickles as scanner
from .installed import Distribution, find, normal, required_by

log = logging.getLogger(__name__)

# Never a model's requirement: ourselves, MLflow (`env` adds it), and what every environment has.
_EXCLUDED = {"modelwright", "mlflow", "mlflow-skinny", "setuptools", "pip", "wheel"}
# The numbers a model gives depend on their versions, and so does reading arrays back. They are pinned when something
# the model needs requires them, and pandas when this process uses it: what went into the model was then a frame.
_BASE = ("numpy", "scipy", "pandas")


def infer(
    names: Iterable[str],
    *,
    pickles: Iterable[Path] = (),
    sources: Iterable[Path | str] = (),
    modules: Iterable[str] = (),
) -> list[str]:
    """Pinned requirements, sorted, of a model that needs the distributions `names` and whatever its files refer to.

    Args:
        names: Distributions that are needed in any case; those not installed are listed without a version.
        pickles: Files to look into. One that is no pickle counts for nothing.
        sources: Python files, folders of them (what lies at their top is the model's own and needs no
            distribution), or, as text, source code.
        modules: Dotted names of modules that are needed besides.

    Warns UserWarning when a module comes from an editable install, whose code stays behind.

    >>> infer(["click"], modules=["json", "no_such_module"])[0].partition("==")[0]
    'click'
    """
    sources = list(sources)
    own = _own(sources)
    wanted = set(modules)
    for path in pickles:
        wanted |= scanner.begun(path).modules
    for source in sources:
        wanted |= set(_imports(source))
    always = {normal(name) for name in names}
    found = _distributions((module for module in wanted if module.partition(".")[0] not in own), always)
    kept = always | _pruned({*always, *found} - _EXCLUDED)
    return sorted(one.requirement if (one := find(name)) else name for name in kept)


def _distributions(modules: Iterable[str], always: set[str]) -> set[str]:
    found: dict[str, Distribution] = {}
    for module in modules:
        found.update((one.name, one) for one in installed.providing(module))
    editable = {one.name: one.folder for one in found.values() if one.folder} if found else {}
    for name in editable.keys() - always - _EXCLUDED:
        warnings.warn(
            f"The model uses {name!r}, installed in editable mode from '{editable[name]}': its code does not travel "
            f"with the model. Pass it in code_paths=, or name an installable version in pip_requirements=",
            UserWarning,
            stacklevel=3,
        )
        found.pop(name)
    return set(found)


def _pruned(names: set[str]) -> set[str]:
    """Without what others among them require, but with the libraries whose version decides the result."""
    required = set().union(*(required_by(name) for name in names))
    base = {name for name in _BASE if name in names | required and find(name)}
    if "pandas" in sys.modules and find("pandas"):
        base.add("pandas")
    return (names - required) | base


def _own(sources: Iterable[Path | str]) -> set[str]:
    """Top-level names of the modules that the model brings itself."""
    own = {"__main__", "__mp_main__"}
    for source in sources:
        if isinstance(source, str):
            continue
        own.add(source.stem)
        for item in (path for path in source.glob("*") if path.is_dir() or path.suffix == ".py"):
            own.add(item.stem)
            own |= {inner.stem for inner in item.glob("*") if inner.is_dir() or inner.suffix == ".py"}
    return own


def _imports(source: Path | str) -> Iterator[str]:
    if isinstance(source, str):
        yield from imported(source)
        return
    for path in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
        try:
            yield from imported(path.read_bytes())
        except OSError as error:
            log.debug("requirements: cannot read %s: %s", path, error)


def imported(source: str | bytes) -> set[str]:
    """The modules that import statements in Python source ask for, wherever they stand; none if it cannot be parsed.

    Imports under `if TYPE_CHECKING:` do not count.

    >>> sorted(imported("import numpy.linalg\\ndef f():\\n    from os import path; from . import x"))
    ['numpy.linalg', 'os']
    """
    try:
        tree = ast.parse(textwrap.dedent(source) if isinstance(source, str) else source)
    except (SyntaxError, ValueError) as error:
        log.debug("requirements: source cannot be parsed: %s", error)
        return set()
    found: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Call) and (name := _dynamic(node)):
            found.add(name)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            todo += node.orelse
        else:
            todo += ast.iter_child_nodes(node)
    return found


def _dynamic(call: ast.Call) -> str | None:
    """The name in `import_module("name")`."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    if name not in ("import_module", "__import__") or not call.args or not isinstance(call.args[0], ast.Constant):
        return None
    value = call.args[0].value
    return value if isinstance(value, str) and not value.startswith(".") else None
