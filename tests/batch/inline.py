"""A runner in the process of the test, and files in every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

import modelwright as mw
from modelwright.batch.job import Done, Job, Task
from modelwright.batch.journal import Journal
from modelwright.batch.scorer import Scorer


def run(job: Job, journal: Journal, tasks: Iterator[Task], heard: Callable[[Done], object], **options: Any) -> None:
    """What every runner does, without a process."""
    scorer = Scorer(job, journal)
    for task in tasks:
        for done in scorer.run(task):
            heard(done)


def model(path: str | Path, function: Callable[..., Any], signature: Any = None) -> Path:
    """A model that calls a function of the frame it is given."""

    class Model(mw.pyfunc.PythonModel):  # in here, so that it is pickled as a whole
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return function(model_input, **(params or {}))

    mw.pyfunc.save_model(path, python_model=Model(), signature=signature, pip_requirements=[])
    return Path(path)


def write(path: Path, table: pa.Table, rows: int = 1000) -> Path:
    """A table as a file whose ending says the format, in row groups and record batches of `rows`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows)
    elif path.suffix == ".csv":
        pa_csv.write_csv(table, path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        new = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
        with new(str(path), table.schema) as writer:
            writer.write_table(table, rows)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an output, a file or a folder."""
    if path.is_dir():
        return [row for part in sorted(path.iterdir()) for row in read(part)]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        return pa_csv.read_csv(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with pa.ipc.open_file(str(path)) as reader:
        return reader.read_all().to_pylist()
