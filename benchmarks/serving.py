"""Servers of one model side by side in one run: `python benchmarks/serving.py [--seconds 2] [--only WORD …]`.

Every server has one worker, on core 0; the load comes from `wrk` on core 1. All servers run during the whole of it, and
take turns of a few seconds, so that a busy minute hits all. What each costs to start, and the memory it holds after
the load, are taken along. The medians and their ratios go to `results-serving.md` beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import report
from run import ROOT, quiet

HERE = Path(__file__).parent
OURS, PEERS, BENTO = (ROOT / f".venv-{name}" / "bin" for name in ("serving", "peers", "bento"))
WRK = HERE / "peers" / "fixed.lua"
_FIGURE = re.compile(r"50%\s+([\d.]+)(us|ms|s)[\s\S]*99%\s+([\d.]+)(us|ms|s)[\s\S]*Requests/sec:\s+([\d.]+)")
_UNIT = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

MAKE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import modelwright, xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
trees = xgboost.XGBClassifier(n_estimators=100, max_depth=6, n_jobs=1).fit(X, y)
forest = RandomForestClassifier(100, random_state=0).fit(X, y)
modelwright.xgboost.save_model(trees, "xgboost", input_example=X.head(2))
modelwright.sklearn.save_model(forest, "forest", input_example=X.head(2))
trees.save_model("model.ubj")
row = X.iloc[[7]]
split = {"columns": list(X), "data": row.to_numpy().tolist()}
json.dump({"dataframe_split": split}, open("split.json", "w"))
json.dump({"rows": split["data"]}, open("rows.json", "w"))
tensor = {"name": "rows", "shape": list(row.shape), "datatype": "FP64", "data": row.to_numpy().ravel().tolist()}
json.dump({"inputs": [tensor]}, open("v2.json", "w"))
json.dump([int(trees.predict(row)[0]), int(forest.predict(row)[0])], open("right.json", "w"))
"""


class Server(NamedTuple):
    """One contender."""

    name: str
    model: str
    command: tuple[str, ...]
    path: str = "/invocations"
    body: str = "split.json"
    environment: dict[str, str] = {}


def contenders(folder: Path) -> list[Server]:
    """All of them; `{port}` stands for the port of each."""
    src = {"PYTHONPATH": str(ROOT / "src")}

    def ours(model: str, *flags: str) -> tuple[str, ...]:
        return (str(OURS / "python"), "-m", "modelwright.serving", f"m={folder / model}", "-p{port}", "--trust", *flags)

    def mlflow(model: str) -> tuple[str, ...]:
        return (
            str(OURS / "mlflow"), "models", "serve", "-m", str(folder / model), "-p", "{port}", "-w", "1",
            "--env-manager", "local",
        )  # fmt: skip

    return [
        Server("mlflow models serve", "xgboost", mlflow("xgboost")),
        Server("modelwright serve --batching off", "xgboost", ours("xgboost", "--batching=off"), environment=src),
        Server("modelwright serve", "xgboost", ours("xgboost"), environment=src),
        Server("modelwright serve --accelerate onnx", "xgboost", ours("xgboost", "--accelerate=onnx"), environment=src),
        Server("LitServe", "xgboost", (str(PEERS / "python"), str(HERE / "peers" / "litserve_server.py"),
                                       str(folder / "model.ubj"), "{port}"), "/predict"),
        Server("MLServer", "xgboost", (str(PEERS / "mlserver"), "start", str(folder / "mlserver")),
               "/v2/models/m/infer", "v2.json"),
        Server("BentoML", "xgboost", (str(BENTO / "bentoml"), "serve", "bentoml_service:Scoring", "--port", "{port}",
                                      "--host", "127.0.0.1", "--working-dir", str(HERE / "peers")),
               body="rows.json", environment={"MODEL": str(folder / "model.ubj"), "BENTOML_DO_NOT_TRACK": "True"}),
        Server("mlflow models serve", "forest", mlflow("forest")),
        Server("modelwright serve", "forest", ours("forest"), environment=src),
        Server("modelwright serve --accelerate onnx", "forest", ours("forest", "--accelerate=onnx"), environment=src),
    ]  # fmt: skip


