"""Input examples of every kind, each on a model that returns what it was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case
from .schema_cases import COLUMNS, _echo

NAMELESS = {"signature": "ours returns the list it was given, which has no name; 2.16 returns the frame it made"}
TABLE = "the signature is made from the example: ours hands lists and dicts over as they came"


def _example(m: Any, root: Path, example: Any, **score: Any) -> Score:
    _echo(m, root, None, input_example=example)
    return Score(example[0] if isinstance(example, tuple) else example, **score)


@case(golden=True)
def example_frame(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, COLUMNS)


@case(golden=True)
def example_frame_without_names(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, pd.DataFrame([[1.0, 2.5], [3.0, 4.5]]))


@case(writes={"serving_input": "2.16 writes NaN, which is not JSON; ours writes null"})
def example_frame_with_gaps(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]}))


@case()
def example_frame_index_lost(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, pd.DataFrame({"a": [1.0, 2.0]}, index=["p", "q"]))


@case(golden=True)
def example_array(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, np.array([[1.0, 2.0], [3.0, np.nan]]))


@case()
def example_array_of_integers(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, np.arange(6, dtype="int32").reshape(2, 3))


@case(golden=True)
def example_named_arrays(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, {"a": np.array([1.0, 2.0]), "b": np.array([[1, 2], [3, 4]])})


@case(golden=True, reads={"predictions": TABLE})
def example_dict(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, {"a": 1, "b": "x"})


@case(reads={"predictions": TABLE})
def example_dict_of_lists(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, {"a": [1, 2], "b": ["x", "y"]})


@case(golden=True, reads={"predictions": TABLE}, writes=NAMELESS)
def example_list(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, ["one", "two"])


@case(reads={"predictions": TABLE}, writes=NAMELESS)
def example_numbers(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, [1, 2, 3])


@case(reads={"predictions": TABLE})
def example_records(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, [{"a": 1.5, "b": "x"}, {"a": 2.5, "b": "y"}])


@case(
    writes={"signature": "2.16 drops a signature it cannot itself enforce", "columns": "likewise"},
    stock_fails="2.16 cannot enforce a column of arrays on a list of lists",
)
def example_nested_list(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, [[1.0, 2.0], [3.0]])


@case(golden=True, reads={"predictions": TABLE}, writes=NAMELESS)
def example_text(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, "just this")


@case(reads={"predictions": TABLE}, writes=NAMELESS)
def example_number(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, 2.5)


@case(reads={"predictions": TABLE, "example": "2.16 leaves the bytes in base64"}, writes=NAMELESS)
def example_bytes(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, b"\x00\xff")


@case(golden=True)
def example_with_params(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, (pd.DataFrame({"a": [1.0]}), {"top": 3, "word": "x"}), params={"top": 4})


@case(reads={"predictions": TABLE}, writes=NAMELESS)
def example_text_with_params(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, ("ask", {"top": 3, "stops": ["a", "b"]}), params={"top": 4})


@case(golden=True)
def example_sparse_rows(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, _sparse("csr"))


@case()
def example_sparse_columns(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, _sparse("csc"))


def _sparse(kind: str) -> Any:
    import scipy.sparse

    make = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}[kind]
    return make(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]))


@case(golden=True, reads={"predictions": TABLE})
def example_chat(m: Any, work: Path, root: Path) -> Score:
    return _example(m, root, {"messages": [{"role": "user", "content": "hello"}], "temperature": 0.5})
