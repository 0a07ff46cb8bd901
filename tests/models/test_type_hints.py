"""Signatures from type hints, and data in the hinted shape."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Union  # noqa: UP035 - the older spellings must work too

import numpy as np
import pandas as pd
import pytest

from modelwright.core.errors import InvalidArgument, SchemaMismatch
from modelwright.models.schema import AnyType, Array, ColSpec, Map, Object, Property, Schema
from modelwright.models.type_hints import TypeFromExample, hint_schema, hints_of, is_typed, shaped, signature_from_hints


@dataclass
class Row:
    q: str
    n: int | None = None


class Field:
    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation


class Message:
    """Stands for a pydantic model: recognised by its attributes."""

    model_fields = {"role": Field(str), "at": Field(Optional[dt.datetime])}  # noqa: UP045

    def __init__(self, role: str, at: Any = None) -> None:
        self.role, self.at = role, at

    @classmethod
    def model_validate(cls, values: dict[str, Any]) -> Message:
        if "role" not in values:
            raise ValueError("role is missing")
        return cls(**values)

    def model_dump(self) -> dict[str, Any]:
        return {"role": self.role, "at": self.at}


MESSAGE = Object([Property("role", "string"), Property("at", "datetime", required=False)])


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (List[str], "string"),  # noqa: UP006
        (list[str], "string"),
        (list[int], "long"),
        (list[float], "double"),
        (list[bool], "boolean"),
        (list[bytes], "binary"),
        (list[dt.datetime], "datetime"),
        (list[list[int]], Array("long")),
        (List[Dict[str, str]], Map("string")),  # noqa: UP006
        (list[dict[str, list[float]]], Map(Array("double"))),
        (list[Any], AnyType()),
        (list[Union[int, str]], AnyType()),  # noqa: UP007
        (list[int | str], AnyType()),
        (list[Row], Object([Property("q", "string"), Property("n", "long", required=False)])),
        (list[Message], MESSAGE),
    ],
    ids=str,
)
def test_hints(hint: Any, kind: Any) -> None:
    assert hint_schema(hint) == Schema([ColSpec(kind)])


@pytest.mark.parametrize("hint", [pd.DataFrame, pd.Series, np.ndarray, Any, None, str, dict[str, str], TypeFromExample])
def test_hints_without_a_signature(hint: Any) -> None:
    assert hint_schema(hint) is None


@pytest.mark.parametrize(
    ("hint", "match"),
    [
        (list[list], "does not say what it holds"),
        (list[dict[int, str]], "keys that are not str"),
        (list[complex], "complex .* has no signature type"),
        (list[Optional[int]], "may be None"),  # noqa: UP045
    ],
)
def test_hints_that_cannot_be(hint: Any, match: str) -> None:
    with pytest.raises(InvalidArgument, match=match):
        hint_schema(hint)


def test_examples_name_the_columns_and_are_checked() -> None:
    found = hint_schema(list[dict[str, str]], [{"a": "x", "b": "y"}])
    assert found == Schema([ColSpec("string", "a"), ColSpec("string", "b")])
    for bad in ("x", [], [1], [["x"]]):
        with pytest.raises(SchemaMismatch):
            hint_schema(list[str], bad)


def test_functions_and_methods() -> None:
    def plain(model_input: List[str]) -> List[str]:  # noqa: UP006
        return model_input

    class PythonModel:
        def predict(self, context: Any, model_input: list[Row], params: Any = None) -> list[float]:
            return []

    class Callable:
        def __call__(self, rows: list[int]) -> pd.DataFrame:
            return pd.DataFrame()

    assert hints_of(plain).input == List[str]  # noqa: UP006
    signature = signature_from_hints(plain, example=(["a"], {"k": 1}), output=["b"])
    assert signature is not None
    assert signature.outputs == Schema([ColSpec("string")])
    assert [spec.name for spec in signature.params or []] == ["k"]
    assert signature._is_signature_from_type_hint
    method = signature_from_hints(PythonModel().predict, 1)
    assert method is not None
    assert repr(method.outputs) == "[double (required)]"
    called = signature_from_hints(Callable())
    assert called is not None
    assert called.inputs == Schema([ColSpec("long")])
    assert called.outputs is None
    assert signature_from_hints(lambda x: x) is None
    assert signature_from_hints(plain, 5) is None
    assert signature_from_hints(len) is None


def test_type_from_example(caplog: pytest.LogCaptureFixture) -> None:
    def predict(rows: TypeFromExample) -> Any:
        return rows

    predict.__annotations__["rows"] = TypeFromExample
    signature = signature_from_hints(predict, example=[{"a": 1}])
    assert signature is not None
    assert signature.inputs == Schema([ColSpec("long", "a")])
    assert signature._is_type_hint_from_example
    assert not signature._is_signature_from_type_hint
    with caplog.at_level(logging.WARNING):
        assert signature_from_hints(predict) is None
    assert "without an input example" in caplog.text


def test_hints_that_cannot_be_resolved_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    def predict(rows: NotThere) -> Any:  # type: ignore[name-defined]  # noqa: F821
        return rows

    with caplog.at_level(logging.WARNING):
        assert hints_of(predict).input is None
    assert "NotThere" in caplog.text


def test_a_bad_output_hint_only_costs_the_output(caplog: pytest.LogCaptureFixture) -> None:
    def predict(rows: list[str]) -> list[int]:
        return []

    with caplog.at_level(logging.WARNING):
        signature = signature_from_hints(predict, output=["x"])
    assert signature is not None
    assert signature.outputs is None
    assert "output signature" in caplog.text


@pytest.mark.parametrize(
    ("data", "hint", "found"),
    [
        (pd.DataFrame({"q": ["a", "b"]}), list[str], ["a", "b"]),
        (pd.DataFrame({"q": ["a"], "r": ["b"]}), list[dict[str, str]], [{"q": "a", "r": "b"}]),
        (pd.DataFrame({0: [{"q": "a"}]}), list[dict[str, str]], [{"q": "a"}]),
        (pd.Series([1, 2]), list[int], [1, 2]),
        (np.array([1, 2]), list[int], [1, 2]),
        (("a",), list[str], ["a"]),
        ("a", list[str], ["a"]),
        ({"q": "a"}, list[dict[str, str]], [{"q": "a"}]),
        ([{"q": "a"}], list[Row], [Row("a")]),
        (pd.DataFrame({"q": ["a"], "n": [1]}), list[Row], [Row("a", 1)]),
        ("left alone", None, "left alone"),
        ("left alone", pd.DataFrame, "left alone"),
    ],
)
def test_shapes(data: Any, hint: Any, found: Any) -> None:
    assert shaped(data, hint) == found


def test_records_become_models() -> None:
    (message,) = shaped([{"role": "user"}], list[Message])
    assert message.role == "user"
    assert shaped([message], list[Message]) == [message]
    with pytest.raises(SchemaMismatch, match="role is missing"):
        shaped([{}], list[Message])
    with pytest.raises(SchemaMismatch, match="does not fit Row"):
        shaped([{"z": 1}], list[Row])
    assert is_typed(list[Message])