@contextmanager
def running(server: Server, port: int, folder: Path) -> Iterator[tuple[int, float]]:
    """A server on core 0 until the end; its process, and the seconds until it answered its first request."""
    if server.name == "MLServer":
        _mlserver(folder, port)
    environment = os.environ | {"PATH": f"{OURS}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1", **server.environment}
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        raise SystemExit(f"Something answers at port {port} already; end it first")
    log = open(folder / f"{port}.log", "w")  # noqa: SIM115 - the process writes to it as long as it lives
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", "0", *(part.format(port=port) for part in server.command)],
        cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        first = _first_answer(server, port, folder, process)
        yield process.pid, first - began
    finally:
        for pid in [*_children(process.pid), process.pid]:  # BentoML's leave the group
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _first_answer(server: Server, port: int, folder: Path, process: subprocess.Popen[bytes]) -> float:
    body = (folder / server.body).read_bytes()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{server.path}", body, {"Content-Type": "application/json"}
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                took, said = time.perf_counter(), answer.read()
        except (OSError, ValueError):
            time.sleep(0.02)
            continue
        _check(server, said, folder)
        return took
    raise SystemExit(f"{server.name} did not start:\n{(folder / f'{port}.log').read_text()[-2000:]}")


def _check(server: Server, said: bytes, folder: Path) -> None:
    """A quick wrong answer is no answer."""
    right = json.loads((folder / "right.json").read_text())[server.model == "forest"]
    answer = json.loads(said)
    got = answer["predictions"] if "predictions" in answer else answer["outputs"][0]["data"]
    if round(got[0]) != right:
        raise SystemExit(f"{server.name} predicts {got}, expected {right}")


def _mlserver(folder: Path, port: int) -> None:
    place = folder / "mlserver"
    place.mkdir(exist_ok=True)
    shutil.copy(folder / "model.ubj", place / "model.ubj")
    model = {"name": "m", "implementation": "mlserver_xgboost.XGBoostModel", "parameters": {"uri": "./model.ubj"}}
    server = {
        "host": "127.0.0.1", "http_port": port, "grpc_port": port + 1000, "metrics_port": port + 2000,
        "parallel_workers": 0, "debug": False,
    }  # fmt: skip
    (place / "model-settings.json").write_text(json.dumps(model))
    (place / "settings.json").write_text(json.dumps(server))


