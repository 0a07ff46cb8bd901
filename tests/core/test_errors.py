"""Errors: one tree, with the words and numbers that MLflow's callers know."""

from __future__ import annotations

import json
import re

import pytest

from modelwright.core import errors
from modelwright.core.errors import CODES, Error, InvalidArgument, MissingFile, NotFound, SchemaMismatch

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Error)]


def test_the_tree_is_told_in_the_docstring() -> None:
    told = re.findall(r"^( *)([A-Z]\w+) {2,}", errors.__doc__ or "", re.MULTILINE)
    assert {name for _, name in told} == {kind.__name__ for kind in KINDS}
    for indent, name in told:
        parents = [kind for kind in getattr(errors, name).__mro__ if issubclass(kind, Error)]
        assert len(parents) - 1 == len(indent) // 2, name
    assert len(KINDS) <= 15


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [("InvalidArgument", ValueError), ("NotFound", LookupError), ("MissingFile", FileNotFoundError),
     ("MissingDependency", ImportError)],
)  # fmt: skip
def test_a_kind_is_also_the_builtin_it_resembles(kind: str, builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match="why"):
        raise getattr(errors, kind)("why")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_kind_has_a_code_that_mlflow_knows(kind: type[Error]) -> None:
    assert kind("").error_code == kind.code
    assert kind.code in CODES.values()
    assert 400 <= kind("").status <= 503


@pytest.mark.parametrize(("number", "word"), CODES.items())
def test_codes_are_taken_by_number_and_by_name(number: int, word: str) -> None:
    assert Error("x", number).error_code == Error("x", error_code=word).error_code == word


def test_a_number_nobody_knows_leaves_the_kinds_own() -> None:
    assert NotFound("x", error_code=-1).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_the_status_follows_the_code_not_the_class() -> None:
    assert (NotFound("x").status, NotFound("x", "PERMISSION_DENIED").get_http_status_code()) == (404, 403)
    assert Error("x", "A_CODE_OF_TOMORROW").status == 500


def test_the_json_form_carries_what_was_added() -> None:
    error = MissingFile("no model", run_id="4f")
    expected = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no model", "run_id": "4f"}
    assert json.loads(error.serialize_as_json()) == expected
    assert str(error) == error.message == "no model"


def test_mlflows_short_way_to_an_invalid_argument() -> None:
    error = Error.invalid_parameter_value("bad", hint="x")
    assert isinstance(error, InvalidArgument)
    assert error.json_kwargs == {"hint": "x"}


def test_a_mismatch_carries_its_problems() -> None:
    error = SchemaMismatch("two", ("a is missing", "b is text"), hint="x")
    assert (error.problems, error.error_code, error.json_kwargs) == (
        ("a is missing", "b is text"), "INVALID_PARAMETER_VALUE", {"hint": "x"},
    )  # fmt: skip
