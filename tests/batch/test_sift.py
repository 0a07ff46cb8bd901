"""Finding the rows that fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.batch.sift import PROBES, sift


def attempt_of(bad: set[int], calls: list[int]) -> Any:
    def attempt(some: Any) -> list[int]:
        calls.append(len(some))
        if hit := bad & set(some.tolist()):
            raise ValueError(f"bad {sorted(hit)}")
        return list(some.tolist())

    return attempt


@given(st.integers(0, 64), st.sets(st.integers(0, 63)))
def test_all_good_rows_are_done_and_all_bad_ones_told(count: int, bad: set[int]) -> None:
    found = sift(np.arange(count), attempt_of(bad, []))
    assert [row for some, made in found.good for row in made if made == some.tolist()] == [
        row for row in range(count) if row not in bad
    ]
    assert [(some.tolist(), str(why)) for some, why in found.bad] == [
        ([row], f"bad [{row}]") for row in range(count) if row in bad
    ]


def test_what_is_known_to_fail_is_not_tried_again() -> None:
    calls: list[int] = []
    found = sift(np.arange(4), attempt_of({2}, calls), known=KeyError("x"))
    assert calls == [2, 2, 1, 1]
    assert [str(why) for _, why in found.bad] == ["bad [2]"]
    (only,) = sift(np.arange(1), attempt_of(set(), []), known=KeyError("x")).bad
    assert isinstance(only[1], KeyError)


def test_one_bad_row_of_many_costs_few_tries() -> None:
    calls: list[int] = []
    sift(np.arange(100_000), attempt_of({77_777}, calls))
    assert len(calls) < 40


def test_a_large_batch_of_bad_rows_is_given_up() -> None:
    calls: list[int] = []
    count = 10 * PROBES
    found = sift(np.arange(count), attempt_of(set(range(count)), calls))
    assert len(calls) == 1 + PROBES
    assert len(found.bad) == 1
    assert found.bad[0][0].tolist() == list(range(count))


def test_one_good_row_among_the_probes_is_reason_to_look_at_all() -> None:
    count = 3 * PROBES
    bad = set(range(count)) - {0, 7}  # 0 is probed, 7 is not
    found = sift(np.arange(count), attempt_of(bad, []))
    assert [row for some, _ in found.good for row in some.tolist()] == [0, 7]


def test_errors_that_are_no_rows_fault_are_raised() -> None:
    def attempt(some: Any) -> None:
        raise KeyError("the job's")

    with pytest.raises(KeyError):
        sift(np.arange(1000), attempt, fatal=(KeyError,))
    with pytest.raises(KeyError):
        sift(np.arange(1000), attempt, known=ValueError(), fatal=(KeyError,))
