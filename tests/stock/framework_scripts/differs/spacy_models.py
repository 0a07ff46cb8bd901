"""Where spaCy models deliberately differ from stock's."""

from __future__ import annotations

DIFFERS = {
    "not a pipeline": "our error says what was expected, with MLflow's code for a wrong value",
}
