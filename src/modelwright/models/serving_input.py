"""Scoring requests: JSON and CSV bodies as data that fits, or is refused by, a signature; no value is bent to fit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import InvalidArgument
from .casts import Unfit
from .datatypes import DataType, Kind
from .enforce_columns import fit
from .frame_from import column
from .jsonable import restore, restore_column
from .schema import Schema
from .signature import ModelSignature

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs", "input_data")
UNWRAPPED = ("messages", "prompt", "input")
# Texts of a CSV cell that stand for no value.
MISSING = ("", "#N/A", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null", "None", "<NA>", "-nan", "NaT")


def parse(
    body: str | bytes, content_type: str | None, signature: ModelSignature | None = None, *, native: bool = False
) -> tuple[Any, dict[str, Any] | None]:
    """The data and params of a request, ready for the signature's plan.

    Args:
        body: The request's body, UTF-8.
        content_type: "application/json" (also when None) or "text/csv".
        signature: The model's signature; it decides how texts of a CSV file, bytes and datetimes are read.
        native: Without a signature, hand lists on as lists and not as arrays.

    Raises InvalidArgument (status 400) that says what is wrong with the request.

    >>> parse('{"dataframe_split": {"columns": ["x"], "data": [[1]]}, "params": {"k": 2}}', "application/json")[1]
    {'k': 2}
    """
    kind = _media_type(content_type)
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("The request's body is not UTF-8 text") from error
    if kind == "text/csv":
        return parse_csv(text, signature.inputs if signature is not None else None), None
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"The request's body is not JSON: {error}") from error
    return parse_json(payload, signature, native=native)


def _media_type(given: str | None) -> str:
    kind, *rest = [part.strip() for part in (given or "application/json").split(";")]
    for part in filter(None, rest):
        name, _, value = part.partition("=")
        if name.strip().lower() != "charset" or value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise _bad(f"Content type {given!r} has the parameter {part!r}; only charset=utf-8 is understood")
    if kind.lower() not in ("application/json", "text/csv"):
        raise _bad(f"Content type {given!r} is not understood; send application/json or text/csv")
    return kind.lower()


def parse_json(
    payload: Any, signature: ModelSignature | None = None, *, native: bool = False
) -> tuple[Any, dict[str, Any] | None]:
    """The same for a body that is already read from JSON."""
    if not isinstance(payload, dict):
        raise _bad(f"The request must be an object with one of the keys {', '.join(FORMS)}; got {_kind(payload)}")
    forms = [form for form in FORMS if form in payload]
    schema = signature.inputs if signature is not None else None
    if not forms and unwrapped(payload):
        known = {spec.name for spec in signature.params} if signature is not None and signature.params else set()
        data = {key: value for key, value in payload.items() if key not in known}
        return restore(data, schema), {key: value for key, value in payload.items() if key in known} or None
    if len(forms) != 1:
        got = f"both {' and '.join(forms)}" if forms else f"the keys {list(payload)[:10]}"
        raise _bad(f"The request must have exactly one of the keys {', '.join(FORMS)}; got {got}")
    if extra := [key for key in payload if key not in (*forms, "params")]:
        raise _bad(f"The request has unknown keys {extra[:10]} beside {forms[0]!r}; only 'params' may stand there")
    params = payload.get("params")
    if params is not None and not isinstance(params, dict):
        raise _bad(f"'params' must be an object of name to value; got {_kind(params)}")
    return _form(forms[0], payload[forms[0]], schema, native), params


def unwrapped(payload: Any) -> bool:
    """Whether a request is a chat, completion or embedding request, whose answer is not wrapped in "predictions"."""
    known = isinstance(payload, dict) and not any(form in payload for form in FORMS)
    return known and any(key in payload for key in UNWRAPPED)


def _form(form: str, given: Any, schema: Schema | None, native: bool) -> Any:
    if form == "input_data":  # Azure's spelling of the others
        split = isinstance(given, dict) and "data" in given and set(given) <= {"columns", "index", "data"}
        form = "dataframe_split" if split and (schema is None or "data" not in schema.input_names()) else "inputs"
    if form == "dataframe_split":
        if not isinstance(given, dict) or "data" not in given or set(given) - {"columns", "index", "data"}:
            raise _bad("'dataframe_split' must be an object with 'data' and optionally 'columns' and 'index'")
        return frame_of(given.get("columns"), given["data"], schema, given.get("index"))
    if form == "dataframe_records":
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            raise _bad("'dataframe_records' must be a list of objects, one for each row")
        labels = list(dict.fromkeys(key for row in given for key in row))
        if not given and schema is not None and schema.has_input_names():
            labels = [str(name) for name in schema.input_names()]
        return frame_of(labels, [[row.get(label) for label in labels] for row in given], schema)
    given = _named(given, schema)
    if schema is not None and schema.is_tensor_spec():
        return _tensor_rows(given, schema) if form == "instances" else given
    if form == "instances" and not isinstance(given, list):
        raise _bad(f"'instances' must be a list, one item for each row; got {_kind(given)}")
    if schema is None:
        return given if native else _arrays(given)
    return restore(given, schema)


def _tensor_rows(given: Any, schema: Schema) -> Any:
    """Rows of named tensors as one list for each name."""
    if not isinstance(given, list) or not given or not all(isinstance(row, dict) for row in given):
        return given
    names = [name for name in schema.input_names() if any(name in row for row in given)]
    if short := [name for name in names if not all(name in row for row in given)]:
        raise _bad(f"Some of the 'instances' lack the tensors {short}")
    return {name: [row[name] for row in given] for name in names}


def _arrays(given: Any) -> Any:
    """Lists as numpy arrays, which is what a model without a signature is given by MLflow."""
    import numpy as np

    if isinstance(given, dict):
        return {name: _arrays(value) if isinstance(value, list) else value for name, value in given.items()}
    if not isinstance(given, list) or any(isinstance(item, dict) for item in given):
        return given
    try:
        return np.array(given)
    except ValueError:  # rows of different lengths
        return given


def frame_of(labels: Any, rows: Any, schema: Schema | None, index: Any = None) -> Any:
    """A pandas frame of JSON rows, each value as it was sent, in the types of `schema` where those lose nothing."""
    import numpy as np
    import pandas as pd

    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _bad("'data' must be a list of rows, each a list of values")
    if labels is not None and not isinstance(labels, list):
        raise _bad(f"'columns' must be a list of labels; got {_kind(labels)}")
    if index is not None and not (isinstance(index, list) and all(isinstance(one, str | int | float) for one in index)):
        raise _bad(f"'index' must be a list of texts or numbers, one for each row; got {_kind(index)}")
    widths = {len(row) for row in rows} | ({len(labels)} if labels is not None else set())
    if len(widths) > 1:
        raise _bad(f"Every row must have one value for each of the columns; got lengths {sorted(widths)}")
    (width,) = widths or {0}
    names = list(range(width)) if labels is None else _labels(labels, schema)
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise _bad(f"'columns' holds {twice} more than once")
    kinds = _kinds(names, schema)
    if index is None and rows and _doubles(rows, names, kinds):
        frame = pd.DataFrame(np.array(rows, "float64"))
        frame.columns = pd.RangeIndex(width) if labels is None else pd.Index(names)
        return frame
    columns = {}
    for position, name in enumerate(names):
        values = [row[position] for row in rows]
        columns[position] = _column(values, kinds.get(name), name)
    try:
        frame = pd.DataFrame(columns, index=index if index is not None else pd.RangeIndex(len(rows)))
        for position in columns if index is not None else ():
            frame.isetitem(position, pd.Series(columns[position].array, index=frame.index))
    except ValueError as error:
        raise _bad(f"'index' must have one label for each of the {len(rows)} rows") from error
    frame.columns = pd.RangeIndex(width) if labels is None else pd.Index(names, dtype=None if names else object)
    return frame


def _doubles(rows: list[list[Any]], names: list[Any], kinds: Mapping[Any, Kind]) -> bool:
    """Whether all columns are declared double, and all values are such."""
    declared = all(kinds.get(name) is DataType.double for name in names)
    return declared and bool(names) and all(type(value) is float for row in rows for value in row)


def _column(values: list[Any], kind: Kind | None, name: Any) -> Any:
    """One column; without loss it takes its declared type at once, otherwise the plan says what is wrong with it."""
    if kind is None:
        return _undeclared(values)
    try:
        values = restore_column(values, kind)
    except InvalidArgument as error:
        raise _bad(f"Column {name!r}: {error.message}") from error
    if kind in _NUMBERS and any(isinstance(value, str) for value in values):
        values = [_number(value) for value in values]
    series = column(values)
    try:
        return fit(series, kind, True, keep=False)
    except Unfit:
        return series


def _undeclared(values: list[Any]) -> Any:
    import pandas as pd

    return pd.Series(values, dtype=None if values and any(value is not None for value in values) else object)


_NUMBERS = (DataType.integer, DataType.long, DataType.float, DataType.double)
_INTEGER = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE)


def _number(value: Any) -> Any:
    """A text that spells a number as that number, anything else as it is."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 400 else value
    return float(text) if _FLOAT.fullmatch(text) else value


