"""The journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from modelwright.batch.job import Bad, Done, Job
from modelwright.batch.journal import Journal
from modelwright.core.errors import Unavailable, WrongState

JOB = Job("model", "digest", True, ())


def done(task: int, part: int, last: bool = False) -> Done:
    return Done(task, part, 2, 0, (), "", 10, last)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal.beside(tmp_path / "out.csv")
    found.open(JOB)
    yield found
    found.close()


def test_what_is_written_is_there_in_order(journal: Journal) -> None:
    assert journal.root.name == "out.csv.journal"
    for task, part in [(10, 0), (2, 1), (2, 0), (1_000_000, 0)]:
        journal.write(done(task, part), pa.table({"x": [task, part]}), [])
    assert [path.stem for path in journal.paths()] == ["000002-0000", "000002-0001", "000010-0000", "1000000-0000"]
    assert {task: [one.part for one in parts] for task, parts in journal.done().items()} == {
        2: [0, 1],
        10: [0],
        1_000_000: [0],
    }
    with journal.read(journal.paths()[1]) as reader:
        assert reader.read_all().column("x").to_pylist() == [2, 1]


def test_failures_in_order(journal: Journal) -> None:
    for task in (3, 1):
        journal.write(done(task, 0), pa.table({"x": [1]}), [Bad(f"{task}.csv", (0, 1), "bad"), Bad("x", None, "torn")])
    assert b"".join(journal.failures()).decode().splitlines() == [
        '{"file":"1.csv","rows":[0,1],"error":"bad"}',
        '{"file":"x","rows":null,"error":"torn"}',
        '{"file":"3.csv","rows":[0,1],"error":"bad"}',
        '{"file":"x","rows":null,"error":"torn"}',
    ]


def test_torn_files_are_swept_and_count_for_nothing(journal: Journal) -> None:
    (journal.parts / ".000001-0000.arrow.abc").write_bytes(b"torn")
    journal.close()
    journal.open(JOB)
    assert list(journal.parts.iterdir()) == []


def test_one_process_at_a_time(journal: Journal) -> None:
    other = Journal(journal.root)
    with pytest.raises(Unavailable, match="Another process is at work on"):
        other.open(JOB)
    journal.close()
    other.open(JOB)
    other.close()


def test_another_job_is_refused(journal: Journal) -> None:
    journal.write(done(0, 0), pa.table({"x": [1]}), [])
    journal.close()
    journal.open(Job("elsewhere", "digest", False, (), max_retries=0))  # decides nothing that is written
    journal.close()
    with pytest.raises(WrongState, match=r"rows, provenance differ. Ask for the same to go on, or pass fresh=True"):
        journal.open(Job("model", "digest", True, (), rows=5, provenance=False))
    journal.open(Job("model", "digest", True, (), rows=5), fresh=True)
    assert journal.paths() == []


def test_a_mark_of_completion_is_of_its_job(journal: Journal) -> None:
    journal.complete(JOB)
    journal.asked.unlink()
    journal.close()
    with pytest.raises(WrongState, match="digest differs"):
        journal.open(Job("model", "other", True, ()))


def test_damage_is_said(journal: Journal) -> None:
    journal.write(done(0, 0), pa.table({"x": [1]}), [])
    journal.paths()[0].write_bytes(b"nothing of the kind")
    with pytest.raises(WrongState, match=r"is damaged .* delete it, and run again"):
        journal.done()
    journal.close()
    journal.asked.write_text("{")
    with pytest.raises(WrongState, match="cannot be read"):
        journal.open(JOB)
