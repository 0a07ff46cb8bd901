"""Search in SQL finds what the same tree finds when it is walked in Python."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.stores.open import open_runs
from modelwright.stores.runs.base import RunStore
from modelwright.wire import messages as m
from modelwright.wire.filters import Among, And, Compare, Except, Field, Missing, Not, Or, Test, Tree, show

METRICS: list[dict[str, float]] = [
    {},
    {"a": 1.0},
    {"a": math.nan},
    {"a": 2.0, "b c": -1.0},
    {"a": math.inf, "b c": 2.0},
]
PARAMS: list[dict[str, str]] = [{}, {"p": "1"}, {"p": "x%y"}, {"p": "X", "q": "2.0"}]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    found = open_runs(str(tmp_path_factory.mktemp("search") / "runs"))
    for metrics in METRICS:
        for params in PARAMS:
            run_id = found.create_run(
                m.CreateRun("0", run_name=f"n{len(params)}", start_time=len(metrics))
            ).run.info.run_id
            points = [m.Metric(key, value, 0) for key, value in metrics.items()]
            found.log_batch(m.LogBatch(run_id, points, [m.Param(key, value) for key, value in params.items()]))
            if len(metrics) == 1:
                found.update_run(m.UpdateRun(run_id, "FINISHED", end_time=len(params)))
    return found


def held(run: m.Run, field: Field) -> Any:
    if field.kind == "metric":
        return {one.key: one.value for one in run.data.metrics}.get(field.key)
    if field.kind == "param":
        return {one.key: one.value for one in run.data.params}.get(field.key)
    return getattr(run.info, field.key)


def like(value: str, pattern: str, fold: bool) -> bool:
    parts = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(parts, value, re.DOTALL | (re.IGNORECASE if fold else 0)) is not None


def passes(value: Any, test: Test) -> bool:
    if isinstance(test, Among):
        return value in test.values
    assert isinstance(test, Compare)
    if test.op in ("LIKE", "ILIKE"):
        return like(value, str(test.value), test.op == "ILIKE")
    wanted = test.value
    if isinstance(value, str) and not isinstance(wanted, str):
        try:
            value = float(value)
        except ValueError:
            return False
    return {
        "=": value == wanted,
        "!=": value != wanted,
        "<": not isinstance(wanted, str) and value < wanted,
        "<=": not isinstance(wanted, str) and value <= wanted,
        ">": not isinstance(wanted, str) and value > wanted,
        ">=": not isinstance(wanted, str) and value >= wanted,
    }[test.op]


def matches(run: m.Run, tree: Tree) -> bool:
    match tree:
        case And(items):
            return all(matches(run, item) for item in items)
        case Or(items):
            return any(matches(run, item) for item in items)
        case Not(item):
            return not matches(run, item)
        case Missing(field):
            return held(run, field) is None
        case Except(Missing(field)):
            return held(run, field) is not None
        case Except(test):
            value = held(run, test.field)
            return value is not None and not passes(value, test)
        case _:
            value = held(run, tree.field)
            return value is not None and passes(value, tree)


metric = st.builds(Field, st.just("metric"), st.sampled_from(["a", "b c", "none"]))
param = st.builds(Field, st.just("param"), st.sampled_from(["p", "q", "none"]))
number = st.just(Field("attribute", "end_time")) | st.just(Field("attribute", "start_time"))
text = st.sampled_from([Field("attribute", "run_name"), Field("attribute", "status")])
values = st.sampled_from([-1, 1, 2, 1.5, math.inf])
words = st.sampled_from(["1", "x%y", "X", "x", "2.0", "n1", "FINISHED", "%", "_", "n_", "x*", "[X]", "%y"])
order = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
tests = (
    st.builds(Compare, metric | number | param, order, values)
    | st.builds(Compare, param | text, st.sampled_from(["=", "!=", "LIKE", "ILIKE"]), words)
    | st.builds(Among, metric | number, st.lists(values, min_size=1, max_size=3).map(tuple))
    | st.builds(Among, param | text, st.lists(words, min_size=1, max_size=3).map(tuple))
    | st.builds(Missing, metric | param | number)
)
denied = st.builds(Except, tests.filter(lambda test: not isinstance(test, Compare) or "LIKE" in test.op))


def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.recursive(tests | denied, grown, max_leaves=6))
def test_a_tree_means_the_same_in_sql(store: RunStore, tree: Tree) -> None:
    every = store.search_runs(m.SearchRuns(["0"])).runs
    assert len(every) == len(METRICS) * len(PARAMS)
    found = store.search_runs(m.SearchRuns(["0"], show(tree))).runs
    assert [run.info.run_id for run in found] == [run.info.run_id for run in every if matches(run, tree)]


clauses = st.sampled_from(
    ["metrics.a", "metrics.`b c`", "params.p", "params.q", "start_time", "end_time", "run_name", "status"]
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.tuples(clauses, st.booleans()), unique_by=lambda clause: clause[0], max_size=3),
    size=st.integers(1, 7),
)
def test_pages_in_any_order_make_up_the_whole(store: RunStore, order: list[tuple[str, bool]], size: int) -> None:
    order_by = [f"{clause} {'DESC' if descending else 'ASC'}" for clause, descending in order]
    whole = [run.info.run_id for run in store.search_runs(m.SearchRuns(["0"], order_by=order_by)).runs]
    pages: list[str] = []
    token = ""
    while True:
        page = store.search_runs(m.SearchRuns(["0"], order_by=order_by, max_results=size, page_token=token))
        pages += [run.info.run_id for run in page.runs]
        token = page.next_page_token
        if not token:
            break
    assert pages == whole
    assert len(set(whole)) == len(METRICS) * len(PARAMS)
