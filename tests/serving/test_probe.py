"""What a few calls tell of a model: cheaper together or not, each row by itself or not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modelwright.serving import probe


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The probe's clock, which only models move on."""
    now = [0.0]
    monkeypatch.setattr(probe, "perf_counter", lambda: now[0])
    monkeypatch.setattr(slow, "clock", now, raising=False)
    return now


def slow(per_call: float, per_row: float, answer=lambda rows: rows[:, 0]):
    """A model that takes a known time."""

    def predict(rows):
        slow.clock[0] += per_call + per_row * len(rows)
        return answer(rows)

    return predict


ROWS = probe.samples(np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_samples_are_like_the_rows_and_differ():
    assert ROWS.shape == (16, 2)
    assert ROWS[:2].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert len(np.unique(ROWS, axis=0)) == 16
    assert probe.samples(np.ones((40, 3))).shape == (16, 3)


def test_a_model_that_is_cheaper_together():
    found = probe.probe(slow(2e-3, 1e-4), ROWS)
    assert found.alone
    assert (found.first, found.row) == (pytest.approx(2.1e-3), pytest.approx(1e-4))


def test_a_model_that_is_not_cheaper_together():
    assert not probe.probe(slow(0, 5e-4), ROWS).alone
    assert not probe.probe(slow(1e-4, 1e-4), ROWS).alone


@pytest.mark.parametrize(
    "answer",
    [
        lambda rows: rows[:, 0] - rows[:, 0].mean(),  # a row's answer depends on the others
        lambda rows: rows[:1, 0],
        lambda rows: list(rows[:, 0]),
        lambda rows: rows[:, 0] * len(rows),
        lambda rows: {"a": rows},
    ],
    ids=["centred", "too few", "a list", "scaled", "a dictionary"],
)
def test_rows_that_are_not_predicted_alone_or_cannot_be_parted(answer):
    assert not probe.probe(slow(1e-3, 0, answer), ROWS).alone


def test_frames_are_parted_by_rows():
    assert probe.probe(slow(1e-3, 0, lambda rows: pd.DataFrame(rows)), ROWS).alone
    assert not probe.probe(slow(1e-3, 0, lambda rows: pd.DataFrame(rows - rows.mean(0))), ROWS).alone


@pytest.mark.parametrize(
    ("one", "other", "equal", "close"),
    [
        (np.array([1.0]), np.array([1.0 + 1e-7]), False, True),
        (np.array([1.0]), np.array([1.1]), False, False),
        (np.array([np.nan]), np.array([np.nan]), True, True),
        (np.array([1]), np.array([1.0]), False, False),
        (np.array([[1.0]]), np.array([1.0]), False, False),
        (np.array(["a"]), np.array(["a"]), True, True),
        (np.array([1.0]), [1.0], False, False),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}), True, True),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}), False, False),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 1e-7]}), False, True),
    ],
)
def test_equal_answers(one, other, equal, close):
    assert probe.same(one, other) is equal
    assert probe.same(one, other, close=True) is close
