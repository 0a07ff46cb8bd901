"""Runs scripts written for MLflow as one side: `python -m stock.dropin ours|stock OUT [SCRIPT …]`.

Every script runs in a forked process of its own, with an empty store and working directory. What it told
(`stock.scripts.facts`) and what it left in the store lie in OUT/<script>.json.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import sys
import time
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent
SCRIPTS = HOME / "scripts"
FOLDERS = {"stock": SCRIPTS, "frameworks": HOME / "framework_scripts"}  # by environment
LIMIT = 150  # seconds a script may take
SLOW_START = {"autolog_pyspark_ml": 600, "spark_models": 600}  # those that start a Java process, and run jobs in it
SLOW = ("numpy", "pandas", "sklearn.ensemble", "sklearn.model_selection", "sklearn.pipeline", "xgboost", "PIL.Image")


def names(environment: str = "stock") -> list[str]:
    return sorted(path.stem for path in FOLDERS[environment].glob("*.py") if path.stem not in ("facts", "__init__"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "stock"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--environment", default="stock")
    parser.add_argument("scripts", nargs="*")
    given = parser.parse_args()
    out = given.out.resolve()
    folder = FOLDERS[given.environment]
    template = prepare(given.side, out)
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        scripts = [folder / f"{name}.py" for name in given.scripts]
        list(pool.map(lambda script: play(given.side, script, out, template), scripts))
    print(f"{given.side}: {time.perf_counter() - started:.1f} s")


def prepare(side: str, out: Path) -> Path | None:
    """Import what every script would import anyway; make stock's empty database once, since that takes seconds."""
    warnings.simplefilter("ignore")
    for name in SLOW:
        import_module(name)
    sys.path.insert(0, str(SCRIPTS))
    if side == "ours":
        import_module("modelwright").install_as_mlflow()
        return None
    mlflow = import_module("mlflow")
    for part in ("sklearn", "xgboost", "pyfunc", "models"):
        import_module(f"mlflow.{part}")
    # Which packages a model needs is not compared here, and finding out starts a process that imports everything.
    mlflow.models.infer_pip_requirements = lambda uri, flavor, fallback=None, **_: fallback
    os.chdir(out)  # the default experiment keeps the folder it was made in
    store = out / "template.db"
    mlflow.MlflowClient(f"sqlite:///{store}").search_experiments()
    import_module("mlflow.tracking._tracking_service.utils")._tracking_store_registry.get_store(
        f"sqlite:///{store}"
    ).engine.dispose()
    return store


def play(side: str, script: Path, out: Path, template: Path | None) -> None:
    name = script.stem
    home = out / name
    (home / "work").mkdir(parents=True)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _child(script, home, template)
            status = 0
        finally:
            os._exit(status)
    most = SLOW_START.get(name, LIMIT)
    limit = time.monotonic() + most
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > limit:
            os.kill(child, 9)
            os.waitpid(child, 0)
            (out / f"{name}.json").write_text(json.dumps({"failed": f"took more than {most} s"}))
            return
        time.sleep(0.02)


def _child(script: Path, home: Path, template: Path | None) -> None:
    log = open(home / "stderr.txt", "w", buffering=1)  # noqa: SIM115 - until the process ends
    os.dup2(log.fileno(), 2)
    sys.stderr = log
    os.chdir(home / "work")
    store = home / "store.db"
    if template is not None:
        shutil.copy(template, store)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{store}"
    printed = io.StringIO()
    report: dict[str, Any] = {"failed": None}
    with contextlib.redirect_stdout(printed):
        try:
            run(script)
        except BaseException:
            report["failed"] = traceback.format_exc()[-4000:]
        left: Any
        try:
            left = contents(import_module("mlflow"))
        except Exception:
            left = {"failed": traceback.format_exc()[-3000:]}
    facts = import_module("facts")
    text = json.dumps({**report, "facts": facts.told(), "left": left, "seconds": time.process_time()})
    (home.parent / f"{script.stem}.json").write_text(text)
    (home / "stdout.txt").write_text(printed.getvalue())


def run(script: Path) -> None:
    """The file as `__main__`, as Python runs it; `modelwright exec` has a test of its own."""
    from types import ModuleType

    main = ModuleType("__main__")
    main.__file__ = str(script)
    sys.modules["__main__"] = main
    exec(compile(script.read_text(), str(script), "exec"), vars(main))


def contents(mlflow: Any) -> dict[str, Any]:
    """What the store holds: names, values where they are the script's own, and files."""
    while mlflow.active_run():
        mlflow.end_run()
    client = mlflow.MlflowClient()
    runs = []
    for experiment in client.search_experiments(order_by=["creation_time ASC"]):
        for run in client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]):
            runs.append(
                {
                    "experiment": experiment.name,
                    "status": run.info.status,
                    "params": dict(sorted(run.data.params.items())),
                    "metrics": sorted(run.data.metrics),
                    "tags": {k: shape(v) for k, v in sorted(run.data.tags.items())},
                    "datasets": [
                        [d.dataset.name, d.dataset.source_type, [[t.key, t.value] for t in d.tags]]
                        for d in run.inputs.dataset_inputs
                    ],
                    "files": sorted(walk(client, run.info.run_id)),
                }
            )
    models = [
        {
            "name": model.name,
            "aliases": dict(model.aliases),
            "versions": [
                [v.version, v.current_stage, v.status, v.description, dict(v.tags), bool(v.run_id)]
                for v in sorted(client.search_model_versions(f"name='{model.name}'"), key=lambda v: int(v.version))
            ],
        }
        for model in client.search_registered_models()
    ]
    return {"runs": runs, "models": models}


def shape(value: str) -> str:
    """A tag's value without what differs from run to run."""
    value = re.sub(r"[0-9a-f]{32}", "<id>", value)
    return re.sub(r"[a-z]+-[a-z]+-\d+", "<name>", value) if len(value) < 300 else "<long>"


def walk(client: Any, run_id: str, path: str | None = None) -> Any:
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            yield from walk(client, run_id, item.path)
        else:
            yield item.path


if __name__ == "__main__":
    main()
