"""Notes about objects, by identity."""

from __future__ import annotations

import gc

import numpy as np

from modelwright.autolog.memory import ByIdentity


def test_equal_is_not_the_same() -> None:
    notes, one = ByIdentity[str](), np.zeros(3)
    assert notes.put(one, "one")
    assert notes.get(one) == "one"
    assert notes.get(np.zeros(3)) is None


def test_a_note_goes_with_its_object_and_its_id_answers_for_nobody_else() -> None:
    notes = ByIdentity[int]()
    for n in range(2000):
        thing = np.zeros(1)
        assert notes.get(thing) is None
        notes.put(thing, n)
    del thing
    gc.collect()
    assert len(notes) == 0


def test_the_newest_note_wins_and_survives_the_older_reference() -> None:
    notes, thing = ByIdentity[int](), np.zeros(1)
    notes.put(thing, 1)
    notes.put(thing, 2)
    gc.collect()
    assert notes.get(thing) == 2


def test_what_cannot_be_remembered_says_so() -> None:
    assert not ByIdentity[int]().put([1], 1)
