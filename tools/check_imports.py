"""The import rules that import-linter cannot see, checked on the syntax tree.

1. A module of this package is imported at the top of a file, never inside a function: a cycle cannot hide.
2. At the top of a file only the standard library and the core dependencies are imported; everything else is optional
   and belongs inside the function that needs it, or under TYPE_CHECKING.
3. No framework is imported, anywhere, by the packages that must work without one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "src"
OWN = "modelwright"
CORE = {"msgspec", "yaml", "packaging", "cloudpickle", "apsw", "click", "rich"}
FRAMEWORKS = {"sklearn", "xgboost", "lightgbm", "catboost", "torch", "tensorflow", "keras", "onnx", "mlflow"}
FREE_OF_FRAMEWORKS = {"core", "wire", "stores", "models", "tracking"}


def main() -> int:
    problems = [problem for path in sorted(ROOT.rglob("*.py")) for problem in check(path, ROOT)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def check(path: Path, root: Path) -> Iterator[str]:
    """One line for every import in `path` that breaks a rule."""
    parts = path.relative_to(root / OWN).parts
    for node, inside, typing in _imports(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _tops(node):
            at = f"{path.relative_to(root.parent)}:{node.lineno}"
            if name == OWN and inside and not typing:
                yield f"{at}: {OWN} is imported inside a function; import it at the top of the file"
            if name in FRAMEWORKS and parts[0] in FREE_OF_FRAMEWORKS:
                yield f"{at}: {parts[0]} must work without {name}; move this to flavors or autolog"
            elif not inside and not typing and name not in sys.stdlib_module_names | CORE | {OWN}:
                yield f"{at}: {name} is optional; import it inside the function that needs it, or under TYPE_CHECKING"


def _imports(
    node: ast.AST, inside: bool = False, typing: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    """Every import statement below `node`, whether a function encloses it, and whether only type checkers see it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, inside, typing
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for statement in child.body:
                yield from _imports(ast.Module([statement], []), inside, True)
            yield from _imports(ast.Module(child.orelse, []), inside, typing)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, inside or function, typing)


def _tops(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {OWN if node.level else (node.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in node.names}


if __name__ == "__main__":
    sys.exit(main())
