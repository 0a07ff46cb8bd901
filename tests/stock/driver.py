"""Writes and reads every case as one side: `python -m stock.driver write|read ours|stock FOLDER [CASE …]`.

`write` leaves FOLDER/<case>/model and FOLDER/<case>/score.json; `read` leaves FOLDER/<case>/<side>.json, the side's
report on the model: what its files say and what it predicts. A case that fails leaves its error in the report.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from . import values
from .cases import NATIVE, Case, all_cases


def side(name: str) -> Any:
    """The package that plays a side."""
    if name == "ours":
        m = import_module("modelwright")
        if "mlflow" in sys.modules:
            raise RuntimeError("importing modelwright brought in mlflow")
        return m
    m = import_module("mlflow")
    for part in ("models", "pyfunc", "sklearn", "xgboost", "types"):
        import_module(f"mlflow.{part}")
    return m


def major(m: Any, name: str) -> int:
    return 2 if name == "ours" else int(m.__version__.split(".")[0])


def write(m: Any, name: str, folder: Path, cases: list[Case]) -> None:
    for case in cases:
        if major(m, name) not in case.versions or (name == "ours" and not case.ours):
            continue
        home, work = folder / case.name, folder / case.name / "parts"
        work.mkdir(parents=True, exist_ok=True)
        try:
            score = case.make(m, work, home / "model")
            told = {"data": values.encode(score.data), "params": score.params, "stream": score.stream}
            (home / "score.json").write_text(json.dumps({**told, "config": score.config}))
        except Exception as error:
            (home / "failed.json").write_text(json.dumps(_failure(error)))
        shutil.rmtree(work)  # nothing a model needs may stay behind


def read(m: Any, name: str, folder: Path, cases: list[Case]) -> None:
    for case in cases:
        home = folder / case.name
        if (home / "score.json").exists():
            (home / f"{name}.json").write_text(json.dumps(report(m, home / "model", home / "score.json")))


def report(m: Any, model: Path, score: Path) -> dict[str, Any]:
    """Everything one side says about a model directory."""
    told = json.loads(score.read_text())
    told["data"] = values.decode(told["data"])
    path = str(model)
    meta = m.models.Model.load(path)
    found = {
        "flavors": sorted(meta.flavors),
        "signature": _try(
            lambda: {k: _json(v) for k, v in meta.signature.to_dict().items()} if meta.signature else None
        ),
        "columns": _try(lambda: meta.get_input_schema().input_names() if meta.get_input_schema() else None),
        "metadata": meta.metadata,
        "example_info": meta.saved_input_example_info,
        "example": _try(lambda: meta.load_input_example(path)),
        "example_params": _try(lambda: meta.load_input_example_params(path)),
        "serving_input": _try(lambda: _json(meta.get_serving_input(path))),
        "dependencies": _try(lambda: _dependencies(m, path)),
        "predictions": _try(lambda: _predict(m, path, told)),
    }
    for flavor in ("sklearn", "xgboost", *NATIVE):
        if flavor in meta.flavors:
            found["native"] = _try(lambda flavor=flavor: _native(m, flavor, path, told["data"]))
    return found


def _predict(m: Any, path: str, told: dict[str, Any]) -> Any:
    model = m.pyfunc.load_model(path, **({"model_config": told["config"]} if told["config"] else {}))
    if told["stream"]:
        return list(model.predict_stream(told["data"]))
    given = {"params": told["params"]} if told["params"] else {}
    return model.predict(told["data"], **given)


def _native(m: Any, flavor: str, path: str, data: Any) -> Any:
    model = import_module(f"{m.__name__}.{flavor}").load_model(path)
    if flavor in NATIVE:
        return NATIVE[flavor](model, data)
    if type(model).__name__ == "Booster":
        data = import_module("xgboost").DMatrix(data)
    return model.predict(data)


def _dependencies(m: Any, path: str) -> list[str]:
    """The names of the distributions a model asks for; stock adds itself."""
    lines = Path(m.pyfunc.get_model_dependencies(path)).read_text().splitlines()
    return sorted({line.split("==")[0] for line in lines} - {"mlflow"})


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _try(thunk: Callable[[], Any]) -> Any:
    try:
        return values.encode(thunk())
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> dict[str, str]:
    return {"error": f"{type(error).__name__}: {error}"[:1000], "trace": traceback.format_exc()[-3000:]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "read"])
    parser.add_argument("side", choices=["ours", "stock"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--environment", default="stock")
    parser.add_argument("cases", nargs="*")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ.setdefault("MODELWRIGHT_TRUST", "all")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    started = time.perf_counter()
    m = side(given.side)
    cases = [case for case in all_cases().values() if case.environment == given.environment and not case.corpus]
    cases = [case for case in cases if not given.cases or case.name in given.cases]
    {"write": write, "read": read}[given.action](m, given.side, given.folder.resolve(), cases)
    print(f"{given.action} {given.side}: {len(cases)} cases in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