def load(server: Server, port: int, connections: int, seconds: float, folder: Path) -> dict[str, float]:
    """One turn of wrk on core 1."""
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout=20s",
         "-s", str(WRK), f"http://127.0.0.1:{port}{server.path}"],
        env=os.environ | {"BODY": str(folder / server.body)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = _FIGURE.search(done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        raise SystemExit(f"{server.name}:\n{done.stdout}")
    p50, unit50, p99, unit99, rate = found.groups()
    return {"p50": float(p50) * _UNIT[unit50], "p99": float(p99) * _UNIT[unit99], "rate": float(rate)}


def memory(process: int) -> int:
    """Bytes that a process and its children hold, shared pages divided among those that share them."""
    total = 0
    for pid in [process, *_children(process)]:
        with suppress(ProcessLookupError):  # one that has just ended holds nothing
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def _children(pid: int) -> list[int]:
    try:
        direct = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return direct + [below for child in direct for below in _children(child)]


def measure(servers: list[Server], folder: Path, seconds: float, rounds: int) -> dict[int, dict[str, Any]]:
    """Samples of each server, by its place in the list."""
    found: dict[int, dict[str, Any]] = {place: defaultdict(list) for place in range(len(servers))}
    for place, server in enumerate(servers):  # started alone, so that no other's start is in it
        for _ in range(2):
            with running(server, 5100 + place, folder) as (_, took):
                found[place]["start"].append(took)
    for model in dict.fromkeys(server.model for server in servers):
        chosen = [(place, server) for place, server in enumerate(servers) if server.model == model]
        opened = [running(server, 5100 + place, folder) for place, server in chosen]
        pids = [one.__enter__()[0] for one in opened]
        try:
            for turn in range(rounds + 1):
                for connections in (1, 16, 64):
                    for place, server in chosen:
                        sample = load(server, 5100 + place, connections, seconds if turn else 1, folder)
                        if turn:  # the first warms up
                            for name, value in sample.items():
                                found[place][f"{name} {connections}"].append(value)
            for (place, _), pid in zip(chosen, pids, strict=True):
                found[place]["memory"].append(memory(pid))
        finally:
            for one in opened:
                one.__exit__(None, None, None)
    return found


def table(servers: list[Server], found: dict[int, dict[str, Any]], header: str) -> str:
    """The medians, and how they compare with MLflow's of the same model."""
    lines = [header, ""]
    for model, title in (("xgboost", "XGBoost, 100 trees"), ("forest", "Random forest, 100 trees")):
        chosen = [place for place, server in enumerate(servers) if server.model == model]
        if not chosen:
            continue
        base = {name: median(values) for name, values in found[chosen[0]].items()}
        lines += [f"### {title}, one row of 30 columns", "",
                  "| server | 1 conn. req/s | p50 | 16 conn. req/s | × MLflow | p50 | 64 conn. req/s | × MLflow | p99 "
                  "| start | memory |", "|---|" + "---:|" * 10]  # fmt: skip
        for place in chosen:
            one = {name: median(values) for name, values in found[place].items()}
            times = {count: one[f"rate {count}"] / base[f"rate {count}"] for count in (16, 64)}
            lines.append(
                f"| {servers[place].name} | {one['rate 1']:,.0f} | {one['p50 1'] * 1e3:.2f} ms "
                f"(1/{base['p50 1'] / one['p50 1']:.0f}) | {one['rate 16']:,.0f} | {times[16]:.1f} "
                f"| {one['p50 16'] * 1e3:.2f} ms | {one['rate 64']:,.0f} | {times[64]:.1f} "
                f"| {one['p99 64'] * 1e3:.1f} ms | {one['start']:.1f} s | {one['memory'] / 2**20:.0f} MiB |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", nargs="*", help="servers with one of these words in their name or model")
    arguments.add_argument("--keep", action="store_true", help="leave results-serving.md as it is")
    given = arguments.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk makes the load; apt-get install wrk installs it")
    with quiet(), tempfile.TemporaryDirectory(prefix="modelwright-serving-") as name:
        folder, began = Path(name), time.monotonic()
        subprocess.run([str(OURS / "python"), "-c", MAKE], cwd=folder, check=True,
                       env=os.environ | {"PYTHONPATH": str(ROOT / "src")})  # fmt: skip
        servers = [
            server for server in contenders(folder)
            if not given.only or any(word in f"{server.name} {server.model}" for word in given.only)
        ]  # fmt: skip
        found = measure(servers, folder, given.seconds, given.rounds)
        text = table(servers, found, _header(time.monotonic() - began))
    print(text)
    if not given.keep:
        (HERE / "results-serving.md").write_text(f"# Serving, side by side\n\n{text}\n")


def _header(seconds: float) -> str:
    machine = report.machine()
    versions = "; ".join(
        subprocess.check_output([str(python), "-c", _VERSIONS, *names], text=True).strip()
        for python, names in (
            (OURS / "python", ("mlflow", "xgboost", "scikit-learn", "onnxruntime", "uvicorn")),
            (PEERS / "python", ("mlserver", "litserve")),
            (BENTO / "python", ("bentoml",)),
        )
    )
    return (
        f"One worker on one core of {machine['machine']}, the load from the other. {versions}; "
        f"Python {platform.python_version()}. {machine['date']}; "
        f"{seconds:.0f} s in all. Medians. MLServer without its worker processes, which is its quicker way."
    )


_VERSIONS = (
    "import sys; from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
)

if __name__ == "__main__":
    sys.exit(main())
