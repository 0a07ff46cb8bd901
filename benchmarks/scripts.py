"""The article's scripts, and the same with every line of tracking taken out."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

ARTICLE = Path(__file__).resolve().parents[1] / "tests" / "e2e" / "article"
NAMES = ("autolog", "manual", "wrapper", "artifacts", "loader")
_TRACKING = {"mlflow", "infer_signature", "PythonModel", "PythonModelContext"}


def lay_out(name: str, folder: Path, *, tracked: bool) -> Path:
    """Write the script, in the form whose model loads, and what it needs, into an empty folder."""
    source = ARTICLE / ("artifacts_mended.py" if name == "artifacts" else f"{name}.py")
    text = source.read_text()
    script = folder / f"{name}.py"
    script.write_text(text if tracked else without_tracking(text))
    shutil.copy(ARTICLE / "loader_module_mended.py", folder / "loader_module.py")
    return script


def without_tracking(text: str) -> str:
    """The script less its imports, classes and statements that mention MLflow.

    >>> without_tracking("import mlflow\\nmlflow.autolog()\\nx = 1")
    'x = 1'
    """
    tree = ast.parse(text)
    tree.body = [statement for statement in tree.body if not _mentions(statement)]
    return ast.unparse(tree)


def _mentions(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").partition(".")[0] == "mlflow"
    if isinstance(statement, ast.Import):
        return any(alias.name.partition(".")[0] == "mlflow" for alias in statement.names)
    return any(isinstance(node, ast.Name) and node.id in _TRACKING for node in ast.walk(statement))
