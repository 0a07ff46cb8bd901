"""Tables among a run's artifacts: JSON in pandas' "split" form, or Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument

_FORBIDDEN = "\"',:[]{}"


def check_name(artifact_file: str) -> None:
    """Refuse names that the search for tables could not find again."""
    if found := sorted(set(_FORBIDDEN) & set(artifact_file)):
        raise InvalidArgument(f"The table's name {artifact_file!r} holds {' '.join(found)}; leave that out")
    if not artifact_file.endswith((".json", ".parquet")):
        raise InvalidArgument(f"The table's name is {artifact_file!r}; end it in .json or .parquet")


def frame(data: Any) -> Any:
    """A table's data as a DataFrame of its own; a dictionary of scalars is one row."""
    import pandas

    if isinstance(data, pandas.DataFrame):
        return data.copy(deep=False)
    if not isinstance(data, dict):
        raise InvalidArgument(f"A table was given as {type(data).__name__}; give a pandas DataFrame or a dictionary")
    try:
        return pandas.DataFrame(data)
    except ValueError:  # pandas' word for "all of them are scalars"
        return pandas.DataFrame([data])


def replace_images(table: Any, is_image: Callable[[Any], bool], save: Callable[[Any], dict[str, str]]) -> Any:
    """The table with every column of images saved and replaced by where they lie."""
    for column in table.columns[[dtype.kind == "O" for dtype in table.dtypes]]:
        images = [is_image(value) for value in table[column]]
        if any(images):
            if not all(images):
                raise InvalidArgument(f"Column {column!r} mixes images with other values; give images only, or none")
            table[column] = [save(value) for value in table[column]]
    return table


def write(table: Any, path: Path, before: Path | None) -> None:
    """Write a table to `path`, below the rows of the file `before`."""
    import pandas

    if path.suffix == ".parquet":
        if before is not None:
            table = pandas.concat([pandas.read_parquet(before), table], ignore_index=True)
        table.to_parquet(path, index=False)
        return
    try:
        text = table.to_json(orient="split", index=False, date_format="iso")
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidArgument(f"The table does not fit into JSON ({error}); end its name in .parquet") from error
    if before is not None:
        text = json.dumps(_below(json.loads(before.read_text("utf-8")), json.loads(text)))
    path.write_text(text, "utf-8")


def read(path: Path) -> Any:
    """The table in a file."""
    import pandas

    return pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_json(path, orient="split")


def _below(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two split tables as one: columns by name, cells that one of them lacks are null.

    The rows are not parsed into a DataFrame, which would guess dates and lose integers.

    >>> _below({"columns": ["a"], "data": [[1]]}, {"columns": ["a", "b"], "data": [[2, 3]]})
    {'columns': ['a', 'b'], 'data': [[1, None], [2, 3]]}
    """
    if first["columns"] == second["columns"]:
        return {"columns": first["columns"], "data": first["data"] + second["data"]}
    columns = list(dict.fromkeys(first["columns"] + second["columns"]))
    rows = [dict(zip(part["columns"], row, strict=True)) for part in (first, second) for row in part["data"]]
    return {"columns": columns, "data": [[row.get(column) for column in columns] for row in rows]}
