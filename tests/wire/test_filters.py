"""The search grammar: what it reads, what it says about what it can't, and that printing is its inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.errors import InvalidArgument
from modelwright.wire import scopes
from modelwright.wire.filters import (
    Among,
    And,
    Compare,
    Except,
    Field,
    Missing,
    Not,
    Or,
    Order,
    Tree,
    parse,
    parse_order,
    show,
)


def attribute(key: str) -> Field:
    return Field("attribute", key)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("metrics.auc > 0.9", Compare(Field("metric", "auc"), ">", 0.9)),
        ("metric.auc>=-1e-3", Compare(Field("metric", "auc"), ">=", -1e-3)),
        ("metrics.loss < inf", Compare(Field("metric", "loss"), "<", float("inf"))),
        ("metrics.`val loss` != 1", Compare(Field("metric", "val loss"), "!=", 1)),
        ('metrics."val/loss" = 1', Compare(Field("metric", "val/loss"), "=", 1)),
        ("metrics.val/f1-score = 1", Compare(Field("metric", "val/f1-score"), "=", 1)),
        ("metrics.a.b = 1", Compare(Field("metric", "a.b"), "=", 1)),
        ("param.x = 'it''s'", Compare(Field("param", "x"), "=", "it's")),
        ('parameters.x ILIKE "%a%"', Compare(Field("param", "x"), "ILIKE", "%a%")),
        ("params.depth < 7", Compare(Field("param", "depth"), "<", 7)),
        ("tag.team NOT LIKE 'a%'", Except(Compare(Field("tag", "team"), "LIKE", "a%"))),
        ("tags.mlflow.user = 'me'", Compare(Field("tag", "mlflow.user"), "=", "me")),
        ("status = 'FINISHED'", Compare(attribute("status"), "=", "FINISHED")),
        ("attr.created > 5", Compare(attribute("start_time"), ">", 5)),
        ("attributes.`Run name` = 'x'", Compare(attribute("run_name"), "=", "x")),
        ('"run name" = "x"', Compare(attribute("run_name"), "=", "x")),
        ("run.end_time IS NULL", Missing(attribute("end_time"))),
        ("tags.a is not null", Except(Missing(Field("tag", "a")))),
        ("run_id in ('a', 'b')", Among(attribute("run_id"), ("a", "b"))),
        ("run_id NOT IN ('a')", Except(Among(attribute("run_id"), ("a",)))),
        ("dataset.context = 'train'", Compare(Field("dataset", "context"), "=", "train")),
    ],
)
def test_reads_a_test(text: str, tree: Tree) -> None:
    assert parse(text) == tree
    assert parse(show(tree)) == tree


def test_or_binds_looser_than_and_and_not_binds_tightest() -> None:
    a, b, c = (Compare(Field("metric", key), "=", 1) for key in "abc")
    assert parse("metrics.a=1 OR metrics.b=1 AND NOT metrics.c=1") == Or((a, And((b, Not(c)))))
    assert parse("(metrics.a=1 or metrics.b=1) and metrics.c=1") == And((Or((a, b)), c))


def test_reads_the_filter_that_newer_clients_send() -> None:
    text = "tag.`mlflow.prompt.is_prompt` != 'true'"
    assert parse(text, scopes.MODELS) == Compare(Field("tag", "mlflow.prompt.is_prompt"), "!=", "true")


def test_nothing_is_no_filter() -> None:
    assert parse("") is None
    assert parse(None) is None
    assert parse("  ") is None


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("metrics.a > ", 12, "expected a number, found the end"),
        ("metrics.a > 'x'", 12, "expected a number"),
        ("metrics.a LIKE 'x'", 15, "is a number; LIKE is for text"),
        ("tags.a = x", 9, "expected quoted 'text', found 'x'"),
        ("tags.a = 5", 9, "expected quoted 'text'"),
        ("tags.a > 'x'", 9, "text is compared with"),
        ("metrics.a = 1 metrics.b = 2", 14, "expected AND, OR or the end"),
        ("(metrics.a = 1", 14, "expected AND, OR or ')'"),
        ("stattus = 'x'", 0, "did you mean 'status'?"),
        ("datasets.size = 'x'", 0, "name, digest and context"),
        ("tags.a = 'x", 9, "an unclosed quote"),
        ("metrics.a ; 1", 10, "';' cannot be read"),
        ("run_id IN 'a'", 10, "expected '('"),
        ("run_id IN ('a' 'b')", 15, "',' or ')'"),
        ("tags.a IS 5", 10, "expected NULL"),
        ("AND metrics.a = 1", 0, "is no attribute"),
        ("tags.a", 6, "expected a comparison"),
        ("NOT" + " (" * 101, 202, "levels"),
    ],
)
def test_points_at_what_it_cannot_read(text: str, position: int, says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse(text)
    assert f"at position {position}:" in str(caught.value)
    assert says in str(caught.value)
    assert str(caught.value).endswith("\n  " + " " * position + "^")


def test_a_resource_without_metrics_says_so() -> None:
    with pytest.raises(InvalidArgument, match="experiments have no metrics to search"):
        parse("metrics.a = 1", scopes.EXPERIMENTS)


def test_order_clauses() -> None:
    assert parse_order(["metrics.`a b` DESC", "start_time", "params.x asc"]) == [
        Order(Field("metric", "a b"), descending=True),
        Order(attribute("start_time")),
        Order(Field("param", "x")),
    ]
    assert parse_order(None) == []
    assert parse_order(["timestamp desc"], scopes.MODELS) == [Order(attribute("last_updated_timestamp"), True)]
    for bad in ("metrics.a UP", "metrics.a DESC x", "", "datasets.name", "'a'"):
        with pytest.raises(InvalidArgument):
            parse_order([bad])
    with pytest.raises(InvalidArgument, match="twice"):
        parse_order(["metrics.a", "metric.a DESC"])


keys = st.text(min_size=1, max_size=12)
texts = st.text(max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
numeric = st.builds(Field, st.just("metric"), keys) | st.just(attribute("start_time"))
textual = st.builds(Field, st.sampled_from(["param", "tag"]), keys) | st.just(attribute("run_name"))
tests = (
    st.builds(Compare, numeric, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers)
    | st.builds(Compare, st.builds(Field, st.just("param"), keys), st.sampled_from(["=", "<"]), numbers)
    | st.builds(Compare, textual, st.sampled_from(["=", "!=", "LIKE", "ILIKE"]), texts)
    | st.builds(Among, numeric, st.lists(numbers, min_size=1, max_size=3).map(tuple))
    | st.builds(Among, textual, st.lists(texts, min_size=1, max_size=3).map(tuple))
    | st.builds(Missing, numeric | textual)
)


def denied(test: Compare | Among | Missing) -> bool:
    return not isinstance(test, Compare) or test.op in ("LIKE", "ILIKE")


def chains(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    def chain(kind: type[And] | type[Or]) -> st.SearchStrategy[Tree]:
        parts = inner.filter(lambda item: not isinstance(item, kind))
        return st.lists(parts, min_size=2, max_size=3).map(lambda items: kind(tuple(items)))

    return chain(And) | chain(Or) | st.builds(Not, inner)


trees = st.recursive(tests | st.builds(Except, tests.filter(denied)), chains, max_leaves=8)


@given(trees)
def test_printing_is_the_inverse_of_reading(tree: Tree) -> None:
    assert parse(show(tree)) == tree


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except InvalidArgument:
        return
    assert tree is None or parse(show(tree)) == tree
