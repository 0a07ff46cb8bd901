"""Requests to try a model with: its stored example, or one made from its signature, in every form there is."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ...core.errors import Error
from ...models.example import to_serving_input
from ...models.frame_from import columnar, is_listed
from ...models.predictions import plain
from ...models.schema import Schema
from ...models.serving_input import FORMS
from . import forms
from .described import Described
from .forms import azure_split, in_lists
from .invented import request
from .schemas import plain_default

LARGE = 10_000  # characters of an example beyond which its rows are cut to a few
HUGE = 100_000  # characters of a request beyond which it is shown in one form only
FEW = 3


@dataclass(frozen=True)
class Sample:
    """Requests that a model should answer.

    Args:
        origin: Where the data is from: the example stored with the model, its signature, or "nowhere".
        bodies: Form → the request's body, as JSON values; "" is the form that is no form, a bare record.
        table: The same as CSV, where it is a table.
        rows: How many rows it has, as far as that is known.
    """

    origin: Literal["example", "signature", "nowhere"]
    bodies: dict[str, Any] = field(default_factory=dict)
    table: str | None = None
    rows: int = 1

    @property
    def first(self) -> Any:
        """The body in the form that tells most."""
        return next(iter(self.bodies.values()))


class Frame(NamedTuple):
    """Rows and what their columns are called."""

    labels: list[Any]
    rows: list[list[Any]]

    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(map(str, self.labels), row, strict=True)) for row in self.rows]

    def lists(self) -> dict[str, list[Any]]:
        return {str(label): [row[i] for row in self.rows] for i, label in enumerate(self.labels)}


def of(model: Described) -> Sample:
    """What to try `model` with; there always is something.

    >>> from pathlib import Path
    >>> from modelwright.models.mlmodel import Model
    >>> of(Described("nothing-known", Model(), Path())).origin
    'nowhere'
    """
    schema = model.meta.get_input_schema()
    stored = _stored(model)
    if stored is not None:
        return _sample("example", *_opened(stored, schema), model)
    if schema is not None:
        return _sample("signature", *request(schema), model)
    return _sample("nowhere", "inputs", {"unknown": "what this model takes is written nowhere"}, {}, model)


def _stored(model: Described) -> dict[str, Any] | None:
    """The request that sends the stored example; None where there is none, or it cannot be read."""
    try:
        text = model.meta.get_serving_input(model.root)
        if text is None:
            example = model.meta.load_input_example(model.root)
            params = model.meta.load_input_example_params(model.root)
            example = example.toarray() if hasattr(example, "toarray") else example  # a sparse matrix
            text = to_serving_input((example, params) if params else example)
        body = plain(json.loads(text)) if text is not None else None
    except (Error, ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body else None


def _opened(body: dict[str, Any], schema: Schema | None) -> tuple[str, Any, dict[str, Any]]:
    """A request taken apart: its form, the data, the params."""
    form = next((form for form in FORMS if form in body), "")
    if form:
        return form, body[form], body.get("params") or {}
    known = {str(name) for name in schema.input_names()} if schema is not None and schema.has_input_names() else set()
    data = {key: value for key, value in body.items() if not known or key in known}
    return "", data, {key: value for key, value in body.items() if key not in data}


def _sample(origin: Any, form: str, data: Any, given: dict[str, Any], model: Described) -> Sample:
    """All forms of one request."""
    schema, params = model.meta.get_input_schema(), {**_defaults(model), **given}
    frame = _frame(form, data, schema)
    large = len(json.dumps(data)) > LARGE
    if frame is not None:
        known = {str(name): name for name in schema.input_names()} if schema is not None else {}
        labels = [known.get(str(label), label) for label in frame.labels]  # the keys of a JSON object are texts
        frame = Frame(labels, frame.rows[:FEW] if large else frame.rows)
        found = {**({} if form else {"": data}), **_frame_forms(frame, schema)}
        found.setdefault("", frame.records()[0] if frame.rows else {})
    else:
        data = _cut(data, schema) if large else data
        found = _other_forms(form, data, schema)
    allowed = forms.of(model.meta.signature)
    # the form of the example comes first: a model that takes JSON values would be given a frame in others
    found = {name: found[name] for name in {form: 0, **found} if name in allowed or name == form}
    if len(json.dumps(data)) > HUGE:
        found = dict(list(found.items())[:1])
    bodies = {name: _body(name, value, params) for name, value in found.items()}
    return Sample(origin, bodies, table(frame) if frame is not None else None, _count(frame, data, schema))


def _body(form: str, value: Any, params: dict[str, Any]) -> dict[str, Any]:
    if not form:
        return {**value, **params}
    return {form: value, "params": params} if params else {form: value}


def _defaults(model: Described) -> dict[str, Any]:
    """The params that a request may as well name: those with a default that JSON has."""
    found = {spec.name: plain_default(spec) for spec in model.meta.get_params_schema() or ()}
    return {name: value for name, value in found.items() if value is not None and plain(value) == value}


def _frame(form: str, data: Any, schema: Schema | None) -> Frame | None:
    """The rows of a request whose data are a table with named columns."""
    azure = form == "input_data" and isinstance(data, dict) and "data" in data
    if form == "dataframe_split" or (azure and (schema is None or azure_split(schema))):
        width = len(data["data"][0]) if data["data"] else 0
        labels = data.get("columns") or (
            schema.input_names() if schema is not None and len(schema) == width else list(range(width))
        )
        return Frame(labels, data["data"])
    records = isinstance(data, list) and bool(data) and all(isinstance(row, dict) for row in data)
    if form == "dataframe_records" and records:
        return _of_records(data)
    if schema is None or schema.is_tensor_spec():
        return None
    if not schema.has_input_names():
        return _unnamed(data, len(schema))
    if records:
        return _of_records(data)
    if not isinstance(data, dict):
        single = isinstance(data, list) and len(schema) == 1
        return Frame(schema.input_names(), [[value] for value in data]) if single else None
    if not columnar(data, schema):
        return _of_records([data])
    length = max(len(value) for value in data.values() if is_listed(value))
    lists = [value if is_listed(value) else [value] * length for value in data.values()]
    return Frame(list(data), [list(row) for row in zip(*lists, strict=False)])


def _unnamed(data: Any, width: int) -> Frame | None:
    """Values without names: one for each row, or a list of them."""
    if not isinstance(data, list):
        return None
    rows = [[value] for value in data] if width == 1 else data
    fits = all(isinstance(row, list) and len(row) == width for row in rows)
    return Frame(list(range(width)), rows) if fits else None


def _of_records(records: list[dict[str, Any]]) -> Frame:
    labels = list(dict.fromkeys(label for record in records for label in record))
    return Frame(labels, [[record.get(label) for label in labels] for record in records])


def _frame_forms(frame: Frame, schema: Schema | None) -> dict[str, Any]:
    split = {"columns": frame.labels, "data": frame.rows}
    if schema is None:  # other forms would be handed to the model as lists and dictionaries
        return {"dataframe_split": split, "dataframe_records": frame.records(), "input_data": split}
    if schema.is_tensor_spec():
        return {"dataframe_split": split}
    if not schema.has_input_names():
        rows: Any = [row[0] for row in frame.rows] if len(schema) == 1 else frame.rows
        return {"dataframe_split": {"data": frame.rows}, "instances": rows, "inputs": rows, "input_data": rows}
    inputs: Any = frame.lists() if in_lists(schema) else frame.records()
    return {
        "dataframe_split": split,
        "dataframe_records": frame.records(),
        "instances": frame.records(),
        "inputs": inputs,
        "input_data": split if azure_split(schema) else inputs,
    }


def _other_forms(form: str, data: Any, schema: Schema | None) -> dict[str, Any]:
    """The forms of tensors, of values without names, and of what nothing is known about."""
    if form not in ("inputs", "instances", "input_data"):
        return {form: data}
    found = {form: data, "inputs": data, "input_data": data}
    if isinstance(data, list):
        found["instances"] = data
    elif isinstance(data, dict) and schema is not None and schema.is_tensor_spec():
        rows = zip(*data.values(), strict=False)
        found["instances"] = [dict(zip(data, row, strict=True)) for row in rows]
    return found


def _cut(data: Any, schema: Schema | None) -> Any:
    """The first rows of tensors whose number of rows is open."""
    if schema is None or not schema.is_tensor_spec() or any(spec.shape[:1] != (-1,) for spec in schema):
        return data
    return {name: value[:FEW] for name, value in data.items()} if isinstance(data, dict) else data[:FEW]


def _count(frame: Frame | None, data: Any, schema: Schema | None) -> int:
    if frame is not None:
        return len(frame.rows)
    if isinstance(data, dict) and schema is not None and schema.is_tensor_spec():
        data = next(iter(data.values()))
    return len(data) if isinstance(data, list) else 1


def table(frame: Frame) -> str:
    """A frame as CSV, what is no text or number in it as JSON.

    >>> table(Frame(["n", "tags"], [[1, ["a"]], [None, []]]))
    'n,tags\\n1,"[""a""]"\\n,[]\\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.labels)
    writer.writerows([_cell(value) for value in row] for row in frame.rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
