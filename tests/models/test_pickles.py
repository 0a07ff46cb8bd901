"""The scan of a pickle's imports, against the unpickler's own word."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import json
import operator
import os.path
import pickle
import pickletools
import textwrap
from pathlib import Path, PurePosixPath

import cloudpickle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.core.errors import CorruptModel
from modelwright.models import pickles

NAMES = ["numpy", "sklearn", "collections", "OrderedDict", "loads", "json", "", "ü", "x" * 300]
REFERENCES = [collections.OrderedDict, json.loads, operator.add, len, dict, decimal.Decimal, os.path.join, io.BytesIO]


def heard(data: bytes) -> set[tuple[str, str]]:
    """The names that unpickling asks for."""
    asked = set()

    class Listener(pickle.Unpickler):
        def find_class(self, module, name):
            asked.add((module, name))
            return super().find_class(module, name)

    Listener(io.BytesIO(data)).load()
    return asked


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(NAMES)
    | st.text(max_size=8)
    | st.binary(max_size=300)
    | st.sampled_from(REFERENCES)
    | st.builds(decimal.Decimal, st.integers())
    | st.builds(fractions.Fraction, st.integers())
    | st.dates()
    | st.just(PurePosixPath("a/b"))
    | st.just(np.arange(3.0))
    | st.just(np.array(["a", None], dtype=object))
    | st.just(bytearray(b"\x94\x93h\x00"))
    | st.just(np.float64(2.5))
)
objects = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
        | st.lists(st.integers(), max_size=50)
        | st.sets(st.text(max_size=3), max_size=4)
        | st.frozensets(st.integers(), max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3).map(collections.OrderedDict)
    ),
    max_leaves=25,
)


@given(objects, st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_finds_what_the_unpickler_asks_for(value, protocol):
    for data in (pickle.dumps(value, protocol), pickletools.optimize(pickle.dumps(value, protocol))):
        assert pickles.scan(data) == (heard(data), 0)


@given(objects, st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_the_same_for_cloudpickle(value, protocol):
    data = cloudpickle.dumps({"value": value, "again": [value, "numpy", "json"]}, protocol)
    assert pickles.scan(data) == (heard(data), 0)


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_anything_else_is_refused_or_scanned_but_never_crashes(data):
    try:
        found = pickles.scan(data)
    except CorruptModel:
        return
    assert found.hidden >= 0


def test_long_memos_and_long_rows_keep_their_count():
    many = [[str(i), float(i), (i, None), {"k": i}] for i in range(3000)]
    data = pickle.dumps([many, collections.OrderedDict, many, "OrderedDict", json.loads, operator.add], 4)
    assert pickles.scan(data) == (heard(data), 0)


def test_modules_that_a_function_uses_are_found():
    scope: dict = {"__name__": "__main__"}
    source = """
        import decimal, os.path, numpy as np
        def predict(x):
            return decimal.Decimal(1), os.path.join("a"), np.log(x)
    """
    exec(textwrap.dedent(source), scope)
    found = pickles.scan(cloudpickle.dumps([scope["predict"]] * 2, 4))
    assert {"decimal", "os", "numpy"} <= {name.partition(".")[0] for name in found.modules}
    assert ("numpy", "") in found.names


def test_arrays_are_stepped_over(tmp_path):
    path = tmp_path / "big.pkl"
    big = np.frombuffer(b"\x93cos\nsystem\n" * 200_000, np.uint8)  # bytes that would be instructions elsewhere
    path.write_bytes(pickle.dumps([big, collections.OrderedDict], 4))
    assert pickles.imports(path).modules == heard_modules(path)
    assert "os" not in pickles.imports(path).modules


def heard_modules(path: Path) -> set[str]:
    return {module for module, _ in heard(path.read_bytes())}


def test_a_name_that_the_program_computes_is_counted():
    # MARK, 'os', 'system', TUPLE, POP … : the strings are not where a pickler puts them
    data = b"\x80\x04\x8c\x02os2\x8c\x06system\x93."
    assert pickles.scan(data).hidden == 1


@pytest.mark.parametrize("data", [b"", b"\x80\x04", b"not a pickle", b"\x80\x04\x8c\xffshort", b"\x80\x04]\x94"])
def test_no_pickle_or_half_a_pickle(tmp_path, data):
    path = tmp_path / "m.pkl"
    path.write_bytes(data)
    with pytest.raises(CorruptModel, match="pickle"):
        pickles.imports(path)
    assert pickles.begun(path).names == frozenset()


def test_a_file_with_foreign_bytes_gives_what_stands_before_them(tmp_path):
    path = tmp_path / "m.joblib"
    path.write_bytes(pickle.dumps([datetime.date, 1], 4)[:-1] + b"\xff\xff raw array")
    assert pickles.begun(path).names == {("datetime", "date")}