def parse_csv(text: str, schema: Schema | None = None) -> Any:
    """A CSV text with a header as a pandas frame; declared columns are read as their type, others as pandas does.

    >>> from modelwright.models.schema import ColSpec
    >>> parse_csv("code,ok\\nNA,true\\n", Schema([ColSpec("string", "code"), ColSpec("boolean", "ok")])).values.tolist()
    [['NA', True]]
    """
    import pandas as pd

    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise _bad(f"The request's body is not CSV: {error}") from error
    rows = [row for row in rows if row]
    if not rows:
        raise _bad("The CSV text is empty; its first line must name the columns")
    header, *rows = rows
    if bad := [i for i, row in enumerate(rows, 2) if len(row) != len(header)]:
        raise _bad(f"CSV lines {bad[:10]} do not have one value for each of the {len(header)} columns")
    names = _labels(header, schema)
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise _bad(f"The CSV header names {twice} more than once")
    specs = {} if schema is None or schema.is_tensor_spec() else _specs(names, schema)
    undeclared = [i for i, name in enumerate(names) if name not in specs]
    guessed = pd.read_csv(io.StringIO(text), usecols=undeclared) if undeclared and rows else None
    frame = pd.DataFrame(index=pd.RangeIndex(len(rows)))
    columns = []
    for position, name in enumerate(names):
        texts = [row[position] for row in rows]
        if name in specs:
            columns.append(_texts(texts, specs[name], name))
        else:
            columns.append(guessed.iloc[:, undeclared.index(position)] if guessed is not None else pd.Series(texts))
    frame = pd.concat(columns, axis=1) if columns else frame
    frame.columns = pd.Index(names)
    return frame


