"""The search grammar: filter text → tree → text. Stores turn the tree into SQL.

    expression := term (OR term)*
    term := factor (AND factor)*
    factor := NOT factor | ( expression ) | test
    test  := field (= | != | < | <= | > | >=) value | field [NOT] (LIKE | ILIKE) text
           | field [NOT] IN ( value, … ) | field IS [NOT] NULL
    field := [metrics. | params. | tags. | attributes. | datasets.] key        key := word | `anything` | "anything"
    value := number | 'text' | "text"                                          (a quote inside is doubled)

A test on a metric, param or tag that a run doesn't have is false, also with `!=`; `IS NULL` asks for its absence.
A param may be compared with a number: then only params that are numbers match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from ..core.errors import InvalidArgument
from .scopes import KINDS, RUNS, Scope

Value = str | int | float


class Field(Struct, frozen=True):
    """`kind` is attribute, metric, param, tag or dataset."""

    kind: str
    key: str


class Compare(Struct, frozen=True):
    """`op` is =, !=, <, <=, >, >=, LIKE or ILIKE."""

    field: Field
    op: str
    value: Value


class Among(Struct, frozen=True):
    field: Field
    values: tuple[Value, ...]


class Missing(Struct, frozen=True):
    """`IS NULL`."""

    field: Field


class And(Struct, frozen=True):
    items: tuple[Tree, ...]


class Or(Struct, frozen=True):
    items: tuple[Tree, ...]


class Not(Struct, frozen=True):
    """`NOT x`; `NOT IN` and `NOT LIKE` are about the key's values instead: see `Except`."""

    item: Tree


class Except(Struct, frozen=True):
    """The key is there and the test fails: `NOT IN`, `NOT LIKE`, `IS NOT NULL`."""

    item: Test


Test = Compare | Among | Missing
Tree = Test | And | Or | Not | Except


class Order(Struct, frozen=True):
    field: Field
    descending: bool = False


def parse(text: str | None, scope: Scope = RUNS) -> Tree | None:
    """The tree of a filter; None for an empty one. `InvalidArgument` points at the place that cannot be read.

    >>> parse("metrics.auc > 0.9 and params.depth = '3'").items[0]
    Compare(field=Field(kind='metric', key='auc'), op='>', value=0.9)
    """
    if not text or not text.strip():
        return None
    reader = _Reader(text, scope)
    tree = reader.expression()
    reader.end("AND, OR or the end")
    return tree


def parse_order(clauses: Iterable[str] | None, scope: Scope = RUNS) -> list[Order]:
    """The sort order of `order_by` clauses such as "metrics.auc DESC".

    >>> parse_order(["metrics.auc DESC"])
    [Order(field=Field(kind='metric', key='auc'), descending=True)]
    """
    orders: list[Order] = []
    for clause in clauses or ():
        reader = _Reader(clause, scope)
        field = reader.field(ordering=True)
        descending = reader.word("DESC") != ""
        if not descending:
            reader.word("ASC")
        reader.end("ASC, DESC or the end")
        if any(field == order.field for order in orders):
            raise InvalidArgument(f"order_by names {show_field(field)} twice: {list(clauses or ())}")
        orders.append(Order(field, descending))
    return orders


def show(tree: Tree) -> str:
    """The text of a tree: `parse(show(tree)) == tree`.

    >>> show(parse("run.status='FINISHED' or not tags.`a b` is null"))
    "attributes.status = 'FINISHED' OR NOT tags.`a b` IS NULL"
    """
    match tree:
        case And(items):
            return " AND ".join(_nested(item, Or, And) for item in items)
        case Or(items):
            return " OR ".join(_nested(item, Or) for item in items)
        case Not(item):
            return f"NOT {_nested(item, Or, And)}"
        case Except(test):
            return _show_test(test, "NOT ")
        case _:
            return _show_test(tree, "")


def show_field(field: Field) -> str:
    """`metrics.auc`, quoted where a word would not do."""
    plain = _PLAIN.fullmatch(field.key) and field.key.upper() not in _RESERVED
    quoted = field.key if plain else "`" + field.key.replace("`", "``") + "`"
    return f"{field.kind}s.{quoted}"


def _nested(tree: Tree, *looser: type) -> str:
    return f"({show(tree)})" if isinstance(tree, looser) else show(tree)


def _show_test(test: Test, negation: str) -> str:
    match test:
        case Missing(field):
            return f"{show_field(field)} IS {negation}NULL"
        case Among(field, values):
            return f"{show_field(field)} {negation}IN ({', '.join(map(_show_value, values))})"
        case Compare(field, op, value):
            return f"{show_field(field)} {negation}{op} {_show_value(value)}"


