"""A batch of 50 million rows, killed twice and gone on: `python benchmarks/batch.py [--rows N] [--write]`.

The rows (8 columns of float32, Parquet) and an XGBoost model (100 trees of depth 6) are made below `.cache`, and scored
by `modelwright batch` as a user would run it. When a third of the mini-batches is done, the process that directs the
others is killed; at two thirds, all of them. Then every row of the output is compared with what the model says. Memory
is the sum of what all processes hold (RSS, pages they share counted each time), asked of /proc every 20 ms.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import report
import run as bench
import xgboost

import modelwright as mw
from modelwright.batch.journal import Journal

COLUMNS = list("abcdefgh")
GROUP = 2**20  # rows of a row group, as pyarrow writes them
PAGE = os.sysconf("SC_PAGE_SIZE")


class Memory:
    """The most that the processes of a session held together."""

    def __init__(self) -> None:
        self.most, self.each, self._session, self._on = 0, 0, 0, True
        threading.Thread(target=self._watch, daemon=True).start()

    def of(self, session: int) -> None:
        self._session = session

    def _watch(self) -> None:
        while self._on:
            held = list(resident(self._session)) if self._session else []
            self.most, self.each = max(self.most, sum(held)), max(self.each, len(held))
            time.sleep(0.02)


def resident(session: int) -> Iterator[int]:
    """Bytes held by each process of a session."""
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[3]) == session:
            yield int(fields[21]) * PAGE


def make(folder: Path, rows: int) -> None:
    """The model and the rows."""
    random = np.random.default_rng(0)
    train = pd.DataFrame(random.random((20_000, len(COLUMNS)), "float32"), columns=COLUMNS)
    target = train.sum(axis=1) + train["a"] * train["b"]
    model = xgboost.XGBRegressor(n_estimators=100, max_depth=6).fit(train, target)
    signature = mw.models.infer_signature(train, model.predict(train))
    mw.xgboost.save_model(model, folder / "model", signature=signature, pip_requirements=["xgboost"])
    with pq.ParquetWriter(folder / "in.parquet", pa.schema([(name, pa.float32()) for name in COLUMNS])) as writer:
        for begun in range(0, rows, GROUP):
            count = min(GROUP, rows - begun)
            writer.write_table(pa.table({name: random.random(count, "float32") for name in COLUMNS}))


def begin(folder: Path, memory: Memory) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "modelwright", "batch", "model", "in.parquet", "-o", "out.parquet"]
    environment = bench.environment("none", folder) | {"PYTHONPATH": str(bench.ROOT / "src")}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    memory.of(process.pid)
    return process


def killed_at(process: subprocess.Popen[bytes], journal: Journal, parts: int, *, all_of_them: bool) -> int:
    """How many mini-batches were done when the process had been killed."""
    while len(journal.paths()) < parts:
        if process.poll() is not None:
            raise SystemExit(f"it ended with {process.returncode} before it was killed")
        time.sleep(0.02)
    (os.killpg if all_of_them else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    while list(resident(process.pid)):  # those it began end by themselves
        time.sleep(0.02)
    return len(journal.paths())


def verify(folder: Path, rows: int) -> None:
    """Every row, in order, beside what the model says of it."""
    model = mw.pyfunc.load_model(str(folder / "model"))
    wanted = pq.ParquetFile(folder / "in.parquet").iter_batches(GROUP)
    found = pq.ParquetFile(folder / "out.parquet")
    assert found.metadata.num_rows == rows, found.metadata.num_rows
    batches, position, left = found.iter_batches(2**17), 0, pa.table({})
    for batch in wanted:
        while len(left) < batch.num_rows:
            more = pa.Table.from_batches([next(batches)])
            left = pa.concat_tables([left, more]) if len(left) else more
        some, left = left.slice(0, batch.num_rows), left.slice(batch.num_rows)
        assert (some["row"].to_numpy() == np.arange(position, position + batch.num_rows)).all()
        assert some["file_name"].unique().to_pylist() == ["in.parquet"]
        assert (some["prediction"].to_numpy() == model.predict(batch.to_pandas())).all()
        position += batch.num_rows


def measure(rows: int) -> dict[str, Any]:
    with bench.scratch() as folder:
        make(folder, rows)
        memory, journal = Memory(), Journal.beside(folder / "out.parquet")
        groups = pq.ParquetFile(folder / "in.parquet").metadata.num_row_groups
        parts = groups * -(-GROUP // 100_000)
        began, done = time.perf_counter(), []
        for third in (1, 2):
            done.append(killed_at(begin(folder, memory), journal, parts * third // 3, all_of_them=third == 2))
            assert not (folder / "out.parquet").exists()
        process = begin(folder, memory)
        assert process.wait() == 0
        seconds = time.perf_counter() - began
        assert not journal.root.exists()
        verify(folder, rows)
        whole, memory_whole = straight(folder)
        size = (folder / "in.parquet").stat().st_size
    return {
        "rows": rows, "bytes": size, "parts": parts, "killed": done, "seconds": seconds, "memory": memory.most,
        "processes": memory.each, "straight": whole, "straight_memory": memory_whole,
    }  # fmt: skip


def straight(folder: Path) -> tuple[float, int]:
    """The same without a kill: seconds, and memory."""
    (folder / "out.parquet").unlink()
    memory, began = Memory(), time.perf_counter()
    assert begin(folder, memory).wait() == 0
    return time.perf_counter() - began, memory.most


def text(found: dict[str, Any]) -> str:
    machine, gib = report.machine(), 2**30
    versions = f"Python {sys.version.split()[0]}, xgboost {xgboost.__version__}, pyarrow {pa.__version__}"
    rate = found["rows"] / found["straight"]
    lines = {
        f"rows of 8 float32 columns, {found['bytes'] / gib:.2f} GiB of Parquet": f"{found['rows']:,}",
        "mini-batches": f"{found['parts']:,}",
        "of them done when the directing process was killed": f"{found['killed'][0]:,}",
        "of them done when all processes were killed": f"{found['killed'][1]:,}",
        "rows missing, out of order or unlike what the model says": "0",
        f"most memory of all {found['processes']} processes together": f"{found['memory'] / gib:.2f} GiB (wanted ≤ 2)",
        "seconds, three starts included": f"{found['seconds']:.0f}",
        "seconds without a kill": f"{found['straight']:.0f}",
        "rows a second without a kill": f"{rate:,.0f}",
        "most memory without a kill": f"{found['straight_memory'] / gib:.2f} GiB",
    }
    title = f"# A batch of {found['rows']:,} rows through an XGBoost model, killed twice"
    here = f"{machine['machine']}; modelwright {mw.__version__}, {versions}; {machine['date']}"
    said = f"`python benchmarks/batch.py`; {here}."
    return "\n".join([title, "", said, "", "| | |", "|---|---:|", *(f"| {k} | {v} |" for k, v in lines.items()), ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--write", action="store_true", help="write results-batch.md")
    options = parser.parse_args()
    if not Path("/proc").is_dir():
        raise SystemExit("memory is asked of /proc, which is not here")
    found = text(measure(options.rows))
    print(found)
    if options.write:
        Path(__file__).with_name("results-batch.md").write_text(found, "utf-8")


if __name__ == "__main__":
    main()
