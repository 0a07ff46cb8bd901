"""Where Diviner models deliberately differ from stock's."""

from __future__ import annotations

DIFFERS = {
    "outputs": "the forecast has a column of tuples, which stock cannot infer; ours sees lists of texts",
    "not fitted": "our error says what to do, with MLflow's code for a wrong value; stock lets Diviner's own through",
}
