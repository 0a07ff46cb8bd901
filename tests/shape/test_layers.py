"""Imports go one way, frameworks stay at the edge, and the checks that say so can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "check_imports.py"


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def test_layers() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_frameworks_and_own_modules_are_imported_where_they_may() -> None:
    done = run(sys.executable, str(CHECK))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("where", "source", "said"),
    [
        ("api/x.py", "def f():\n    from ..core import lazy\n", "x.py:2: modelwright is imported inside a function"),
        ("api/x.py", "class A:\n    def f(self):\n        import modelwright.core\n", "inside a function"),
        ("flavors/x.py", "import xgboost\n", "x.py:1: xgboost is optional"),
        ("flavors/x.py", "try:\n    from numpy import array\nexcept ImportError:\n    pass\n", "numpy is optional"),
        ("models/x.py", "def f():\n    import sklearn.base\n", "models must work without sklearn"),
        ("core/x.py", "if TYPE_CHECKING:\n    import torch\n", "core must work without torch"),
        ("flavors/x.py", "def f():\n    import xgboost\n", ""),
        ("api/x.py", "if TYPE_CHECKING:\n    import pandas\n", ""),
        ("wire/x.py", "import json\nimport msgspec\nfrom ..core import lazy\n", ""),
    ],
)
def test_the_check_sees(where: str, source: str, said: str, tmp_path: Path) -> None:
    tool = tmp_path / "tools" / "check_imports.py"
    file = tmp_path / "src" / "modelwright" / where
    tool.parent.mkdir()
    file.parent.mkdir(parents=True)
    tool.write_text(CHECK.read_text())
    file.write_text(source)
    done = run(sys.executable, str(tool), cwd=tmp_path)
    assert said in done.stdout
    assert done.returncode == bool(said)
