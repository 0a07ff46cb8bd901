"""Text files cut where records end."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.batch.formats.lines import spans, split
from modelwright.core.errors import InvalidArgument

FIELD = st.text('ab,"\n\r é', max_size=6)
ROWS = st.lists(st.lists(FIELD, min_size=2, max_size=2), max_size=12)


def text_of(rows: list[list[str]], end: str) -> str:
    out = io.StringIO()
    returns = any("\r" in field for row in rows for field in row)  # which the writer takes for no end of a line
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL).writerows(rows)
    return out.getvalue()


def records(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.integers(1, 4), st.integers(1, 40))
def test_csv(rows: list[list[str]], end: str, most: int, size: int) -> None:
    """Every stretch is whole records, no more than asked for, and together they are the file."""
    text = text_of(rows, end)
    body = text.encode()
    found = list(spans(io.BytesIO(body), 0, most, size, quoted=True))
    parts = [body[offset : offset + length] for offset, length, _ in found]
    assert [row for part in parts for row in records(part.decode())] == records(text)
    for part, (_, _, count) in zip(parts, found, strict=True):
        assert len(records(part.decode())) == count <= most
        assert [records(one.decode()) for one in split(part, quoted=True)] == [[row] for row in records(part.decode())]


@given(st.lists(st.sampled_from(["1", '"a"', "", "[1,2]"]), max_size=12), st.integers(1, 4), st.integers(1, 20))
def test_lines(lines: list[str], most: int, size: int) -> None:
    body = "\n".join(lines).encode()
    found = list(spans(io.BytesIO(body), 0, most, size, quoted=False))
    parts = [body[offset : offset + length] for offset, length, _ in found]
    assert [one.strip().decode() for part in parts for one in split(part, quoted=False)] == [x for x in lines if x]
    assert all(
        len(split(part, quoted=False)) == count <= most for part, (_, _, count) in zip(parts, found, strict=True)
    )


def test_a_quotation_mark_within_a_text_is_a_character() -> None:
    body = b'5" pipe,1\n6" pipe,2\nx,3\n'
    assert [count for _, _, count in spans(io.BytesIO(body), 0, 1, 100, quoted=True)] == [1, 1, 1]


def test_a_quotation_without_an_end_costs_no_more_than_a_limit() -> None:
    rows = b"".join(b"%d,x\n" % n for n in range(100_000))
    body = b'1,"a\n' + rows
    found = list(spans(io.BytesIO(body), 0, 10**9, 10**9, quoted=True))
    assert found[0] == (0, 5, 1)  # its line stands for itself
    assert sum(count for _, _, count in found) == 100_001


def test_a_record_of_any_length_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("modelwright.batch.formats.lines._LONGEST", 1000)
    with pytest.raises(InvalidArgument, match="the record at byte 2 is longer than 1000 bytes"):
        list(spans(io.BytesIO(b"a\n" + b"x" * 5000), 0, 10, 100, quoted=True))
