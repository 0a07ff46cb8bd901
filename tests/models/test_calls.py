"""A method of a native model as a predictor."""

from __future__ import annotations

import logging

import pytest

from modelwright.models.calls import Method, accepted, keywords


class Model:
    def predict(self, X, scale=1, *, shift=0):
        return X * scale + shift

    def anything(self, X, **options):
        return X, options


def test_params_the_method_has_are_passed_and_others_named(caplog):
    predictor = Method(Model())
    assert predictor.native.predict(2) == predictor.predict(2) == predictor.predict(2, {}) == 2
    with caplog.at_level(logging.WARNING):
        assert predictor.predict(2, {"scale": 3, "shift": 1}) == 7
        assert not caplog.records
        assert predictor.predict(2, {"scale": 3, "tempo": 1}) == 6
    assert "['tempo'] are ignored: the model's method takes ['scale', 'shift']" in caplog.text


def test_a_method_that_takes_anything_gets_everything():
    assert Method(Model(), "anything").predict(1, {"a": 2}) == (1, {"a": 2})
    assert Method(Model(), "predict", shift=5).predict(1) == 6


def test_a_function_without_a_signature_gets_nothing():
    assert keywords(dict.fromkeys) is not None
    assert accepted({"a": 1}, frozenset()) == {}


def test_a_missing_method_is_an_error_at_once():
    with pytest.raises(AttributeError, match="nothing"):
        Method(Model(), "nothing")
