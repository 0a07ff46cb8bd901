"""Rewrites the golden model directories with the MLflow of the environment that runs it.

    cd <repository> && <python with mlflow> tools/golden.py [stock|frameworks [CASE …]]

writes `tests/golden/<mlflow version>/<case>/` for the cases of one environment (`tests/stock/process.py`), or for those
of them that are named: the `model` directory, `score.json` (what to score it with) and `expected.json` (what that
MLflow says about it and predicts with it). 2.16.2 is in `.venv-stock` and `.venv-stock-frameworks` (`make stock
frameworks`); for 3.x make an environment with `mlflow==3.*`, `skops` and the frameworks somewhere outside the
repository. Of frameworks 3.x has those whose files it writes in another way, and a few beside them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
STAGE = Path("/tmp/golden")  # one fixed place: models record where their parts came from
SIZE = {"stock": 30_000, "frameworks": 80_000}


def main(environment: str = "stock", *names: str) -> None:
    shutil.rmtree(STAGE, ignore_errors=True)
    for folder in ("stock", "flavors"):  # the second has models that cases are made of
        shutil.copytree(REPOSITORY / "tests" / folder, STAGE / "tests" / folder)
    sys.path.insert(0, str(STAGE / "tests"))  # a copy: pickled functions record the file they came from
    warnings.simplefilter("ignore")
    from stock import driver
    from stock.cases import all_cases

    os.chdir(STAGE)  # before the import: MLflow makes ./mlruns where it is first used
    m = driver.side("stock")
    target = REPOSITORY / "tests" / "golden" / m.__version__
    cases = [case for case in all_cases().values() if case.environment == environment]
    cases = [case for case in cases if not names or case.name in names]
    driver.write(m, "stock", STAGE, [case for case in cases if case.golden])
    if environment == "stock":
        _logged(m, STAGE / "logged_model")
    for name in ("logged_model" if environment == "stock" else "", *(case.name for case in cases)):
        if name:
            shutil.rmtree(target / name, ignore_errors=True)
    for home in sorted(path.parent for path in STAGE.glob("*/score.json")):
        (home / "expected.json").write_text(json.dumps(driver.report(m, home / "model", home / "score.json"), indent=1))
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        if size > SIZE[environment]:
            raise SystemExit(f"{home.name} has {size} bytes; keep a golden directory under {SIZE[environment]}")
        shutil.copytree(home, target / home.name, ignore=shutil.ignore_patterns("__pycache__"))
        print(f"{home.name}: {size} bytes")
    for home in sorted(path.parent for path in STAGE.glob("*/failed.json")):
        print(f"{home.name}: {json.loads((home / 'failed.json').read_text())['error']}")


def _logged(m: Any, home: Path) -> None:
    """A model that a run logged, with the keys that only logging writes."""
    from stock import values
    from stock.sklearn_cases import FRAME, LINE, PINS, _line

    m.set_tracking_uri(f"sqlite:///{STAGE}/runs.db" if m.__version__ >= "3" else (STAGE / "mlruns").as_uri())
    m.set_experiment("golden")
    options = {"signature": m.models.infer_signature(FRAME, LINE), "input_example": FRAME.head(2), **PINS}
    with m.start_run():
        if m.__version__ >= "3":
            options |= {"serialization_format": "cloudpickle", "params": {"alpha": 1}, "tags": {"kind": "line"}}
            info = m.sklearn.log_model(_line(), name="model", **options)
        else:
            info = m.sklearn.log_model(_line(), "model", metadata={"kind": "line"}, **options)
    home.mkdir()
    shutil.copytree(m.artifacts.download_artifacts(info.model_uri), home / "model")
    told = {"data": values.encode(FRAME), "params": None, "stream": False, "config": None}
    (home / "score.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
