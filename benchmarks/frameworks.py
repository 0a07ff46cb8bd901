"""What autolog adds to a training, by framework: `python benchmarks/frameworks.py [--turns N] [--only NAME …]`.

Each script of `fits/` runs in a process of its own: with every line of tracking taken out, with ours, and with stock
MLflow, in `.venv-stock-frameworks` (`make frameworks`). The three take turns, and each begins a round in turn. A line
is what a side adds: the median with tracking less the median without, of the whole process and of the training call
alone. The results go to `results-frameworks.md` and `results-frameworks.json` beside this file.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import report
import run
import scripts

FITS = run.ROOT / "benchmarks" / "fits"
PYTHON = run.ROOT / ".venv-stock-frameworks" / "bin" / "python"
NAMES = ("lightgbm", "pytorch", "tensorflow", "keras", "statsmodels", "fastai", "paddle", "pyspark_ml")
DISTRIBUTIONS = {
    "lightgbm": "lightgbm", "pytorch": "lightning", "tensorflow": "tensorflow-cpu", "keras": "keras",
    "statsmodels": "statsmodels", "fastai": "fastai", "paddle": "paddlepaddle", "pyspark_ml": "pyspark",
}  # fmt: skip
WANTED = 1 / 10  # of what MLflow adds
SIDES = ("none", "ours", "stock")
WHAT = ("process", "training")

Samples = dict[str, dict[str, dict[str, list[float]]]]  # by framework, side and what


def measure(names: list[str], turns: int) -> Samples:
    samples: Samples = {name: {side: defaultdict(list) for side in SIDES} for name in names}
    for turn in range(turns + 1):
        for name in names:
            first = turn % len(SIDES)
            for side in SIDES[first:] + SIDES[:first]:
                seconds = once(name, side)
                print(f"{turn} {name} {side}: {seconds}", file=sys.stderr, flush=True)
                for what, taken in seconds.items() if turn or not turns else ():  # the first round compiles
                    samples[name][side][what].append(taken)
    return samples


def once(name: str, side: str) -> dict[str, float]:
    """Seconds of one process, and of the training in it as the script tells them."""
    with run.scratch() as folder:
        text = (FITS / f"{name}.py").read_text()
        script = folder / f"fit_{name}.py"  # not the framework's own name, which it imports
        script.write_text(text if side != "none" else scripts.without_tracking(text))
        prefix = ("-m", "modelwright", "exec") if side == "ours" else ()
        started = time.perf_counter()
        printed = run.run(side, folder, *prefix, script.name, python=PYTHON)
        seconds = time.perf_counter() - started
        recorded = next(folder.rglob("MLmodel"), None)
        if (recorded is None) == (side != "none"):
            raise SystemExit(f"{name}, {side}: {'no model' if recorded is None else 'a model'} was recorded")
        training = next(float(line) for line in reversed(printed.splitlines()) if _is_number(line))
    return {"process": seconds, "training": training}


def _is_number(line: str) -> bool:
    try:
        float(line)
    except ValueError:
        return False
    return True


def lines(samples: Samples) -> list[dict[str, Any]]:
    """What each side adds to each framework's process and training."""
    found = []
    for name, sides in samples.items():
        for what in WHAT:
            medians = {side: median(sides[side][what]) for side in SIDES}
            added = {side: medians[side] - medians["none"] for side in ("ours", "stock")}
            ratio = added["ours"] / added["stock"] if min(added.values()) > 0 else None  # else lost in the noise
            count = len(sides["none"][what])
            found.append({"name": name, "what": what, "medians": medians, "added": added, "ratio": ratio, "n": count})
    return found


def markdown(found: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {facts[name]}" for name in (*DISTRIBUTIONS.values(), "pandas", "numpy"))
    text = [
        "# What autolog adds, beside stock MLflow\n",
        f"modelwright {facts['modelwright']} and MLflow {facts['mlflow']} in turns, one interpreter (Python "
        f"{facts['python']}), the same {versions}. {facts['machine']}. {facts['date']}; {facts['seconds']} s in all. "
        f"Each a process of its own, that logs the model too; medians of {facts['turns']}. Added is the median with "
        "tracking less the median without; below 1 ours adds less, and what is lost in the noise has no ratio. "
        f"Wanted: at most {report.fraction(WANTED)}.\n",
    ]
    for what, title in zip(WHAT, ("The whole process, imports and all", "The training call"), strict=True):
        text += [
            f"## {title}\n",
            "| | untracked | ours adds | MLflow adds | ratio | |",
            "|---|---:|---:|---:|---:|---|",
        ]
        for line in (line for line in found if line["what"] == what):
            ratio = "–" if line["ratio"] is None else report.fraction(line["ratio"])
            times = (line["medians"]["none"], line["added"]["ours"], line["added"]["stock"])
            met = report.verdict(line["added"]["ours"] <= WANTED * line["added"]["stock"])
            text.append(f"| {line['name']} | {' | '.join(map(report.human, times))} | {ratio} | {met} |")
        text.append("")
    return "\n".join(text)


def facts() -> dict[str, Any]:
    names = ["mlflow", "pandas", "numpy", *DISTRIBUTIONS.values()]
    code = f"""
import importlib.metadata as m, json, platform
print(json.dumps({{"python": platform.python_version(), **{{n: m.version(n) for n in {names!r}}}}}))
"""
    with run.scratch() as folder:
        versions = json.loads(run.run("stock", folder, "-c", code, python=PYTHON))
        shown = "import modelwright; print(modelwright.__version__)"
        ours = run.run("ours", folder, "-c", shown, python=PYTHON).strip()
    return {"modelwright": ours, **versions, **report.machine()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="rounds after the first, which is not counted; 0: only it")
    parser.add_argument("--only", nargs="*", default=[], choices=NAMES, metavar="NAME")
    parser.add_argument("--out", type=Path, help="folder of the results; default: beside this "
                        "file, nowhere with --only or fewer turns")  # fmt: skip
    given = parser.parse_args()
    if not PYTHON.exists():
        raise SystemExit(f"{PYTHON} is missing; run `make frameworks` first")
    with open(Path(tempfile.gettempdir()) / "modelwright-benchmarks.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.perf_counter()
        samples = measure(given.only or list(NAMES), given.turns)
        seconds = round(time.perf_counter() - started)
    found, known = lines(samples), facts() | {"seconds": seconds, "turns": max(given.turns, 1)}
    text = markdown(found, known)
    print(text)
    out = given.out or (None if given.only or given.turns < parser.get_default("turns") else FITS.parent)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results-frameworks.md").write_text(text)
        (out / "results-frameworks.json").write_text(
            json.dumps({"facts": known, "lines": found, "samples": samples}, indent=1)
        )


if __name__ == "__main__":
    main()
