"""One name in five places: the table, the structs and the stores' methods agree."""

from __future__ import annotations

import re
from typing import get_type_hints

import msgspec
import pytest

from modelwright.stores.registry.base import RegistryStore
from modelwright.stores.runs.base import RunStore
from modelwright.wire import messages as m
from modelwright.wire.endpoints import ALSO, ARTIFACTS, REGISTRY, RUNS, Endpoint


@pytest.mark.parametrize(("store", "table"), [(RunStore, RUNS), (RegistryStore, REGISTRY)])
def test_a_store_has_exactly_the_operations_of_its_table(store: type, table: tuple[Endpoint, ...]) -> None:
    assert {name for name in dir(store) if not name.startswith("_")} == {row.operation for row in table}
    for row in table:
        hints = get_type_hints(getattr(store, row.operation))
        assert hints == {"request": row.request, "return": row.reply}, row.operation


@pytest.mark.parametrize("row", RUNS + REGISTRY + ARTIFACTS, ids=lambda row: row.operation)
def test_a_row_is_named_after_its_request(row: Endpoint) -> None:
    words = row.request.__name__
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", words).lower() == row.operation
    fields = set(row.request.__struct_fields__)
    assert set(re.findall(r"{(\w+)}", row.path)) <= fields


def test_no_route_is_taken_twice() -> None:
    routes = [(row.method, row.path) for row in RUNS + REGISTRY + ARTIFACTS]
    routes += [(method, path) for (_, path), method in ALSO.items()]
    assert len(set(routes)) == len(routes)
    assert set(ALSO) <= {(row.method, row.path) for row in RUNS + REGISTRY}


def test_what_a_protobuf_reader_assumes_is_left_out_and_our_words_are_written() -> None:
    run = m.Run(m.RunInfo(run_id="a", experiment_id="0"))
    assert msgspec.json.decode(msgspec.json.encode(run)) == {
        "info": {"run_id": "a", "experiment_id": "0", "status": "RUNNING", "lifecycle_stage": "active"}
    }
    assert msgspec.json.decode(msgspec.json.encode(m.ModelVersion(name="x", version="1"))) == {
        "name": "x", "version": "1", "current_stage": "None", "status": "READY",
    }  # fmt: skip


def test_unknown_fields_are_ignored_and_strings_stand_for_numbers() -> None:
    body = b'{"run_id": "r", "key": "a", "value": "NaN", "timestamp": "12", "step": "3", "new": 1}'
    request = msgspec.convert(msgspec.json.decode(body), m.LogMetric, strict=False)
    assert (request.timestamp, request.step) == (12, 3)
    assert request.value != request.value


def test_entities_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        m.Param("a", "b").key = "c"  # type: ignore[misc]