def _texts(texts: list[str], spec: Any, name: Any) -> Any:
    kind = spec.type
    if kind is DataType.string:  # an empty cell is a missing text only where one may be missing; "NA" is a text
        return column([None if text == "" and not spec.required else text for text in texts])
    values: list[Any] = [None if text.strip() in MISSING else text for text in texts]
    if kind is DataType.boolean:
        values = [_BOOLEANS.get(str(value).strip().lower(), value) for value in values]
    elif not isinstance(kind, DataType):
        try:
            values = [None if value is None else json.loads(value) for value in values]
        except ValueError as error:
            raise _bad(f"Column {name!r} must hold JSON in each cell: {error}") from error
    return _column(values, kind, name)


_BOOLEANS: dict[str, Any] = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def _labels(labels: Sequence[Any], schema: Schema | None) -> list[Any]:
    """Labels as the schema spells them: the keys of a JSON object are texts, where a column may be named 0."""
    known = schema.input_names() if schema is not None and schema.has_input_names() else []
    by_text = {str(name): name for name in known if not isinstance(name, str)}
    if bad := [label for label in labels if not isinstance(label, str | int | float)]:
        raise _bad(f"Column labels must be texts or numbers; got {bad[:5]}")
    return [label if label in known else by_text.get(str(label), label) for label in labels]


def _named(given: Any, schema: Schema | None) -> Any:
    if schema is None or not schema.has_input_names() or all(isinstance(name, str) for name in schema.input_names()):
        return given
    if isinstance(given, dict):
        return dict(zip(_labels(list(given), schema), given.values(), strict=True))
    return (
        [_named(row, schema) if isinstance(row, dict) else row for row in given] if isinstance(given, list) else given
    )


def _kinds(names: list[Any], schema: Schema | None) -> dict[Any, Kind]:
    if schema is None or schema.is_tensor_spec():
        return {}
    return {name: spec.type for name, spec in _specs(names, schema).items()}


def _specs(names: list[Any], schema: Schema) -> dict[Any, Any]:
    return schema.input_dict() if schema.has_input_names() else dict(zip(names, schema.inputs, strict=False))


def _bad(message: str) -> InvalidArgument:
    return InvalidArgument(message, error_code="BAD_REQUEST")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
