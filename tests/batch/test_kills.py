"""A batch killed at any moment: nothing that was done is lost, and the output is what it would have been."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from batch.inline import model, read, write
from modelwright.batch import run as batch
from modelwright.batch import score
from modelwright.batch.journal import Journal
from modelwright.core.errors import AlreadyExists

TABLE = pa.table({"x": [float(n) for n in range(9)]})
KILLED, DONE = 9, 0
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A batch of two files and five mini-batches, of which one has a row that fails."""
    monkeypatch.setitem(batch.RUNNERS, "inline", "batch.inline:run")
    path = model(tmp_path / "model", lambda data: [1 / (4 - x) for x in data["x"]])
    write(tmp_path / "in" / "a.parquet", TABLE.slice(0, 5), rows=5)
    write(tmp_path / "in" / "b.csv", TABLE.slice(5))
    (tmp_path / "out").mkdir()
    return lambda **options: score(path, tmp_path / "in", engine="inline", rows=2, max_retries=0, **options)


def dies(work: Callable[[], object], folder: Path, moment: int) -> bool:
    """Whether `work`, in a process of its own, is killed before its n-th change of files below `folder`."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
    left = moment

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        changes = event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY)
        if changes and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left < 0:
                os._exit(KILLED)

    try:
        sys.addaudithook(watch)  # in the child only: a hook stays as long as its process
        work()
        os._exit(DONE)
    except BaseException:
        os._exit(1)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: body for name, body in files(folder).items() if ".journal/" not in name and "errors" not in name}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("output", ["p.parquet", "folder"])
@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "overwrite"])
def test_killed_at_every_moment(output: str, overwrite: bool, job: Callable[..., Any], tmp_path: Path) -> None:
    job(output=tmp_path / "out" / output)
    wanted = files(tmp_path / "out")
    moment, resumed = 0, 0
    while True:
        folder = tmp_path / f"{moment}"
        folder.mkdir()
        if overwrite:
            (folder / output).write_text("old") if "." in output else write(folder / output / "old.csv", TABLE)
        before = outputs(folder)
        if not dies(lambda to=folder / output: job(output=to, overwrite=overwrite), folder, moment):
            break
        assert outputs(folder) in (before, {}, outputs(tmp_path / "out")), moment  # whole or none
        try:
            done = job(output=folder / output, overwrite=overwrite)
        except AlreadyExists:  # only the empty folder of the journal was left to be deleted
            assert files(folder) == wanted
            moment += 1
            continue
        assert files(folder) == wanted, moment
        assert (done.rows, done.failed_rows) in ((9, 1), (0, 0)), moment  # nothing is left to count after the last step
        resumed += done.resumed
        moment += 1
    assert files(folder) == wanted
    assert moment > 20
    assert resumed > moment


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("seed", range(8))
def test_killed_again_and_again(seed: int, job: Callable[..., Any], tmp_path: Path) -> None:
    job(output=tmp_path / "out" / "p.csv")
    wanted = files(tmp_path / "out")
    chance, folder, kills = random.Random(seed), tmp_path / "again", 0
    folder.mkdir()
    while dies(lambda: job(output=folder / "p.csv", overwrite=True), folder, chance.randrange(1, 24)):
        kills += 1
        assert kills < 60
    assert kills > 1
    assert files(folder) == wanted


def test_a_part_that_is_there_is_not_made_again(job: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        job(output=tmp_path / "p.csv", progress=lambda done, whole, rows: rows < 5 or {}["stop"])
    journal = Journal.beside(tmp_path / "p.csv")
    (first, *_) = journal.paths()
    with journal.read(first) as reader:
        table = reader.read_all()
        column = pa.array([7.0, 7.0])
        table = table.set_column(1, "prediction", column)
    with pa.ipc.new_file(str(first), table.schema) as writer:
        writer.write_table(table)
    assert job(output=tmp_path / "p.csv").resumed == 3
    assert [row["prediction"] for row in read(tmp_path / "p.csv")][:3] == [7.0, 7.0, 0.5]
