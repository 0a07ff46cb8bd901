"""Parts of the output: predictions beside the rows they belong to, as Arrow tables."""

from __future__ import annotations

from typing import Any

from ..core.errors import InvalidArgument
from .formats.base import Piece
from .job import FILE, ROW, Job
from .unify import cast, merged


class NameTaken(InvalidArgument):
    """Two columns of the output would have one name."""


def empty() -> Any:
    """A part without rows."""
    import pyarrow as pa

    return pa.table({})


def table(piece: Piece, columns: dict[str, Any], job: Job) -> Any:
    """The part of a piece of which every row has a prediction.

    Args:
        piece: The rows.
        columns: Their predictions, as Arrow columns.
        job: Says what else to write.
    """
    import pyarrow as pa

    found = {ROW: pa.array(piece.rows)} if job.provenance else {}
    after = {FILE: piece.files()} if job.provenance else {}
    for name in columns:
        if name in (*found, *after, *job.keep):
            raise NameTaken(
                f"The model's output has a column {name!r}, and so has the batch's; "
                + ("do not keep that one" if name in job.keep else "turn provenance off")
            )
    if taken := [name for name in job.keep if name in (*found, *after)]:
        raise NameTaken(f"A column {taken[0]!r} cannot be kept beside the provenance of that name; turn provenance off")
    return pa.table({**found, **columns, **after, **piece.kept()})


def gathered(piece: Piece, good: list[tuple[Any, dict[str, Any]]], job: Job) -> Any:
    """The part of a piece of which only some rows have a prediction; the others' are null, or they are left out.

    Args:
        piece: The rows.
        good: Positions in it, and the predictions of these.
        job: Says what becomes of the others.
    """
    import numpy as np
    import pyarrow as pa

    places = np.concatenate([np.zeros(0, "int64"), *(some for some, _ in good)])
    if job.bad_rows == "skip":
        piece, index = piece.take(np.sort(places)), pa.array(np.argsort(places))
    else:
        into = np.full(len(piece), -1)
        into[places] = np.arange(len(places))
        index = pa.array(into, mask=into < 0)
    columns = {}
    for name in dict.fromkeys(name for _, made in good for name in made):
        type_ = merged(made[name].type for _, made in good if name in made)
        pieces = [cast(made[name], type_) if name in made else pa.nulls(len(some), type_) for some, made in good]
        columns[name] = pa.chunked_array(pieces, type_).take(index).combine_chunks()
    return table(piece, columns, job)
