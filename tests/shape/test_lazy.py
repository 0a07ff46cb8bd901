"""Nothing is imported before it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORE = {"msgspec", "yaml", "packaging", "cloudpickle", "apsw", "click", "rich"}
HEAVY = {"numpy", "pandas", "sklearn", "xgboost", "scipy", "polars", "pyarrow", "matplotlib", "PIL"}


def loaded(code: str, cwd: Path) -> set[str]:
    """The modules that `code` adds to a fresh interpreter."""
    script = (
        "import json, sys\nbefore = set(sys.modules)\n"
        f"{code}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_import_brings_in_almost_nothing(tmp_path: Path) -> None:
    names = loaded("import modelwright", tmp_path)
    assert len(names) <= 40
    assert tops(names) <= sys.stdlib_module_names | {"modelwright"}


@pytest.mark.parametrize(
    "code",
    [
        "import modelwright as mw\nwith mw.start_run():\n    mw.log_metric('a', 1)\n    mw.log_param('b', 2)",
        "import modelwright as mw\nmw.autolog()",
        "from modelwright import MlflowClient\nMlflowClient().search_experiments()",
        "from modelwright.pyfunc import PythonModel, PythonModelContext",
        "from modelwright.models import infer_signature, ModelSignature, Model",
        "import modelwright.sklearn, modelwright.xgboost\nmodelwright.xgboost.log_model",
        "import modelwright\nmodelwright.install_as_mlflow()\nimport mlflow, mlflow.pyfunc, mlflow.xgboost",
        "import modelwright.cli.commands",
    ],
)
def test_no_numpy_pandas_or_framework_until_used(code: str, tmp_path: Path) -> None:
    assert not tops(loaded(code, tmp_path)) & HEAVY


def test_only_core_dependencies_are_needed_to_log(tmp_path: Path) -> None:
    names = loaded("import modelwright as mw\nwith mw.start_run():\n    mw.log_metric('a', 1)", tmp_path)
    foreign = {name for name in tops(names) if name not in sys.stdlib_module_names and name != "modelwright"}
    assert {name for name in foreign if not name.startswith("_")} <= CORE | {"typing_extensions"}


@pytest.mark.parametrize(
    ("script", "most"),
    [
        ("import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('a', 1)", 80),
        (
            "import mlflow\nfrom xgboost import XGBClassifier\nmlflow.autolog()\n"
            "XGBClassifier(n_estimators=2).fit([[0.0], [1.0]], [0, 1])",
            156,
        ),
    ],
)
def test_a_script_waits_for_few_modules(script: str, most: int, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(script)
    code = "import sys; sys.argv[1:] = ['exec', 'train.py']; from modelwright.cli.main import main; main()"
    names = loaded(code, tmp_path)
    assert len([name for name in names if name.partition(".")[0] == "modelwright"]) <= most
    heavy = {"asyncio", "click", "difflib", "email", "importlib.metadata", "multiprocessing", "pydoc"}
    assert not names & (set() if "xgboost" in script else heavy)


def test_logging_by_hand_reads_no_integration(tmp_path: Path) -> None:
    names = loaded("import modelwright as mw\nmw.sklearn.log_model\nmw.xgboost.load_model", tmp_path)
    assert not {name for name in names if name.startswith("modelwright.autolog.sklearn")}
    assert "modelwright.autolog.xgboost" not in names
