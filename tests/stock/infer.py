"""Signatures of the same data as one side: `python -m stock.infer ours|stock FILE` writes {name: schema or error}."""

from __future__ import annotations

import datetime as dt
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import driver


def data() -> dict[str, Any]:
    """Named inputs: every row of MLflow's table of inference, and its corners."""
    import scipy.sparse

    numbers = [
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
    ]
    frames = {f"column of {kind}": pd.DataFrame({"a": np.array([1, 2], kind)}) for kind in numbers}
    units = {
        f"column of datetime64[{u}]": pd.DataFrame({"a": np.array(["2024-01-01"], f"M8[{u}]")}) for u in ("s", "ns")
    }
    arrays = {
        f"array of {kind}": np.array([[1, 2]], kind) for kind in [*numbers, "bool", "str", "object", "complex128"]
    }
    return {
        **frames,
        **units,
        **arrays,
        **_columns(),
        **_containers(),
        "sparse rows": scipy.sparse.csr_matrix(np.eye(3)),
        "sparse columns": scipy.sparse.csc_matrix(np.eye(3, dtype="float32")),
    }


def _columns() -> dict[str, Any]:
    columns = {
        "booleans": [True, False],
        "texts": ["x", "y"],
        "bytes": [b"x", b"y"],
        "texts and None": ["x", None],
        "floats and NaN": [1.0, np.nan],
        "dates": [dt.date(2024, 1, 1), dt.date(2024, 1, 2)],
        "datetimes": [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)],
        "datetimes and None": [dt.datetime(2024, 1, 1), None],
        "with a time zone": pd.to_datetime(["2024-01-01T00:00:00+01:00"]).tolist(),
        "timedeltas": [pd.Timedelta(1, "s"), pd.Timedelta(2, "s")],
        "nothing": [None, None],
        "texts and numbers": ["x", 1],
        "lists of texts": [["a"], ["b", "c"]],
        "lists of integers": [[1, 2], [3]],
        "lists of integers and floats": [[1, 2.5], [3]],
        "lists of lists": [[[1.0], [2.0]], [[3.0]]],
        "empty lists": [[], []],
        "arrays": [np.array([1.0, 2.0]), np.array([3.0])],
        "dicts": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        "dicts with gaps": [{"a": 1, "b": "x"}, {"a": 2}],
        "dicts of dicts": [{"a": {"b": 1.5}}, {"a": {"b": 2.5}}],
        "dicts with lists": [{"a": ["x"]}, {"a": ["y", "z"]}],
        "lists of dicts": [[{"a": 1}, {"a": 2, "b": True}], [{"a": 3}]],
        "decimal": [__import__("decimal").Decimal("1.5")],
    }
    made = {f"column of {name}": pd.DataFrame({"c": pd.Series(cells)}) for name, cells in columns.items()}
    made["column of categories"] = pd.DataFrame({"c": pd.Categorical(["x", "y"])})
    made["column of numeric categories"] = pd.DataFrame({"c": pd.Categorical([1, 2])})
    for kind in ("Int64", "Int32", "Float64", "boolean", "string"):
        cells = {"boolean": [True, False], "string": ["x", "y"]}.get(kind, [1, 2])
        made[f"column of {kind}"] = pd.DataFrame({"c": pd.array(cells, dtype=kind)})
        made[f"column of {kind} and NA"] = pd.DataFrame({"c": pd.array([cells[0], None], dtype=kind)})
    made["columns of several types"] = pd.DataFrame({"a": [1.5], "b": ["x"], "c": [True], "d": [3]})
    made["numbered columns"] = pd.DataFrame([[1.0, "x"]])
    made["columns named 0 and empty"] = pd.DataFrame([[1.0, 2.0]], columns=[0, ""])
    made["no rows"] = pd.DataFrame({"a": pd.Series([], dtype="float64"), "b": pd.Series([], dtype="object")})
    made["series"] = pd.Series([1.0, 2.0], name="s")
    made["series without a name"] = pd.Series([1, 2])
    made["series without a name, of texts"] = pd.Series(["x", "y"])
    made["series without a name, with a gap"] = pd.Series([1.0, None])
    return made


def _containers() -> dict[str, Any]:
    return {
        "three dimensions": np.zeros((2, 3, 4), "float32"),
        "one dimension": np.array([1.0, 2.0]),
        "no dimension": np.array(3.0),
        "dict of arrays": {"x": np.zeros((2, 3)), "y": np.array(["a", "b"])},
        "dict of scalars": {"a": 1, "b": 2.5, "c": "x", "d": True, "e": b"x"},
        "dict of lists": {"a": [1, 2], "b": ["x"]},
        "dict of dicts": {"a": {"b": 1, "c": [True]}},
        "dict with None": {"a": None, "b": 1},
        "dict of lists of dicts": {"messages": [{"role": "user", "content": "x"}]},
        "list of texts": ["a", "b"],
        "list of integers": [1, 2],
        "list of floats": [1.5, 2.5],
        "list of lists": [[1, 2], [3]],
        "list of dicts": [{"a": 1}, {"a": 2, "b": "x"}],
        "list with None": ["a", None],
        "empty list": [],
        "text": "hello",
        "integer": 3,
        "float": 1.5,
        "boolean": True,
        "bytes": b"x",
        "datetime": dt.datetime(2024, 1, 1),
        "numpy scalar": np.float32(1.5),
        "numpy datetime": np.datetime64("2024-01-01T00:00:00"),
    }


def params() -> dict[str, Any]:
    """Named params."""
    return {
        "params of scalars": {"a": 1, "b": 2.5, "c": "x", "d": True},
        "params of numpy": {"a": np.int32(1), "b": np.float32(0.5), "c": np.bool_(True)},
        "params of lists": {"a": [1, 2], "b": ["x"], "c": np.array([1.5, 2.5])},
        "params of dates": {"a": dt.datetime(2024, 1, 1, 2, 3), "b": np.datetime64("2024-01-01T00:00:00")},
        "params of None": {"a": None},
        "params of bytes": {"a": b"x"},
        "params of dicts": {"a": {"b": 1}},
        "params of nested lists": {"a": [[1, 2], [3]]},
        "params of empty lists": {"a": []},
    }


def main() -> None:
    side, target = sys.argv[1:]
    warnings.simplefilter("ignore")
    infer = driver.side(side).models.infer_signature
    found = {}
    calls = [(name, {"model_input": value}) for name, value in data().items()]
    calls += [(f"output, {name}", {"model_output": value}) for name, value in data().items()]
    calls += [(name, {"model_input": [1.0], "params": value}) for name, value in params().items()]
    for name, given in calls:
        try:
            signature = infer(**given).to_dict()
            found[name] = {part: text and json.loads(text) for part, text in signature.items()}
        except Exception as error:
            found[name] = {"error": f"{type(error).__name__}: {error}"[:400]}
    Path(target).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
