"""Files bigger than memory, scored in mini-batches that survive a kill; the public `modelwright.batch`."""
# Made by tools/stubs.py.

from modelwright.api.batch import score as score
from modelwright.batch.job import Summary as Summary
