"""Scoring files bigger than memory: the function behind `modelwright.batch.score` and `modelwright batch`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..batch import decision, run
from ..batch.job import Summary
from ..batch.output import Output
from ..tracking import resolve


def score(
    model_uri: str | Path,
    inputs: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    format: str | None = None,
    rows: int | None = None,
    params: Mapping[str, Any] | None = None,
    keep: Sequence[str] = (),
    bad_rows: Literal["null", "skip"] = "null",
    provenance: bool = True,
    errors: str | Path | None = None,
    error_threshold: int = -1,
    max_retries: int = 3,
    timeout: float | None = None,
    engine: Literal["local", "spark", "ray"] = "local",
    workers: int | None = None,
    environment: Mapping[str, str] | None = None,
    overwrite: bool = False,
    fresh: bool = False,
    trust: bool | None = None,
    progress: Callable[[int, int, int], object] | None = None,
) -> Summary:
    """Score files and folders, in mini-batches that fit in memory; a run that was killed goes on where it was.

    What is done is kept in a folder beside the output until all is done; then the output appears at once. Its columns
    are `row` (the number of the row in its file, from 0), `prediction` or one for each column that the model returns,
    `file_name`, and the columns to keep.

    Args:
        model_uri: As in `pyfunc.load_model`.
        inputs: Files, and folders that are explored to any depth: CSV, Parquet, Arrow, JSON lines, images.
        output: A file, or a folder for several; the ending says the format.
        format: "csv", "parquet", "arrow" or "jsonl", whatever the ending says.
        rows: How many rows to predict at once. Without it as many as take 8 MiB, at most 100 000.
        params: Parameters of `predict`.
        keep: Columns of the input that the output shall have, too.
        bad_rows: What becomes of a row that cannot be scored: its prediction is null, or it is left out ("skip").
        provenance: Whether to write the columns `row` and `file_name`.
        errors: The file that lists the rows that failed, and why; beside the output if not given.
        error_threshold: How many input files may have rows that fail before the run is given up; -1 for any number.
        max_retries: How often to try a mini-batch again that failed not because of its rows.
        timeout: Seconds that one mini-batch may take; for the engine "local".
        engine: What runs the processes: this machine, Spark or Ray.
        workers: How many processes; one for each core if not given.
        environment: Environment variables for the processes.
        overwrite: Replace an output that is there.
        fresh: Forget what an earlier run did that was killed.
        trust: True to allow code from the model to run, False to refuse it; None leaves it to MODELWRIGHT_TRUST.
        progress: Called with the bytes read, the bytes in all, and the rows read.

    Raises:
        InvalidArgument: Nothing could be scored, or more files failed than may.
        AlreadyExists: There is an output already.
        WrongState: An unfinished run was asked for something else.

    >>> import modelwright, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = modelwright.pyfunc.save_model(folder / "double", python_model=lambda model_input: model_input["x"] * 2,
    ...                                   pip_requirements=[])
    >>> _ = (folder / "in.csv").write_text("x\\n1\\n2\\n")
    >>> score(folder / "double", folder / "in.csv", folder / "out.csv", workers=1).rows
    2
    >>> (folder / "out.csv").read_text().split()
    ['"row","prediction","file_name"', '0,2,"in.csv"', '1,4,"in.csv"']
    """
    given = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    target = Output(output, format=format, errors=errors, overwrite=overwrite)
    found = resolve.local_path(model_uri)
    trusted = decision.trusted(found.path, origin=found.origin, trust=trust)
    wanted = run.job(
        found.path, given, target, trusted=trusted, rows=rows, params=params, keep=keep, bad_rows=bad_rows,
        provenance=provenance, max_retries=max_retries,
    )  # fmt: skip
    return run.score(
        wanted, target, engine=engine, workers=workers, timeout=timeout, environment=environment,
        error_threshold=error_threshold, fresh=fresh, heard=progress,
    )  # fmt: skip
