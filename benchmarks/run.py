"""Ours and stock MLflow side by side in one run: `python benchmarks/run.py [--quick] [--only WORD …]`.

Both sides run in `.venv-stock` (`make stock`), in processes that take turns, so that a busy minute hits both. The
medians, their ratios and the targets go to `results.md` and `results.json` beside this file, and into the README. One
benchmark runs at a time on a machine; a second one waits.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import report
import scripts

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv-stock" / "bin" / "python"
SIDES = ("ours", "stock")
TASKS = {
    "log_model": (3, 1),
    "first_log_model": (3, 3),
    "load_model": (9, 3),
    "predict": (20, 5),
    "log_metric": (100, 30),
    "autolog": (3, 1),
}

Samples = dict[str, dict[str, list[float]]]


def environment(side: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "MODELWRIGHT_"))}
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):  # both sides run compiled code, as installed packages do
        kept.pop(name, None)
    kept |= {"XDG_STATE_HOME": str(folder / "state"), "GIT_PYTHON_REFRESH": "quiet"}
    return kept | ({"PYTHONPATH": str(ROOT / "src")} if side == "ours" else {})


def run(side: str, folder: Path, *command: str | Path, python: Path = PYTHON) -> str:
    arguments = [str(python), *map(str, command)]
    done = subprocess.run(
        arguments, cwd=folder, env=environment(side, folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}\n{done.stderr[-3000:]}")
    return done.stdout


@contextmanager
def quiet() -> Iterator[None]:
    """No other benchmark of ours runs on this machine meanwhile."""
    with open(Path(tempfile.gettempdir()) / "modelwright-benchmarks.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder on the repository's own disk."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_imports(samples: Samples, rounds: int) -> None:
    names = {"ours": "modelwright", "stock": "mlflow"}
    code = "import time; started = time.perf_counter(); import {}; print(time.perf_counter() - started)"
    for turn in range(rounds + 1):
        for side in SIDES:
            with scratch() as folder:
                seconds = float(run(side, folder, "-c", code.format(names[side])))
            if turn:  # the first compiles and fills the file cache
                samples["import"][side].append(seconds)


def measure_scripts(samples: Samples, names: tuple[str, ...], rounds: int, stock_rounds: int) -> None:
    for turn in range(rounds + 1):
        for name in names:
            for side in ("none", *SIDES):
                if side == "stock" and not 1 <= turn <= stock_rounds:
                    continue
                seconds = _script(name, side)
                if turn:
                    samples[f"article: {name}"][side].append(seconds)


def _script(name: str, side: str) -> float:
    with scratch() as folder:
        script = scripts.lay_out(name, folder, tracked=side != "none")
        prefix = ("-m", "modelwright", "exec") if side == "ours" else ()
        started = time.perf_counter()
        run(side, folder, *prefix, script.name)
        return time.perf_counter() - started


def measure_task(samples: Samples, task: str, rounds: int, count: int) -> None:
    for _ in range(rounds):
        for side in SIDES:
            with scratch() as folder:
                out = run(side, folder, ROOT / "benchmarks" / "tasks.py", task, side, folder, str(count))
            for name, seconds in json.loads(out.splitlines()[-1]).items():
                samples[name][side] += seconds


def measure(quick: bool, only: list[str]) -> Samples:
    samples: Samples = defaultdict(lambda: defaultdict(list))
    wanted = [name for name in ("import", *TASKS, "article") if not only or name in only]
    for name in wanted:
        started = time.perf_counter()
        if name == "import":
            measure_imports(samples, 3 if quick else 9)
        elif name == "article":
            measure_scripts(
                samples, scripts.NAMES[:2] if quick else scripts.NAMES, 1 if quick else 8, 0 if quick else 1
            )
        elif name == "first_log_model":
            for _ in range(1 if quick else 2):
                for way in range(3):
                    measure_task(samples, name, 1, way)
        else:
            full, few = TASKS[name]
            measure_task(samples, name, 1 if quick else 2, few if quick else full)
        print(f"{name}: measured in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return samples


def facts() -> dict[str, Any]:
    code = """
import importlib.metadata as m, json, platform
names = ["mlflow", "scikit-learn", "xgboost", "pandas", "numpy", "pyarrow"]
print(json.dumps({"python": platform.python_version(), **{n: m.version(n) for n in names}}))
"""
    with scratch() as folder:
        versions = json.loads(run("stock", folder, "-c", code))
        ours = run("ours", folder, "-c", "import modelwright; print(modelwright.__version__)").strip()
    return {"modelwright": ours, **versions, **report.machine()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns, two of the article's scripts, without stock")
    parser.add_argument("--only", nargs="*", default=[], choices=["import", *TASKS, "article"], metavar="PART")
    parser.add_argument("--out", type=Path, help="folder of results.md and results.json; default: beside this file, "
                        "nowhere with --quick or --only")  # fmt: skip
    given = parser.parse_args()
    if not PYTHON.exists():
        raise SystemExit(f"{PYTHON} is missing; run `make stock` first")
    with quiet():
        started = time.perf_counter()
        samples = measure(given.quick, given.only)
        seconds = time.perf_counter() - started
    lines = report.lines(samples)
    text = report.markdown(lines, facts() | {"seconds": round(seconds), "quick": given.quick})
    print(text)
    out = given.out or (None if given.quick or given.only else ROOT / "benchmarks")
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results.md").write_text(text)
        if given.out is None:
            readme = ROOT / "README.md"
            readme.write_text(report.into(readme.read_text(), text))
        (out / "results.json").write_text(json.dumps({"facts": facts(), "lines": lines, "samples": samples}, indent=1))


if __name__ == "__main__":
    main()
