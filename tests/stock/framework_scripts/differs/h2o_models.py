"""Where H2O models deliberately differ from stock's."""

from __future__ import annotations

DIFFERS = {
    "not a model": "our error says what was expected, with MLflow's code for a wrong value",
    "not trained": "our error says what to do; stock's is about joining paths",
}
