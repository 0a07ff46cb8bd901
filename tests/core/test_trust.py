"""Who may run code while a model loads."""

from __future__ import annotations

import pytest

from modelwright.core import trust
from modelwright.core.errors import InvalidArgument, UntrustedModel

WHY = ["its file 'model.pkl' is a pickle", "it carries modules of its own in 'code'"]


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("MODELWRIGHT_TRUST", raising=False)
    monkeypatch.setattr(trust, "_fallback", "store")


@pytest.mark.parametrize(
    ("policy", "origin", "word", "allowed"),
    [
        ("store", "store", None, True),
        ("store", "stranger", None, False),
        ("none", "store", None, False),
        ("none", "stranger", True, False),
        ("none", "store", True, False),
        ("all", "stranger", None, True),
        ("all", "store", False, False),
        ("store", "stranger", True, True),
    ],
)
def test_the_caller_decides_then_the_policy(monkeypatch, policy, origin, word, allowed):
    monkeypatch.setenv("MODELWRIGHT_TRUST", policy)
    if allowed:
        trust.allow(WHY, root="m", origin=origin, trust=word)
    else:
        with pytest.raises(UntrustedModel) as refused:
            trust.allow(WHY, root="m", origin=origin, trust=word)
        assert all(reason in str(refused.value) for reason in WHY)
    trust.allow([], root="m", origin=origin, trust=word)


def test_the_message_says_the_way_on():
    with pytest.raises(UntrustedModel, match=r"trust=True.*") as refused:
        trust.allow(WHY, root="there", origin="stranger", trust=None)
    assert "modelwright models inspect there" in str(refused.value)
    assert refused.value.error_code == "PERMISSION_DENIED"


def test_the_alias_changes_the_default_but_not_what_was_set(monkeypatch):
    trust.set_default("all")
    trust.allow(WHY, root="m", origin="stranger", trust=None)
    monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
    with pytest.raises(UntrustedModel, match="MODELWRIGHT_TRUST=none"):
        trust.allow(WHY, root="m", origin="store", trust=None)


def test_an_unknown_policy_is_an_error_not_a_door(monkeypatch):
    monkeypatch.setenv("MODELWRIGHT_TRUST", "everything")
    with pytest.raises(InvalidArgument, match="everything"):
        trust.allow(WHY, root="m", origin="stranger", trust=None)
