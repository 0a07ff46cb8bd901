"""Requests that schemathesis makes up from /openapi.json, good and bad: all are answered, and as the document says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from serving import tried
from serving.running import Server, running

schemathesis = pytest.importorskip("schemathesis")
from schemathesis import checks as checked  # noqa: E402  # there, since the whole is
from schemathesis.specs.openapi import checks as described  # noqa: E402

SLOW = list(HealthCheck)  # making requests up takes as long as it takes
CHECKS = [checked.not_a_server_error, described.response_schema_conformance, described.content_type_conformance]
ANSWERED = {200, 400, 404, 405, 413, 415}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("models")
    makers = (tried.iris, tried.echo, tried.tensors, tried.texts, tried.unknown)
    with running(*(make(root / make.__name__) for make in makers), log=root / "log") as server:
        yield server


def ask(operation: Any, mode: Any, server: Server) -> Counter[int]:
    """Requests to one operation; how many got which status."""
    statuses: Counter[int] = Counter()

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=SLOW, database=None)
    def asked(case: Any) -> None:
        answer = case.call(base_url=server.url)
        statuses[answer.status_code] += 1
        assert answer.status_code in ANSWERED, (case.body, answer.text, server.log[-3000:])
        case.validate_response(answer, checks=CHECKS)

    asked()
    return statuses


@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_no_request_brings_the_server_down(served: Server, mode: str) -> None:
    schema = schemathesis.openapi.from_dict(served.client.get("/openapi.json").json())
    found = [one.ok() for one in schema.get_all_operations()]
    bodies = [one for one in found if one.method == "post"]
    assert len(bodies) > 15
    statuses: Counter[int] = Counter()
    for operation in bodies if mode == "NEGATIVE" else found:
        statuses += ask(operation, schemathesis.GenerationMode[mode], served)
    assert statuses[400]
    assert mode == "NEGATIVE" or statuses[200] > 50
    assert served.client.get("/ping").status_code == 200
