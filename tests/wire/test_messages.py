"""Messages: MLflow's field names, small bodies, and nothing lost on the way."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.wire import messages as m

STRUCTS = [kind for kind in vars(m).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
REQUESTS = [kind for kind in STRUCTS if issubclass(kind, m.Request) and kind is not m.Request]
ENTITIES = [kind for kind in STRUCTS if issubclass(kind, m.Entity) and kind is not m.Entity]


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
def test_a_request_of_tomorrow_is_read(kind: type[Any]) -> None:
    needed = {field.encode_name: _sample(field.type) for field in msgspec.structs.fields(kind) if field.required}
    found = msgspec.convert({**needed, "a_field_of_tomorrow": 1}, kind)
    assert msgspec.to_builtins(found) == {key: value for key, value in needed.items() if value is not None}


@pytest.mark.parametrize("kind", ENTITIES, ids=lambda kind: kind.__name__)
def test_an_entity_cannot_be_changed(kind: type[Any]) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.omit_defaults


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_lists_are_not_shared(kind: type[Any]) -> None:
    for field in msgspec.structs.fields(kind):
        assert not isinstance(field.default, list), field.name


@given(
    st.builds(
        m.Metric,
        key=st.text(),
        value=st.floats(allow_nan=False, allow_infinity=False),
        timestamp=st.integers(0, 2**63 - 1),
        step=st.integers(-(2**63), 2**63 - 1),
        model_id=st.none() | st.text(),
    )
)
def test_a_point_comes_back_as_it_was(point: m.Metric) -> None:
    assert msgspec.json.decode(msgspec.json.encode(point), type=m.Metric) == point


def test_what_says_nothing_is_left_out() -> None:
    assert msgspec.json.encode(m.Metric("loss", 0.5, 7)) == b'{"key":"loss","value":0.5,"timestamp":7}'
    assert msgspec.json.encode(m.Empty()) == b"{}"


def test_words_of_our_own_are_written() -> None:
    body = msgspec.json.decode(msgspec.json.encode(m.Experiment(experiment_id="0", name="Default")))
    assert body == {"experiment_id": "0", "name": "Default", "lifecycle_stage": "active"}


def test_a_wrong_type_is_told_by_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.metrics\[0\]\.value"):
        msgspec.json.decode(b'{"run_id":"4f","metrics":[{"key":"loss","value":"x","timestamp":1}]}', type=m.LogBatch)


def _sample(kind: Any) -> Any:
    """A value of a required field."""
    info = msgspec.inspect.type_info(kind)
    if isinstance(info, msgspec.inspect.StructType):
        return {f.encode_name: _sample(f.type) for f in msgspec.structs.fields(info.cls) if f.required}
    samples = {"StrType": "x", "IntType": 1, "FloatType": 0.5, "BoolType": True, "ListType": [], "DictType": {}}
    return samples[type(info).__name__]
