"""Batches: every format in and out, what is written beside predictions, and what is done about rows that fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from batch.inline import model, read, write
from modelwright.batch.job import Summary
from modelwright.batch.journal import Journal
from modelwright.core.errors import AlreadyExists, InvalidArgument, MissingFile, UntrustedModel, WrongState
from modelwright.models.signature import infer_signature

pytestmark = pytest.mark.filterwarnings("ignore:Integer columns .* were seen without missing values:UserWarning")

Scored = Callable[..., Summary]
TABLE = pa.table(
    {
        "id": [f"r{n}" for n in range(10)],
        "x": [n / 4 for n in range(10)],
        "n": list(range(10)),
        "t": [f"text {n}" if n % 3 else 'with "quotes",\nand a break' for n in range(10)],
    }
)
FRAME = TABLE.to_pandas()
WANTED = [f"{row['t']}:{row['x'] * row['n']}" for row in TABLE.to_pylist()]


@pytest.fixture
def product(tmp_path: Path) -> Path:
    signature = infer_signature(FRAME[["x", "n", "t"]], ["a"])
    return model(tmp_path / "product", lambda d: d["t"] + ":" + (d["x"] * d["n"]).astype(str), signature)


def failures(summary: Summary) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(summary.errors or "").read_text().splitlines()]


@pytest.mark.parametrize("given", ["parquet", "csv", "arrow", "arrows", "feather", "jsonl"])
@pytest.mark.parametrize("output", ["p.parquet", "p.csv", "p.arrow", "p.jsonl", "folder"])
@pytest.mark.parametrize("rows", [3, None])
def test_formats(given: str, output: str, rows: int | None, product: Path, tmp_path: Path, scored: Scored) -> None:
    file = write(tmp_path / f"in.{given}", TABLE, rows=4)
    done = scored(product, file, tmp_path / output, rows=rows, keep=["id"])
    assert (done.rows, done.failed_rows, done.files, done.errors) == (10, 0, 1, None)
    assert read(tmp_path / output) == [
        {"row": n, "prediction": WANTED[n], "file_name": f"in.{given}", "id": f"r{n}"} for n in range(10)
    ]
    assert not Journal.beside(tmp_path / output).root.exists()


@pytest.mark.parametrize("format", ["parquet", "csv", "arrow", "jsonl"])
def test_a_folder_of_parts(format: str, product: Path, tmp_path: Path, scored: Scored, monkeypatch: Any) -> None:
    monkeypatch.setattr("modelwright.batch.output._ROWS", 2)
    monkeypatch.setattr("modelwright.batch.output._FILE_ROWS", 4)
    write(tmp_path / "in.parquet", TABLE)
    scored(product, tmp_path / "in.parquet", f"{tmp_path}/out.parts/", format=format, rows=3)
    parts = sorted((tmp_path / "out.parts").iterdir())
    assert [path.name for path in parts] == [f"part-{n:05d}.{format}" for n in range(3)]
    assert [len(read(path)) for path in parts] == [4, 4, 2]
    assert [row["prediction"] for row in read(tmp_path / "out.parts")] == WANTED


def test_nested_folders_in_order_of_their_names(product: Path, tmp_path: Path, scored: Scored) -> None:
    data = tmp_path / "data"
    names = ["a/b/deep.csv", "a/one.parquet", "b.jsonl", "a.csv", "_SUCCESS", ".hidden/x.csv", "a/_skipped/y.parquet"]
    for name in names:
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, TABLE.slice(0, 2)) if path.suffix else path.write_text("")
    done = scored(product, data, data / "out.csv")  # in the folder that is read
    wanted = ["a/b/deep.csv", "a/one.parquet", "a.csv", "b.jsonl"]
    assert [(row["file_name"], row["row"]) for row in read(data / "out.csv")] == [
        (n, r) for n in wanted for r in (0, 1)
    ]
    assert (done.files, done.rows) == (4, 8)
    scored(product, [data / "b.jsonl", data / "a"], data / "two.csv")
    assert [row["file_name"] for row in read(data / "two.csv")][::2] == ["b.jsonl", "b/deep.csv", "one.parquet"]


def test_files_of_one_name_are_told_apart(product: Path, tmp_path: Path, scored: Scored) -> None:
    paths = [write(tmp_path / folder / "x.csv", TABLE.slice(0, 1)) for folder in ("a", "b")]
    scored(product, paths, tmp_path / "out.csv")
    assert [row["file_name"] for row in read(tmp_path / "out.csv")] == [path.as_posix() for path in paths]


def test_what_cannot_be_read_is_said_before_anything_is_done(product: Path, tmp_path: Path, scored: Scored) -> None:
    data = tmp_path / "data"
    write(data / "a.csv", TABLE)
    (data / "notes.txt").write_text("?")
    with pytest.raises(InvalidArgument, match=r"endings that are not read: '.*notes.txt'. Read are .parquet"):
        scored(product, data, tmp_path / "out.csv")
    with pytest.raises(MissingFile, match="There is no input 'nowhere'"):
        scored(product, "nowhere", tmp_path / "out.csv")
    (data / "notes.txt").unlink()
    (data / "a.csv").rename(data / "_a.csv")
    with pytest.raises(InvalidArgument, match="There is no file to score"):
        scored(product, data, tmp_path / "out.csv")
    for options, said in [
        ({"rows": 0}, "rows must be 1 or more"),
        ({"bad_rows": "keep"}, "bad_rows must be"),
        ({"format": "xml"}, "Output format 'xml' is not written"),
        ({"engine": "dask"}, "engine must be one of local, spark, ray"),
    ]:
        with pytest.raises(InvalidArgument, match=said):
            scored(product, data / "_a.csv", tmp_path / "out.csv", **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "product"]


def test_columns_of_the_output(tmp_path: Path, scored: Scored) -> None:
    path = model(tmp_path / "m", lambda d: pd.DataFrame({"double": d["x"] * 2, "half": d["x"] / 2}))
    write(tmp_path / "in.parquet", TABLE.slice(0, 2))
    scored(path, tmp_path / "in.parquet", tmp_path / "a.parquet", provenance=False)
    assert read(tmp_path / "a.parquet") == [{"double": 0.0, "half": 0.0}, {"double": 0.5, "half": 0.125}]
    scored(path, tmp_path / "in.parquet", tmp_path / "b.csv", keep=["t", "n"])
    assert list(read(tmp_path / "b.csv")[0]) == ["row", "double", "half", "file_name", "t", "n"]


def test_columns_of_one_name_are_refused(tmp_path: Path, scored: Scored) -> None:
    path = model(tmp_path / "m", lambda d: pd.DataFrame({"row": d["x"]}))
    write(tmp_path / "in.parquet", TABLE)
    with pytest.raises(InvalidArgument, match="output has a column 'row', and so has the batch's; turn provenance off"):
        scored(path, tmp_path / "in.parquet", tmp_path / "a.csv")
    scored(path, tmp_path / "in.parquet", tmp_path / "a.csv", provenance=False, fresh=True)
    with pytest.raises(InvalidArgument, match="there is no column 'y' to keep; there are id, x, n, t"):
        scored(path, tmp_path / "in.parquet", tmp_path / "b.csv", keep=["y"], provenance=False)


def test_kept_columns_are_as_they_are_in_the_file(tmp_path: Path, scored: Scored) -> None:
    path = model(tmp_path / "m", lambda d: d["x"])
    (tmp_path / "in.csv").write_text("x,id\n1,007\n2,1e3\n")
    scored(path, tmp_path / "in.csv", tmp_path / "a.jsonl", keep=["id"])
    assert [row["id"] for row in read(tmp_path / "a.jsonl")] == ["007", "1e3"]
    (tmp_path / "in.jsonl").write_text('{"x": 1, "id": 1}\n{"x": 2, "id": {"k": [1]}}\n{"x": 3}\n')
    scored(path, tmp_path / "in.jsonl", tmp_path / "b.jsonl", keep=["id"], rows=1)
    assert [row["id"] for row in read(tmp_path / "b.jsonl")] == ["1", '{"k": [1]}', None]


def test_params(tmp_path: Path, scored: Scored) -> None:
    signature = infer_signature(FRAME[["x"]], [1.0], params={"factor": 1.0, "name": "a"})
    path = model(tmp_path / "m", lambda d, factor, name: [f"{x * factor}{name}" for x in d["x"]], signature)
    write(tmp_path / "in.csv", TABLE.slice(1, 1))
    scored(path, tmp_path / "in.csv", tmp_path / "a.csv", params={"factor": 2})
    assert read(tmp_path / "a.csv")[0]["prediction"] == "0.5a"
    with pytest.raises(InvalidArgument, match="factor"):
        scored(path, tmp_path / "in.csv", tmp_path / "b.csv", params={"factor": "two"})


def failing(data: pd.DataFrame) -> Any:
    if (data["x"] < 0).any():
        raise ValueError("below zero")
    return data["x"] * 10


@pytest.fixture
def fragile(tmp_path: Path) -> Path:
    frame = pd.DataFrame({"x": [1.0], "n": [1]})
    return model(tmp_path / "fragile", lambda data: failing(data), infer_signature(frame, [1.0]))


MIXED = "x,n\n1,1\n-1,1\n2,1\n3,1.5\n4,many\n5\n-6,1\n-7,1\n8,1\n"
GOOD = {0: 10.0, 2: 20.0, 8: 80.0}


@pytest.mark.parametrize("rows", [1, 2, 5, None])
@pytest.mark.parametrize("bad_rows", ["null", "skip"])
def test_bad_rows_are_found_and_the_others_scored(
    rows: int | None, bad_rows: str, fragile: Path, tmp_path: Path, scored: Scored
) -> None:
    (tmp_path / "in.csv").write_text(MIXED)
    done = scored(fragile, tmp_path / "in.csv", tmp_path / "a.jsonl", rows=rows, bad_rows=bad_rows, keep=["n"])
    there = [n for n in range(9) if n in GOOD or bad_rows == "null"]
    found = read(tmp_path / "a.jsonl")
    assert [(row["row"], row["prediction"]) for row in found] == [(n, GOOD.get(n)) for n in there]
    if bad_rows == "null":
        assert [row["n"] for row in found] == ["1", "1", "1", "1.5", "many", None, "1", "1", "1"]
    assert (done.rows, done.failed_rows, done.failed_files, done.errors) == (
        9,
        6,
        1,
        f"{tmp_path}/a.jsonl.errors.jsonl",
    )
    listed = [(row["file"], row["rows"], row["error"].splitlines()[-1][:40]) for row in failures(done)]
    ranges = [[6, 7]] if rows not in (1,) else [[6, 6], [7, 7]]
    assert listed == [
        ("in.csv", [1, 1], "ValueError: below zero"),
        ("in.csv", [3, 3], "- column 'n' must be long: it holds valu"),
        ("in.csv", [4, 4], "- column 'n' must be long: it has dtype "),
        ("in.csv", [5, 5], "it has 1 values for 2 columns"),
        *(("in.csv", some, "ValueError: below zero") for some in ranges),
    ]


def test_a_row_is_refused_whatever_file_it_is_in(fragile: Path, tmp_path: Path, scored: Scored) -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "n": [1.0, 2.5, None]})
    for ending in ("csv", "parquet", "arrow", "jsonl"):
        done = scored(fragile, write(tmp_path / f"in.{ending}", table), tmp_path / f"{ending}.csv")
        assert [row["rows"] for row in failures(done)] == [[1, 1], [2, 2]], ending
        assert [row["prediction"] for row in read(tmp_path / f"{ending}.csv")] == [10, None, None]


def test_rows_that_cannot_be_parsed_are_told_though_columns_are_kept(tmp_path: Path, scored: Scored) -> None:
    path = model(tmp_path / "m", lambda data: data["x"])
    (tmp_path / "in.jsonl").write_text('{"x": 1, "k": "a"}\n' + "[" * 100_000 + "\n{\n" + '{"x": 2, "k": "b"}\n')
    (tmp_path / "in.csv").write_text(f'x,k\n1,a\n2,{"b" * 200_000}\n3,"c\n')
    done = scored(path, tmp_path / "in.jsonl", tmp_path / "a.jsonl", keep=["k"])
    assert [row["rows"] for row in failures(done)] == [[1, 1], [2, 2]]
    assert [(row["prediction"], row["k"]) for row in read(tmp_path / "a.jsonl")] == [
        (1, "a"),
        (None, None),
        (None, None),
        (2, "b"),
    ]
    done = scored(path, tmp_path / "in.csv", tmp_path / "b.jsonl", keep=["k"])
    assert [row["rows"] for row in failures(done)] == [[1, 1], [2, 2]]
    assert [row["prediction"] for row in read(tmp_path / "b.jsonl")] == [1, None, None]


def test_wrong_columns_are_told_once_for_a_mini_batch(fragile: Path, tmp_path: Path, scored: Scored) -> None:
    write(tmp_path / "data" / "a.csv", TABLE)
    for ending in ("csv", "parquet", "jsonl"):
        write(tmp_path / "data" / f"b.{ending}", TABLE.rename_columns(["id", "x", "nn", "t"]))
    done = scored(fragile, tmp_path / "data", tmp_path / "a.parquet", rows=5)
    found = failures(done)
    assert [row["file"] for row in found][::2] == ["b.csv", "b.jsonl", "b.parquet"]
    assert [row["rows"] for row in found] == [[0, 4], [5, 9]] * 3
    for row in found:
        assert "column 'n' is missing; did you misspell it as 'nn'?" in row["error"]
    assert [row["prediction"] is None for row in read(tmp_path / "a.parquet")] == [False] * 10 + [True] * 30


def test_a_file_that_cannot_be_read_is_told_and_passed_over(product: Path, tmp_path: Path, scored: Scored) -> None:
    data = tmp_path / "data"
    write(data / "a.csv", TABLE)
    (data / "b.parquet").write_bytes(b"PAR1 this is not one")
    (data / "c.csv").write_text("")
    (data / "d.arrow").write_bytes(b"")
    (data / "e.jsonl").write_text("")
    write(data / "f.parquet", TABLE)
    body = bytearray(write(data / "g.parquet", TABLE, rows=5).read_bytes())
    body[200:1400] = bytes(1200)  # the table of contents, at the end, is left
    (data / "g.parquet").write_bytes(body)
    done = scored(product, data, tmp_path / "a.parquet")
    assert [(row["file"], row["rows"]) for row in failures(done)] == [
        (name, None) for name in ("b.parquet", "c.csv", "d.arrow", "g.parquet")
    ]
    assert all(row["error"].startswith("cannot be read: ") for row in failures(done))
    names = [row["file_name"] for row in read(tmp_path / "a.parquet")]
    assert names[:20] == ["a.csv"] * 10 + ["f.parquet"] * 10
    assert (done.files, done.failed_files) == (7, 4)


def test_inputs_without_rows(product: Path, tmp_path: Path, scored: Scored) -> None:
    for ending in ("csv", "parquet", "arrow", "arrows", "jsonl"):
        write(tmp_path / "data" / f"in.{ending}", TABLE.slice(0, 0))
    for ending in ("csv", "parquet", "arrow", "jsonl"):
        done = scored(product, tmp_path / "data", tmp_path / f"out.{ending}")
        assert (done.rows, done.failed_files, done.errors) == (0, 0, None)
        assert read(tmp_path / f"out.{ending}") == []
    assert (tmp_path / "out.csv").read_text() == '"row","prediction","file_name"\n'


def test_a_file_that_breaks_off_is_scored_up_to_there(product: Path, tmp_path: Path, scored: Scored) -> None:
    body = write(tmp_path / "in.arrows", TABLE, rows=3).read_bytes()
    (tmp_path / "in.arrows").write_bytes(body[: len(body) * 3 // 4])
    done = scored(product, tmp_path / "in.arrows", tmp_path / "out.csv", rows=2)
    (failed,) = failures(done)
    assert (failed["file"], failed["rows"]) == ("in.arrows", None)
    assert failed["error"].startswith(f"cannot be read from row {done.rows} on: ")
    assert 0 < done.rows < 10
    assert [row["prediction"] for row in read(tmp_path / "out.csv")] == WANTED[: done.rows]


def test_labels_of_any_kind(tmp_path: Path, scored: Scored) -> None:
    frame = pd.DataFrame({0: [1.0, 2.0], "x.y": [3.0, 4.0], "": [5.0, 6.0]})
    path = model(tmp_path / "m", lambda data: data[0] + data["x.y"] * data[""], infer_signature(frame, [1.0]))
    table = pa.table({"": [5.0, 6.0], "x.y": [3.0, 4.0], "0": [1.0, 2.0]})
    for ending in ("csv", "parquet", "arrow", "jsonl"):
        scored(path, write(tmp_path / f"in.{ending}", table), tmp_path / f"{ending}.csv")
        assert [row["prediction"] for row in read(tmp_path / f"{ending}.csv")] == [16, 26], ending


def test_nothing_scored_is_an_error(fragile: Path, tmp_path: Path, scored: Scored) -> None:
    (tmp_path / "in.csv").write_text("x,n\n-1,1\n-2,1\n")
    with pytest.raises(InvalidArgument, match=r"Not one row could be scored. The first error: ValueError: below zero"):
        scored(fragile, tmp_path / "in.csv", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()
    assert json.loads((tmp_path / "a.csv.errors.jsonl").read_text())["rows"] == [0, 1]
    (tmp_path / "in.csv").write_text("x,n\n1,1\n")
    with pytest.raises(WrongState, match="was asked for something else: files differs"):
        scored(fragile, tmp_path / "in.csv", tmp_path / "a.csv")
    assert scored(fragile, tmp_path / "in.csv", tmp_path / "a.csv", fresh=True).failed_rows == 0


@pytest.mark.parametrize("threshold", [-1, 0, 1, 2, 3])
def test_error_threshold_counts_files(threshold: int, fragile: Path, tmp_path: Path, scored: Scored) -> None:
    for name, text in {"a": "1,1", "b": "-1,1\n1,1", "c": "-1,1\n-2,1\n1,1", "d": "2,2"}.items():
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / f"{name}.csv").write_text(f"x,n\n{text}\n")
    arguments = (fragile, tmp_path / "data", tmp_path / "a.csv")
    if threshold in (0, 1):
        with pytest.raises(InvalidArgument, match=rf"{threshold + 1} files have .* error_threshold is {threshold}"):
            scored(*arguments, error_threshold=threshold, errors=tmp_path / "failed.jsonl")
        assert '"b.csv"' in (tmp_path / "failed.jsonl").read_text()
        done = scored(*arguments, errors=tmp_path / "failed.jsonl")  # goes on, now that any number may fail
        assert done.resumed == threshold + 2
    else:
        done = scored(*arguments, error_threshold=threshold)
    assert (done.rows, done.failed_rows, done.failed_files) == (7, 3, 2)


def test_a_model_that_is_not_row_by_row_is_refused(tmp_path: Path, scored: Scored) -> None:
    path = model(tmp_path / "m", lambda d: d["x"].mean())
    with pytest.raises(InvalidArgument, match="was given 10 rows and returned 1 values of 'prediction'"):
        scored(path, write(tmp_path / "in.csv", TABLE), tmp_path / "a.csv")


def test_failures_that_pass_are_tried_again(tmp_path: Path, scored: Scored) -> None:
    def flaky(data: pd.DataFrame) -> Any:
        counter = tmp_path / "tries"
        tries = int(counter.read_text()) if counter.exists() else 0
        counter.write_text(str(tries + 1))
        if tries < 2:
            raise ConnectionError("try again")
        return data["x"]

    path = model(tmp_path / "m", lambda data: flaky(data))
    write(tmp_path / "in.csv", TABLE.slice(0, 1))
    assert scored(path, tmp_path / "in.csv", tmp_path / "a.csv", max_retries=2).failed_rows == 0
    (tmp_path / "tries").unlink()
    with pytest.raises(InvalidArgument, match="ConnectionError: try again"):
        scored(path, tmp_path / "in.csv", tmp_path / "b.csv", max_retries=1)


def test_an_output_that_is_there_stays_unless_told(product: Path, tmp_path: Path, scored: Scored) -> None:
    write(tmp_path / "in.csv", TABLE)
    for output in (tmp_path / "a.csv", tmp_path / "folder"):
        scored(product, tmp_path / "in.csv", output)
        before = read(output)
        with pytest.raises(AlreadyExists, match="is there already; pass overwrite=True to replace it"):
            scored(product, tmp_path / "in.csv", output)
        write(tmp_path / "less.csv", TABLE.slice(0, 3))
        scored(product, tmp_path / "less.csv", output, overwrite=True)
        assert len(before) == 10
        assert len(read(output)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "folder", "in.csv", "less.csv", "product"]


class Stopped(Exception):
    """A run is ended by its user."""


def stop(done: int, whole: int, rows: int) -> None:
    """The progress of a run that ends after six rows."""
    if rows >= 6:
        raise Stopped


def test_going_on_asks_for_the_same(product: Path, tmp_path: Path, scored: Scored) -> None:
    file = write(tmp_path / "in.parquet", TABLE, rows=5)
    with pytest.raises(Stopped):
        scored(product, file, tmp_path / "a.csv", rows=2, progress=stop)
    for options, what in [
        ({"rows": 3}, "rows"),
        ({"rows": 2, "keep": ["id"]}, "keep"),
        ({"bad_rows": "skip"}, "rows, bad_rows"),
    ]:
        with pytest.raises(WrongState, match=f"asked for something else: {what} differ"):
            scored(product, file, tmp_path / "a.csv", **options)
    done = scored(product, file, tmp_path / "a.csv", rows=2)
    assert (done.resumed, done.rows) == (4, 10)
    assert [row["prediction"] for row in read(tmp_path / "a.csv")] == WANTED


def test_a_model_that_changed_is_noticed(product: Path, tmp_path: Path, scored: Scored) -> None:
    with pytest.raises(KeyError):
        scored(product, write(tmp_path / "in.csv", TABLE), tmp_path / "a.csv", progress=lambda *_: {}["stop"])
    other = model(tmp_path / "other", lambda d: d["x"])
    with pytest.raises(WrongState, match="digest differs"):
        scored(other, tmp_path / "in.csv", tmp_path / "a.csv")


def test_progress_is_in_bytes(product: Path, tmp_path: Path, scored: Scored) -> None:
    told: list[tuple[int, int, int]] = []
    for ending in ("parquet", "arrows", "jsonl"):
        write(tmp_path / "data" / f"in.{ending}", TABLE, rows=5)
    scored(product, tmp_path / "data", tmp_path / "a.csv", rows=2, progress=lambda *facts: told.append(facts))
    whole = sum(path.stat().st_size for path in (tmp_path / "data").iterdir())
    assert {total for _, total, _ in told} == {whole}
    assert [rows for _, _, rows in told] == sorted(rows for _, _, rows in told)
    assert told[-1][2] == 30
    assert all(done <= whole for done, _, _ in told)


def test_a_strangers_model_is_refused_before_anything_is_written(tmp_path: Path, scored: Scored) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "python_model.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (trap / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n"
    )
    with pytest.raises(UntrustedModel):
        scored(trap, write(tmp_path / "in.csv", TABLE), tmp_path / "a.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "trap"]
    assert not Path("pwned").exists()


def test_a_part_that_was_damaged_and_deleted_is_made_again(product: Path, tmp_path: Path, scored: Scored) -> None:
    file, output = write(tmp_path / "in.parquet", TABLE, rows=10), tmp_path / "a.csv"
    with pytest.raises(Stopped):
        scored(product, file, output, rows=2, progress=stop)
    parts = Journal.beside(output).paths()
    assert len(parts) >= 3
    parts[1].write_bytes(b"torn")
    with pytest.raises(WrongState, match=r"is damaged .*delete it, and run again"):
        scored(product, file, output, rows=2)
    parts[1].unlink()
    assert scored(product, file, output, rows=2).rows == 10
    assert [row["prediction"] for row in read(output)] == WANTED


def test_the_errors_file_replaces_nothing(product: Path, tmp_path: Path, scored: Scored) -> None:
    file, other = write(tmp_path / "in.csv", TABLE), tmp_path / "mine.jsonl"
    other.write_text("mine")
    with pytest.raises(AlreadyExists, match=r"mine.jsonl' is there already"):
        scored(product, file, tmp_path / "a.csv", errors=other)
    assert other.read_text() == "mine"
    with pytest.raises(InvalidArgument, match="named as the output and as the errors file"):
        scored(product, file, tmp_path / "b.jsonl", errors=tmp_path / "b.jsonl")
