"""The shape of the gate: one place unpickles, one place admits."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import modelwright

SOURCE = Path(modelwright.__file__).parent
UNPICKLERS = {"load", "loads", "Unpickler", "_Unpickler", "_loads", "_load", "read_pickle", "load_model"}
PICKLE_MODULES = {
    "pickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "marshal",
    "shelve",
    "jsonpickle",
    "torch",
    "numpy",
}
ALLOWED = {"models/pickling.py": "the one Unpickler, reached behind the gate"}


def offences(tree: ast.AST) -> list[str]:
    """Names through which a file could unpickle."""
    found = []
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {(a.asname or a.name).partition(".")[0]: a.name.partition(".")[0] for a in node.names}
        elif (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").partition(".")[0] in PICKLE_MODULES
        ):
            found += [f"from {node.module} import {a.name}" for a in node.names if a.name in UNPICKLERS]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in UNPICKLERS:
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and aliases.get(base.id) in PICKLE_MODULES:
                found.append(f"{aliases[base.id]}.{node.attr}, line {node.lineno}")
    return found


def test_only_one_file_unpickles():
    found = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if name not in ALLOWED and (bad := offences(ast.parse(path.read_text("utf-8")))):
            found[name] = bad
    assert not found
    assert offences(ast.parse((SOURCE / "models/pickling.py").read_text("utf-8")))


@pytest.mark.parametrize(
    "text",
    ["import pickle\npickle.loads(b'')", "import pickle as p\np.Unpickler", "from cloudpickle import load",
     "def f():\n    import joblib\n    joblib.load('x')", "import numpy as np\nnp.load('x', allow_pickle=True)"],
)  # fmt: skip
def test_the_scan_sees(text):
    assert offences(ast.parse(text))


def calls(path: str, name: str) -> list[ast.Call]:
    tree = ast.parse((SOURCE / path).read_text("utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == name]


def test_loading_reaches_flavors_only_through_the_gate():
    """`Flavor.load` and `open` are called in load.py after `_admitted`, and while saving what the user just made."""
    tree = ast.parse((SOURCE / "models" / "load.py").read_text("utf-8"))
    functions = {n.name: ast.unparse(n) for n in tree.body if isinstance(n, ast.FunctionDef)}
    loaders = [name for name, text in functions.items() if ".load(at" in text or ".open(at" in text]
    assert sorted(loaders) == ["load_model", "load_pyfunc"]
    for name in loaders:
        assert functions[name].index("_admitted(") < functions[name].index("load(at")
    assert "_judged(" in functions["_admitted"]
    assert "gate.allow(" in functions["_judged"]
    assert calls("models/load.py", "gate.allow")


def test_pickling_is_used_by_those_who_pass_the_gate_only():
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"^\s*(from|import)\b.*\bpickling\b", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {name for name in users if not name.startswith("flavors/")} <= {"models/code.py"}
