"""Where statsmodels results are deliberately other than stock's."""

from __future__ import annotations

_CLEAR = "our error says what was given and expected; stock lets Python's own out"

DIFFERS = {
    "the model after it": "the user's results keep their data; stock takes it out of them",
    "not fitted": _CLEAR,
    "no model": _CLEAR,
}
