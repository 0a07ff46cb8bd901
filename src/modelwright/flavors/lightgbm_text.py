"""LightGBM's text, looked over before LightGBM reads it, for it ends the process over a file that was cut or mixed up.

Only the outline is checked, in a fraction of the time that the reading takes: a header, the trees at the sizes that it
tells, each with its fields, the sections closed. Whether the numbers make sense is LightGBM's affair.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

_SIZES = re.compile(rb"^tree_sizes=([\d ]*)$", re.MULTILINE)
_LEAVES = re.compile(rb"^num_leaves=(\d+)$", re.MULTILINE)
_ALWAYS = (b"num_cat", b"leaf_value")
_OF_SPLITS = (b"split_feature", b"threshold", b"left_child", b"right_child")
_END = b"end of trees"


def damage(path: Path) -> str | None:
    """What is wrong with the outline of a model in LightGBM's text; None where nothing is."""
    text = path.read_bytes()
    if not text.startswith(b"tree\n"):
        return "it does not begin as a model of LightGBM does"
    header, found, _ = text.partition(b"\nTree=0\n")
    told = _SIZES.search(header)
    if told is None:
        return "it does not tell the sizes of its trees"
    at = len(header) + 1 if found else told.end()
    for number, size in enumerate(map(int, told[1].split())):
        if not _is_tree(text[at : at + size], number):
            return f"tree {number} is not whole"
        at += size
    rest = text[at:].lstrip()
    if not rest.startswith(_END):
        return f"'{_END.decode()}' does not stand where the trees end"
    return _tail(rest)


def _is_tree(text: bytes, number: int) -> bool:
    leaves = _LEAVES.search(text)
    if leaves is None or not text.startswith(b"Tree=%d\n" % number):
        return False
    fields = _ALWAYS if int(leaves[1]) == 1 else _ALWAYS + _OF_SPLITS
    return text.endswith(b"\n") and all(b"\n%s=" % field in text for field in fields)


def _tail(text: bytes) -> str | None:
    """The same of what follows the trees: parameters, and in the last line the categories of the columns."""
    _, opened, parameters = text.partition(b"\nparameters:")
    if opened and b"\nend of parameters" not in parameters:
        return "its parameters are cut off"
    try:
        json.loads(text.rpartition(b"\npandas_categorical:")[2])
    except ValueError:
        return "its last line, with the categories of its columns, is cut off"
    return None
