"""What each side finds that models need: `python -m stock.corpus ours|stock FILE [CASE …]`, with every framework there.

Saves every case with `corpus=True`, which names no requirements, and adds to FILE the lines of its requirements.txt.
Stock finds them its own way, in processes that it starts. The record that the tests compare with is made by

    export PYTHONPATH=tests
    .venv-stock-frameworks/bin/python -m stock.corpus stock tests/golden/requirements.json
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import traceback
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

from .cases import Case, all_cases
from .driver import side

# Stock answers an error of its own search with the flavor's defaults, and says so only in the log.
_STRICT = "MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS"


def corpus() -> dict[str, Case]:
    """The cases, by name."""
    return {name: case for name, case in all_cases().items() if case.corpus and 2 in case.versions}


def found(m: Any, case: Case) -> dict[str, Any]:
    """The lines of requirements.txt, or the error; `fell_back` says why stock could not search."""
    told: dict[str, Any] = {}
    for strict in ("true", "false"):
        os.environ[_STRICT] = strict
        with tempfile.TemporaryDirectory() as folder:
            root, work = Path(folder) / "model", Path(folder) / "work"
            work.mkdir()
            try:
                case.make(m, work, root)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"[-600:]
                told = {"fell_back": said} if m.__name__ == "mlflow" else {"error": traceback.format_exc()[-3000:]}
                continue
            return {**told, "lines": sorted((root / "requirements.txt").read_text().splitlines())}
    return told


def versions(cases: dict[str, Any]) -> dict[str, str]:
    """The installed versions of what the cases need."""
    lines = {line for told in cases.values() for line in told.get("lines", ()) if "==" in line}
    named = {line.partition("==")[0].partition("[")[0] for line in lines}
    here: dict[str, str] = {}
    for one in metadata.distributions():  # in the order of the path: what a package has inside it comes later
        here.setdefault(str(one.metadata["Name"]).lower().replace("_", "-"), one.version)
    return {name: here[name] for name in sorted(named & here.keys())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "stock"])
    parser.add_argument("file", type=Path)
    parser.add_argument("cases", nargs="*")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ.setdefault("MODELWRIGHT_TRUST", "all")
    path = given.file.resolve()
    m = side(given.side)
    os.chdir(tempfile.mkdtemp())  # before any case: stock makes ./mlruns where it is first used
    record = json.loads(path.read_text()) if path.exists() else {"cases": {}}
    known = corpus()
    for name in [name for name in known if not given.cases or name in given.cases]:  # in order: paddle comes first
        started = time.perf_counter()
        record["cases"][name] = told = found(m, known[name])
        print(f"{name}: {len(told.get('lines', ()))} lines in {time.perf_counter() - started:.1f} s", flush=True)
        record["cases"] = {name: record["cases"][name] for name in sorted(record["cases"]) if name in known}
        record["versions"] = versions(record["cases"])
        path.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