def _show_value(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


# --- reading ----------------------------------------------------------------------------------------------------------

_RESERVED = ("AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE", "ASC", "DESC")
_PLAIN = re.compile(r"[^\W\d][\w./:\-]*")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]) | [+-]?(?:inf|infinity|nan)(?![\w.]))
      | (?P<word>(?:[\w/:\-]+|`(?:[^`]|``)*`)(?:\.(?:[\w/:\-]+|`(?:[^`]|``)*`|"(?:[^"]|"")*"))*)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<op><=|>=|!=|<>|==|[=<>])
      | (?P<mark>[(),])""",
    re.VERBOSE | re.IGNORECASE,
)
_DEPTH = 100


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Reader:
    """Recursive descent over the tokens of one filter or order clause."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope, self.depth, self.next = text, scope, 0, 0
        self.tokens = list(self._tokens())

    def _tokens(self) -> Iterable[_Token]:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if not found:
                what = "an unclosed quote" if self.text[at] in "'\"`" else repr(self.text[at])
                raise self.wrong(f"{what} cannot be read", at)
            if found.lastgroup != "space":
                yield _Token(str(found.lastgroup), found[0], at)
            at = found.end()
        yield _Token("end", "", at)

    def wrong(self, problem: str, at: int) -> InvalidArgument:
        return InvalidArgument(f"Search text cannot be read at position {at}: {problem}\n  {self.text}\n  {' ' * at}^")

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def expected(self, what: str) -> InvalidArgument:
        found = repr(self.token.text) if self.token.text else "the end"
        return self.wrong(f"expected {what}, found {found}", self.token.at)

    def take(self) -> _Token:
        token = self.token
        self.next += 1
        return token

    def word(self, *words: str) -> str:
        """The next token if it is one of these words or marks, else ""."""
        if self.token.kind in ("word", "mark") and self.token.text.upper() in words:
            return self.take().text.upper()
        return ""

    def end(self, what: str) -> None:
        if self.token.kind != "end":
            raise self.expected(what)

    def expression(self) -> Tree:
        return self._chain(lambda: self._chain(self.factor, "AND", And), "OR", Or)

    def _chain(self, part: Callable[[], Tree], word: str, kind: type[And] | type[Or]) -> Tree:
        items: list[Tree] = []
        while True:
            item = part()
            items += item.items if isinstance(item, kind) else (item,)
            if not self.word(word):
                return items[0] if len(items) == 1 else kind(tuple(items))

    def factor(self) -> Tree:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.wrong(f"more than {_DEPTH} levels of parentheses and NOT", self.token.at)
        try:
            if self.word("NOT"):
                return Not(self.factor())
            if self.word("("):
                inside = self.expression()
                if not self.word(")"):
                    raise self.expected("AND, OR or ')'")
                return inside
            return self.test()
        finally:
            self.depth -= 1

    def test(self) -> Tree:
        field = self.field()
        if self.word("IS"):
            negated = bool(self.word("NOT"))
            if not self.word("NULL"):
                raise self.expected("NULL")
            return Except(Missing(field)) if negated else Missing(field)
        negated = bool(self.word("NOT"))
        if self.word("IN"):
            test: Test = Among(field, self.values(field))
        elif op := self.word("LIKE", "ILIKE"):
            test = Compare(field, op, self.value(field, op))
        elif self.token.kind == "op" and not negated:
            op = {"<>": "!=", "==": "="}.get(self.token.text, self.token.text)
            self.take()
            test = Compare(field, op, self.value(field, op))
        else:
            raise self.expected("IN or LIKE" if negated else "a comparison such as =, <, LIKE, IN or IS NULL")
        return Except(test) if negated else test

    def values(self, field: Field) -> tuple[Value, ...]:
        if not self.word("("):
            raise self.expected("'('")
        values = [self.value(field, "IN")]
        while self.word(","):
            values.append(self.value(field, "IN"))
        if not self.word(")"):
            raise self.expected("',' or ')'")
        return tuple(values)

    def value(self, field: Field, op: str) -> Value:
        """A literal of the type that `field` holds."""
        token = self.token
        numeric = field.kind == "metric" or (field.kind == "attribute" and field.key in self.scope.numbers)
        either = field.kind == "param" and op not in ("LIKE", "ILIKE", "IN")
        if numeric and op in ("LIKE", "ILIKE"):
            raise self.wrong(f"{show_field(field)} is a number; {op} is for text", token.at)
        if token.kind == "number" and (numeric or either):
            return _number(self.take().text)
        if token.kind == "text" and not numeric:
            text = _unquote(self.take().text)
            if op in ("<", "<=", ">", ">="):
                raise self.wrong(
                    f"{show_field(field)} {op} needs a number; text is compared with = != LIKE IN", token.at
                )
            return text
        raise self.expected("a number" if numeric else "a number or quoted 'text'" if either else "quoted 'text'")

    def field(self, ordering: bool = False) -> Field:
        token = self.token
        if token.kind not in ("word", "text") or token.text.startswith("'"):
            raise self.expected(f"a field such as {self.scope.example}")
        self.take()
        head, _, rest = token.text.partition(".")
        kind = KINDS.get(head.strip("`").lower()) if rest else None
        if kind == "attribute" or kind is None:
            return Field("attribute", self._attribute(_unquote(rest if kind else token.text), token, ordering))
        if kind not in self.scope.kinds:
            raise self.wrong(f"{self.scope.noun} have no {kind}s to search; {self.scope.fields}", token.at)
        key = _unquote(rest)
        if kind == "dataset" and (key not in ("name", "digest", "context") or ordering):
            raise self.wrong("datasets are searched by name, digest and context, and don't order runs", token.at)
        return Field(kind, key)

    def _attribute(self, given: str, token: _Token, ordering: bool) -> str:
        name = self.scope.aliases.get(given, given)
        if name in self.scope.numbers or name in self.scope.texts:
            return name
        from difflib import get_close_matches

        near = get_close_matches(given.lower(), [*self.scope.numbers, *self.scope.texts, *self.scope.aliases], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise self.wrong(f"{given!r} is no attribute of {self.scope.noun}; {self.scope.fields}{hint}", token.at)


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] in "'\"`" and text[-1] == text[0]:
        return text[1:-1].replace(text[0] * 2, text[0])
    return text


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
