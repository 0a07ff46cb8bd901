"""Data as pipelines take it: texts, pairs, questions, tables, out of frames, dictionaries and lists."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.errors import InvalidArgument
from ...models.containers import container

if TYPE_CHECKING:
    from .tasks import Task


def kind(data: Any) -> str:
    """The type of some data, in words.

    >>> kind(["a", 1])
    'a list of int, str'
    """
    if isinstance(data, list):
        return f"a list of {', '.join(sorted({type(item).__name__ for item in data})) or 'nothing'}"
    return f"a {type(data).__name__}"


def plain(data: Any, task: Task) -> Any:
    """A frame as a list of rows, or as one row where the task takes one; everything else as it is."""
    what = container(data)
    if what == "frame":
        return _merged(data) if task.merged else data.to_dict(orient="records")
    if what == "dict" or what == "ndarray" or isinstance(data, (str, bytes)):
        return data
    if what == "list" and all(isinstance(item, (str, dict)) for item in data):
        return list(data)
    raise InvalidArgument(
        f"The data is {kind(data)}; expected a DataFrame, a text, a dictionary, a list of texts or dictionaries, "
        f"bytes or an array"
    )


def _merged(frame: Any) -> dict[str, Any]:
    """A frame whose rows repeat the labels, as one dictionary that has them once."""
    out: dict[str, Any] = {}
    for name, values in frame.to_dict(orient="list").items():
        different: list[Any] = []
        for value in values:
            value = value.tolist() if container(value) == "ndarray" else value
            if value not in different:
                different.append(value)
        several = len(different) > 1 and all(isinstance(value, str) for value in different)
        out[name] = different if several else different[0]
    return out


def checked(data: Any) -> Any:
    """Refuse a dictionary whose values are neither texts, nor lists of texts, nor arrays alone."""
    for row in data if isinstance(data, list) else [data]:
        if isinstance(row, dict):
            _check(row)
    return data


def _check(row: Mapping[Any, Any]) -> None:
    names = [key for key in row if not isinstance(key, (str, int)) or isinstance(key, bool)]
    arrays = [key for key, value in row.items() if container(value) == "ndarray"]
    bad = [] if arrays else [key for key, value in row.items() if not _text(value)]
    if names or bad or (arrays and len(arrays) < len(row)):
        raise InvalidArgument(
            f"A dictionary of data takes texts, or lists of texts, or arrays alone; "
            f"{f'these keys are no names: {names}' if names else f'these are something else: {bad or arrays}'}"
        )


def _text(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, (str, bytes)) for item in value)
    return isinstance(value, (str, bytes))


def as_is(data: Any) -> Any:
    return data


def _rows(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(row, dict) for row in data)


def first_values(data: Any) -> Any:
    """The first column of rows.

    >>> first_values([{0: "a"}, {0: "b"}])
    ['a', 'b']
    """
    return [next(iter(row.values())) for row in data] if _rows(data) else data


def unnamed_values(data: Any) -> Any:
    """The first column of rows whose column has no name; others are dictionaries that the user gave."""
    return first_values(data) if _rows(data) and data and 0 in data[0] else data


def texts(data: Any) -> Any:
    """A text or a list of texts, or an error."""
    if isinstance(data, str) or (isinstance(data, list) and all(isinstance(item, str) for item in data)):
        return data
    raise InvalidArgument(f"The data is {kind(data)}; this model takes a text or a list of texts")


def sentences(data: Any) -> Any:
    """A dictionary as one text.

    >>> sentences({"context": "abc", "answer": "def"})
    'context: abc answer: def'
    """
    if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()):
        if "inputs" in data or not all(isinstance(key, str) for key in data):
            return list(data.values())
        return " ".join(f"{key}: {value}" for key, value in data.items())
    return [sentences(row) for row in data] if _rows(data) else texts(data)


def questions(data: Any) -> Any:
    """One or several dictionaries of a question and its context."""
    for row in data if isinstance(data, list) else [data]:
        if not isinstance(row, dict) or not {"question", "context"} <= row.keys():
            found = f"the keys {sorted(map(str, row))}" if isinstance(row, dict) else kind(row)
            raise InvalidArgument(f"The data has {found}; this model takes 'question' and 'context'")
    return data


def pairs(data: Any) -> Any:
    """Texts, or dictionaries of `text` and `text_pair`."""
    for row in data if isinstance(data, list) else [data]:
        if isinstance(row, dict):
            strange = [key for key in row if key not in ("text", "text_pair")]
            if strange and not all(isinstance(key, int) for key in row):
                raise InvalidArgument(f"A dictionary takes the keys 'text' and 'text_pair', got also {strange}")
        elif not isinstance(row, str):
            raise InvalidArgument(f"The data is {kind(data)}; this model takes texts, or pairs of 'text', 'text_pair'")
    if _rows(data) and data and 0 in data[0]:
        data = [row[0] for row in data]
    return _literals(data)


def _literals(data: Any) -> Any:
    """Dictionaries that a request brought as text."""
    if not isinstance(data, list) or not all(isinstance(text, str) and text[:1] == "{" for text in data):
        return data
    try:
        found = [ast.literal_eval(text) for text in data]
    except (ValueError, SyntaxError):
        return data
    return found if _rows(found) else data


def one_pair(data: Any) -> Any:
    """A lone dictionary as a list: the pipeline would take its keys for options."""
    return [data] if isinstance(data, dict) else data


def labels(data: Any) -> Any:
    """The candidate labels out of JSON, or as the text that they are."""
    if isinstance(data, list):
        return [labels(row) for row in data]
    if not isinstance(data, dict) or "candidate_labels" not in data:
        has = sorted(map(str, data)) if isinstance(data, dict) else kind(data)
        raise InvalidArgument(f"The data has {has}; this model takes 'sequences' and 'candidate_labels'")
    return {key: _json(value) if key == "candidate_labels" else value for key, value in data.items()}


def _json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def one_table(data: Any) -> Any:
    """Rows that ask several questions of one table, as one dictionary with a list of them."""
    if _rows(data) and data:
        keys = list(data[0])
        if any(set(row) != set(keys) for row in data):
            raise InvalidArgument("The rows of the data differ in their keys; this model takes 'query' and 'table'")
        data = {key: _once([row[key] for row in data]) for key in keys}
    if not isinstance(data, dict) or "table" not in data:
        has = sorted(map(str, data)) if isinstance(data, dict) else kind(data)
        raise InvalidArgument(f"The data has {has}; this model takes 'query' and 'table'")
    table = data["table"]
    return {**data, "table": json.dumps(table) if isinstance(table, dict) else table}


def _once(values: list[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else values


def table(data: dict[str, Any]) -> dict[str, Any]:
    """The table out of its JSON, and single values out of arrays."""
    out = {key: value.item() if container(value) == "ndarray" else value for key, value in data.items()}
    text = out["table"]
    if isinstance(text, str):
        try:
            out["table"] = json.loads(text)
        except ValueError:
            try:
                out["table"] = ast.literal_eval(text)
            except (ValueError, SyntaxError) as error:
                raise InvalidArgument(f"The table is no JSON of columns: {text[:80]!r}") from error
    return out
