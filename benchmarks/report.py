"""Samples as a table: medians, ratios, and the target each line has."""

from __future__ import annotations

import datetime as dt
import os
import platform
from statistics import median
from typing import Any, NamedTuple


class Target(NamedTuple):
    """What a line is held to: at most `ratio` of the base, and at most `seconds` where that is stated too."""

    ratio: float | None
    base: str = "stock"
    seconds: float | None = None


TARGETS = {
    "import": Target(1 / 50),
    "log_model, pins given": Target(1 / 10),
    "log_model, requirements inferred": Target(1 / 100),
    "log_model, an example": Target(1 / 10),
    "log_model, pins and an example": Target(None),
    "first log_model, pins given": Target(None),
    "first log_model, requirements inferred": Target(None),
    "first log_model, pins and an example": Target(None),
    "load_model, forest": Target(1 / 10),
    "load_model, booster": Target(1 / 10),
    "load_model, pyfunc of the booster": Target(1 / 10),
    "predict, rows of one frame": Target(1 / 20, seconds=15e-6),
    "predict, rows made afresh": Target(1 / 20, seconds=15e-6),
    "log_metric": Target(1 / 50),
    "log_metric, with the run's start and end": Target(None),
    "autolog, without a model": Target(1 / 10),
    "autolog, with a model": Target(1 / 50),
    **{f"article: {name}": Target(1.15, "none") for name in ("autolog", "manual", "wrapper", "artifacts", "loader")},
}

WORDS = {
    "log_model, pins given": "`log_model` of a forest of 100 trees, pins given: one call of many",
    "log_model, requirements inferred": "the same, requirements inferred",
    "log_model, an example": "the same, an input example given (and requirements inferred, as always without pins)",
    "log_model, pins and an example": "the same, pins and an input example given",
    "first log_model, pins given": "import, `start_run` and the first `log_model`, pins given",
    "first log_model, requirements inferred": "the same, requirements inferred",
    "first log_model, pins and an example": "the same, pins and an input example given",
    "load_model, forest": "`sklearn.load_model`, beyond the native load of the forest",
    "load_model, booster": "`xgboost.load_model`, beyond the native load of 100 rounds",
    "load_model, pyfunc of the booster": "`pyfunc.load_model`, beyond the native load of 100 rounds",
    "predict, rows of one frame": "`PyFuncModel.predict` of one row of 30 columns, beyond the model's own",
    "predict, rows made afresh": "the same, each row a frame of its own making",
    "log_metric": "`log_metric`, local store (MLflow: SQLite)",
    "log_metric, with the run's start and end": "`log_metric`, one of many, with the run's start and end in it",
    "autolog, without a model": "autolog of an XGBoost fit of 100 rounds, added time, no model",
    "autolog, with a model": "autolog of an XGBoost fit of 100 rounds, added time, with the model",
}


def lines(samples: dict[str, dict[str, list[float]]]) -> list[dict[str, Any]]:
    """One line per thing measured, in the order of the targets."""
    return [_line(name, samples[name]) for name in TARGETS if name in samples]


def _line(name: str, sides: dict[str, list[float]]) -> dict[str, Any]:
    target = TARGETS[name]
    medians = {side: median(seconds) for side, seconds in sides.items() if seconds}
    ratio = medians["ours"] / medians[target.base]
    met = target.ratio is None or (
        ratio <= target.ratio and (target.seconds is None or medians["ours"] <= target.seconds)
    )
    counts = {side: len(seconds) for side, seconds in sides.items()}
    return {"name": name, "medians": medians, "counts": counts, "ratio": ratio, "base": target.base, "met": met}


def markdown(found: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    """The page that the README links."""
    text = [
        "# Measured beside stock MLflow\n",
        f"modelwright {facts['modelwright']} and MLflow {facts['mlflow']} in turns, one interpreter (Python "
        f"{facts['python']}), the same scikit-learn {facts['scikit-learn']}, xgboost {facts['xgboost']}, pandas "
        f"{facts['pandas']}, numpy {facts['numpy']}. {facts['machine']}. {facts['date']}; "
        f"{facts['seconds']} s in all{', quick: a look, not a measurement' if facts['quick'] else ''}. "
        "Medians; the number of samples in brackets. Below 1 ours is the faster.\n",
    ]
    text += _table([line for line in found if line["base"] == "stock"])
    articles = [line for line in found if line["base"] == "none"]
    if articles:
        text += ["\n## The article's scripts, wall time of the whole process\n", *_articles(articles)]
    return "\n".join(text) + "\n"


def into(page: str, text: str) -> str:
    """`page` with what `text` says below its title, between the two marks.

    >>> into("a <!-- measured --> old <!-- /measured --> b", "# Title\\n\\nnew")
    'a <!-- measured -->\\nnew\\n<!-- /measured --> b'
    """
    before, _, rest = page.partition("<!-- measured -->")
    after = rest.partition("<!-- /measured -->")[2]
    body = text.partition("\n")[2].strip().replace("## ", "### ")
    return f"{before}<!-- measured -->\n{body}\n<!-- /measured -->{after}"


def _table(found: list[dict[str, Any]]) -> list[str]:
    rows = ["| | ours | MLflow | ratio | wanted | |", "|---|---:|---:|---:|---:|---|"]
    for line in found:
        target = TARGETS[line["name"]]
        wanted = f"≤ 1/{1 / target.ratio:.0f}" if target.ratio else ""
        wanted += f", ≤ {human(target.seconds)}" if target.seconds else ""
        cells = [
            WORDS.get(line["name"], f"`{line['name']}`"),
            *(f"{human(line['medians'][side])} ({line['counts'][side]})" for side in ("ours", "stock")),
            fraction(line["ratio"]),
            wanted,
            verdict(line["met"]) if wanted else "",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _articles(found: list[dict[str, Any]]) -> list[str]:
    rows = ["| script | no tracking | ours | ours / none | wanted | | MLflow | MLflow / none |"]
    rows.append("|---|---:|---:|---:|---:|---|---:|---:|")
    for line in found:
        times = line["medians"]
        stock = human(times["stock"]) if "stock" in times else "–"
        beside = f"{times['stock'] / times['none']:.1f}" if "stock" in times else "–"
        met = verdict(line["met"])
        name = line["name"].removeprefix("article: ")
        cells = [name, human(times["none"]), human(times["ours"]), f"{line['ratio']:.2f}", "≤ 1.15", met, stock, beside]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def fraction(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if 0 < ratio < 0.5 else f"{ratio:.2f}"


def verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def human(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def machine() -> dict[str, str]:
    """What ran it and when."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    where = f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.release().split('-')[0]}"
    return {"machine": where, "date": dt.date.today().isoformat()}
