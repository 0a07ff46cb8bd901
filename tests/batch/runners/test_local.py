"""Processes of this machine: order, threads, failures, and real kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import modelwright as mw
from batch.inline import model, read, write
from modelwright.batch import score
from modelwright.batch.journal import Journal
from modelwright.batch.runners.local import cores
from modelwright.core.errors import InvalidArgument, Unavailable

TABLE = pa.table({"x": [float(n) for n in range(40)]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "in.parquet", TABLE, rows=4)


def test_order_is_kept_though_the_first_are_the_slowest(file: Path, tmp_path: Path) -> None:
    def slow(data: Any) -> Any:
        import os
        import time

        time.sleep(0.3 if data["x"].iloc[0] < 8 else 0)
        return [f"{x} {os.getpid()}" for x in data["x"]]

    path = model(tmp_path / "m", slow)
    done = score(path, file, tmp_path / "out.csv", rows=4, workers=2)
    found = [row["prediction"].split() for row in read(tmp_path / "out.csv")]
    assert [float(x) for x, _ in found] == TABLE["x"].to_pylist()
    assert len({pid for _, pid in found}) == 2
    assert str(os.getpid()) not in {pid for _, pid in found}
    assert (done.rows, done.failed_rows) == (40, 0)


def test_processes_share_the_cores_and_get_their_variables(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def told(data: Any) -> Any:
        import os

        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "WHO")
        return [" ".join(os.environ[name] for name in names)] * len(data)

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")  # whoever set it meant it
    path = model(tmp_path / "m", told)
    score(path, file, tmp_path / "out.csv", workers=1, environment={"WHO": "me"})
    assert read(tmp_path / "out.csv")[0]["prediction"] == f"{cores()} 7 me"


def test_what_a_model_prints_is_no_message(file: Path, tmp_path: Path) -> None:
    def chatty(data: Any) -> Any:
        import os

        print("hello")
        os.system("echo from a child")
        return data["x"]

    assert score(model(tmp_path / "m", chatty), file, tmp_path / "out.csv", workers=1).rows == 40


def test_modules_are_found_where_this_process_finds_them(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "helper_of_mine.py").write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path / "lib")

    def helped(data: Any) -> Any:
        import helper_of_mine

        return helper_of_mine.double(data["x"])

    score(model(tmp_path / "m", helped), file, tmp_path / "out.csv", workers=1)
    assert read(tmp_path / "out.csv")[3]["prediction"] == 6.0


def test_a_process_that_dies_is_replaced(file: Path, tmp_path: Path) -> None:
    flag = tmp_path / "died"

    def once(data: Any) -> Any:
        import os
        import signal

        if data["x"].iloc[0] == 8 and not flag.exists():
            flag.write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
        return data["x"]

    assert score(model(tmp_path / "m", once), file, tmp_path / "out.csv", rows=4, workers=1).failed_rows == 0
    assert flag.exists()
    assert [row["prediction"] for row in read(tmp_path / "out.csv")] == TABLE["x"].to_pylist()


def test_a_mini_batch_that_always_ends_its_process_is_told(file: Path, tmp_path: Path) -> None:
    def deadly(data: Any) -> Any:
        import os

        if data["x"].iloc[0] == 8:
            os._exit(3)
        return data["x"]

    done = score(model(tmp_path / "m", deadly), file, tmp_path / "out.csv", rows=4, workers=1, max_retries=1)
    assert done.failed_rows == 4
    (line,) = Path(done.errors or "").read_text().splitlines()
    assert json.loads(line) == {"file": "in.parquet", "rows": [8, 11], "error": "the process ended with exit code 3"}
    wanted = [None if 8 <= x < 12 else x for x in TABLE["x"].to_pylist()]
    assert [row["prediction"] for row in read(tmp_path / "out.csv")] == wanted


def test_a_mini_batch_that_takes_too_long_is_told(file: Path, tmp_path: Path) -> None:
    def stuck(data: Any) -> Any:
        import time

        time.sleep(600 if data["x"].iloc[0] == 8 else 0)
        return data["x"]

    path = model(tmp_path / "m", stuck)
    done = score(path, file, tmp_path / "out.csv", rows=4, workers=1, max_retries=0, timeout=5)
    assert done.failed_rows == 4
    assert "it took longer than 5 s" in Path(done.errors or "").read_text()


def test_what_no_row_is_to_blame_for_is_one_error(file: Path, tmp_path: Path) -> None:
    for name, body, kind, said in [
        ("raises", "raise RuntimeError('no weights')", Exception, "RuntimeError: no weights"),
        ("ends", "import os; os._exit(4)", Unavailable, "was not loaded: the process ended with exit code 4"),
    ]:
        (tmp_path / f"{name}_loader.py").write_text(f"def _load_pyfunc(path):\n    {body}\n")
        mw.pyfunc.save_model(
            tmp_path / name, loader_module=f"{name}_loader", code_paths=[str(tmp_path / f"{name}_loader.py")],
            pip_requirements=[], verify=False,
        )  # fmt: skip
        with pytest.raises(kind, match=said):
            score(tmp_path / name, file, tmp_path / f"{name}.csv", workers=2)
    one = model(tmp_path / "one", lambda data: [1.0])
    with pytest.raises(InvalidArgument, match="was given 4 rows and returned 1 values"):
        score(one, file, tmp_path / "one.csv", rows=4, workers=1)


def test_only_as_many_processes_as_there_is_work(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    begun: list[Any] = []
    popen = subprocess.Popen

    def counted(*arguments: Any, **options: Any) -> Any:
        begun.append(arguments)
        return popen(*arguments, **options)

    monkeypatch.setattr("modelwright.batch.runners.local.subprocess.Popen", counted)
    (tmp_path / "one.csv").write_text("x\n1\n")
    score(model(tmp_path / "m", lambda data: data["x"]), tmp_path / "one.csv", tmp_path / "out.csv", workers=8)
    assert len(begun) == 1


def test_one_at_a_time(file: Path, tmp_path: Path) -> None:
    path = model(tmp_path / "m", lambda data: data["x"])

    def second(*_: int) -> None:
        with pytest.raises(Unavailable, match="Another process is at work on"):
            score(path, file, tmp_path / "out.csv", workers=1)

    assert score(path, file, tmp_path / "out.csv", workers=1, progress=second).rows == 40


SCRIPT = """
import sys
from modelwright.batch import score
score(sys.argv[1], sys.argv[2], sys.argv[3], rows=2, workers=2)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_killed_twice_and_gone_on(file: Path, tmp_path: Path) -> None:
    """SIGKILL for the process that directs the others, or for all of them, at a random moment after the first part."""
    path = model(tmp_path / "m", lambda data: __import__("time").sleep(0.05) or data["x"] * 2)
    chance, output = random.Random(1), tmp_path / "out.csv"
    journal = Journal.beside(output)
    parts = 0
    for kill in (os.kill, os.killpg):
        process = begun(path, file, output)
        await_parts(journal, parts + 1 + chance.randrange(4), process)
        kill(process.pid, signal.SIGKILL)
        process.wait()
        parts = len(journal.paths())
        assert not output.exists()
    assert 0 < parts < 20
    process = begun(path, file, output)
    assert process.wait() == 0
    assert [row["prediction"] for row in read(output)] == [2 * x for x in TABLE["x"].to_pylist()]
    assert not journal.root.exists()


def begun(*arguments: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def await_parts(journal: Journal, count: int, process: subprocess.Popen[bytes]) -> None:
    while len(journal.paths()) < count:
        assert process.poll() is None, "it was done before it was killed"
        time.sleep(0.01)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_processes_end_with_the_one_that_began_them(file: Path, tmp_path: Path) -> None:
    def named(data: Any) -> Any:
        import os
        import time

        (tmp_path / f"pid-{os.getpid()}").write_text("")
        time.sleep(600)

    process = begun(model(tmp_path / "m", named), file, tmp_path / "out.csv")
    while len(found := list(tmp_path.glob("pid-*"))) < 2:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    pids = [int(path.name.removeprefix("pid-")) for path in found]
    while any(alive(pid) for pid in pids):  # the test's own timeout is the limit
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_timeout_is_for_local_processes_alone(file: Path, tmp_path: Path) -> None:
    path = model(tmp_path / "m", lambda data: data["x"])
    for engine in ("spark", "ray"):
        with pytest.raises(InvalidArgument, match="timeout is for the engine 'local'"):
            score(path, file, tmp_path / "out.csv", engine=engine, timeout=1)
