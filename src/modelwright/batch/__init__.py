"""Files bigger than memory, scored in mini-batches that survive a kill; the public `modelwright.batch`.

    inputs ──files──▶ files ──plan──▶ tasks ──runners──▶ scorer (in each process) ──▶ parts in the journal ──▶ output

`score` needs a store to find the model, so a higher layer answers it.
"""

from __future__ import annotations

from ..core import lazy

NAMES = {
    "Summary": "modelwright.batch.job:Summary",
    "score": "modelwright.api.batch:score",
}

__getattr__, __dir__ = lazy.attach(__name__, NAMES)
