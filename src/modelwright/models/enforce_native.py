"""The plan for models that take JSON values as they are: dicts, lists and scalars are checked, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .casts import Unfit
from .containers import container
from .datatypes import DataType, Map, Object
from .enforce_frame import Extra, FramePlan, mismatch, missing, nullable
from .enforce_nested import check_values
from .frame_from import columnar, is_listed
from .infer_values import as_dict, is_record
from .schema import ColSpec, Schema

Problem = tuple[str, Unfit]


class NativePlan:
    """Hands dicts, lists and single values to the model as they are, and frames and arrays as a FramePlan does.

    A dict may hold one value for each column or one list of values for each; a list holds dicts, or the values of a
    single column. Keys that the signature does not name stay where they are unless `extra` is "error".
    """

    def __init__(self, schema: Schema, extra: Extra = "ignore", redact: bool = False) -> None:
        self.schema, self.extra, self.redact = schema, extra, redact
        self.frames = FramePlan(schema, extra, redact)
        self.specs: dict[Any, ColSpec] = schema.input_dict() if schema.has_input_names() else {}

    def __call__(self, data: Any) -> Any:
        what = container(data)
        if what == "frame":
            found = self.frames(data)
            return _own(data) if found is data else found
        problems: list[str] = []
        if what in ("dict", "record") and self.specs:
            problems = self._dict(data if what == "dict" else as_dict(data))
        elif what == "list" and self.specs and all(isinstance(row, dict) or is_record(row) for row in data):
            problems = self._rows([row if isinstance(row, dict) else as_dict(row) for row in data])
        elif what in ("value", "list", "dict", "record") and len(self.schema) == 1:
            problems = self._single(data, what)
        else:
            return self.frames(data)
        if problems:
            raise mismatch(problems)
        return data

    def _dict(self, data: dict[Any, Any]) -> list[str]:
        problems = self._names(data, data)
        many = columnar(data, self.schema)
        for name, spec in self.specs.items():
            if name not in data:
                continue
            value = data[name]
            if many and is_listed(value):
                problems += self._check(value.tolist() if hasattr(value, "tolist") else list(value), spec)
            else:
                problems += self._check([value], spec)
        if many and len(lengths := {len(value) for value in data.values() if is_listed(value)}) > 1:
            problems.append(f"the lists of the dict differ in length: {sorted(lengths)}")
        return problems

    def _rows(self, rows: list[dict[Any, Any]]) -> list[str]:
        everywhere = [name for name in self.specs if all(name in row for row in rows)]
        problems = self._names(everywhere, {key: None for row in rows for key in row})
        for name, spec in self.specs.items():
            problems += self._check([row[name] for row in rows if name in row], spec)
        return problems

    def _names(self, have: Any, seen: Any) -> list[str]:
        extras = [name for name in seen if name not in self.specs]
        problems = [missing(n, extras) for n, spec in self.specs.items() if spec.required and n not in have]
        if self.extra == "error":
            problems += [f"column {name!r} is not in the signature" for name in extras]
        return problems

    def _single(self, data: Any, what: str) -> list[str]:
        """One column: a value, or a list of values."""
        spec = self.schema.inputs[0]
        values = list(data) if what == "list" else [data]
        if spec.type is DataType.string and values and all(isinstance(value, dict) for value in values):
            # MLflow 2 writes an unnamed string column for predict(x: list[dict[str, str]])
            found = list(check_values(values, Map(DataType.string), True, "the data"))
        else:
            found = list(check_values(values, spec.type, True, "the data"))
        if found and what == "list" and not isinstance(spec.type, DataType | Object | Map):
            found = list(check_values([data], spec.type, True, "the data")) and found  # one list for an Array column
        return self._texts(found, spec)

    def _check(self, values: list[Any], spec: ColSpec) -> list[str]:
        return self._texts(check_values(values, spec.type, nullable(spec), f"column {spec.name!r}"), spec)

    def _texts(self, found: list[Problem] | Iterator[Problem], spec: ColSpec) -> list[str]:
        return [f"{where} must be {spec.type!r}: it {unfit.text(self.redact)}" for where, unfit in found]


def _own(frame: Any) -> Any:
    """A frame that shares the values, so that columns the model adds do not appear in the caller's."""
    try:
        if not frame.attrs:  # the cheap way keeps none
            manager = frame._mgr.get_slice(slice(None), axis=1)
            return frame._constructor_from_mgr(manager, axes=frame.axes)
    except AttributeError:  # a pandas with other insides
        pass
    return frame.copy(deep=False)
