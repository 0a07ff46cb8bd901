"""Input examples: the JSON files that a model directory keeps of them, and the data read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import CorruptModel, Error, InvalidArgument
from ..core.paths import inside
from .containers import container
from .infer import infer_params
from .infer_values import as_dict
from .jsonable import array_lists, dumps, frame_split, plain, restore
from .schema import Schema
from .serving_input import frame_of

FILE = "input_example.json"
SERVING_FILE = "serving_input_example.json"
UNWRAPPED = ("messages", "prompt", "input")  # keys of chat, completion and embedding requests, which are sent bare


@dataclass(frozen=True)
class Example:
    """An input example taken apart: what to score with, and what to write."""

    data: Any  # as `predict` takes it
    params: dict[str, Any] | None
    info: dict[str, str]  # the MLmodel entry
    text: str
    serving_text: str | None  # the request body; None where the scoring protocol has no form for the data

    def write(self, root: Path) -> None:
        (root / FILE).write_text(self.text, encoding="utf-8")
        if self.serving_text is not None:
            (root / SERVING_FILE).write_text(self.serving_text, encoding="utf-8")


def example_of(given: Any) -> Example:
    """`given`, or `(data, params)`, as an Example.

    >>> example_of(({"a": 1}, {"k": 2})).text
    '{"inputs": {"a": 1}, "params": {"k": 2}}'
    """
    given, params = _apart(given)
    data, info, written, serving = _encoded(given)
    if params is not None:
        written = {"inputs": written, "params": plain(params)}
        serving = _with_params(serving, params)
    info = {"artifact_path": FILE, **({"params": "true"} if params else {}), **info}
    if serving is not None:
        info["serving_input_path"] = SERVING_FILE
    return Example(data, params, info, dumps(written), None if serving is None else dumps(serving, indent=2))


def request(given: Any) -> dict[str, Any] | None:
    """The body of the request that scores data, or `(data, params)`; None where the protocol has no form for it.

    >>> request(([1, 2], {"k": 2}))
    {'inputs': [1, 2], 'params': {'k': 2}}
    """
    given, params = _apart(given)
    serving = _encoded(given)[3]
    return serving if params is None else _with_params(serving, params)


def _apart(given: Any) -> tuple[Any, dict[str, Any] | None]:
    """Data and params of what may be both."""
    if not (isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict)):
        return given, None
    if given[1]:
        infer_params(given[1])
    return given


def _with_params(serving: dict[str, Any] | None, params: dict[str, Any]) -> dict[str, Any] | None:
    if serving is None:
        return None
    return {**serving, **(plain(params) if _bare(serving) else {"params": plain(params)})}


def _encoded(given: Any) -> tuple[Any, dict[str, str], Any, dict[str, Any] | None]:
    """The data, its entry in MLmodel, its JSON, and the request that sends it."""
    what = container(given)
    if what == "spark":
        raise InvalidArgument("A Spark frame cannot be an input example; give a few rows: frame.limit(5).toPandas()")
    if what in ("polars", "polars series"):
        given = (given.collect() if type(given).__name__ == "LazyFrame" else given).to_pandas()
        what = container(given)
    if what == "series":
        given, what = given.to_frame(given.name if given.name is not None else 0), "frame"
    if what == "frame":
        split = frame_split(given)
        orient = "split" if "columns" in split else "values"
        return given, {"type": "dataframe", "pandas_orient": orient}, split, {"dataframe_split": split}
    if what == "sparse":
        return _sparse(given)
    if what == "record":
        given, what = as_dict(given), "dict"
    arrays = what == "dict" and given and all(container(value) == "ndarray" for value in given.values())
    if what == "ndarray" or arrays:
        lists = {name: array_lists(value) for name, value in given.items()} if arrays else array_lists(given)
        return given, {"type": "ndarray"}, lists, {"inputs": lists}
    if given is None or (what == "value" and not _scalar(given)):
        raise InvalidArgument(
            f"{type(given).__name__} cannot be an input example; expected a DataFrame, Series, numpy array, dict of "
            "arrays, scipy sparse matrix, dict, list, scalar, dataclass or pydantic instance, or (data, params)"
        )
    value = plain(given)
    bare = isinstance(value, dict) and any(key in value for key in UNWRAPPED)
    return given, {"type": "json_object"}, value, value if bare else {"inputs": value}


def _sparse(given: Any) -> tuple[Any, dict[str, str], Any, None]:
    form = given.format if given.format in ("csr", "csc") else "csr"
    matrix = given.asformat(form)
    written = {
        "data": array_lists(matrix.data),
        "indices": matrix.indices.tolist(),
        "indptr": matrix.indptr.tolist(),
        "shape": list(matrix.shape),
    }
    return given, {"type": f"sparse_matrix_{form}"}, written, None


def _scalar(value: Any) -> bool:
    try:
        plain(value)
    except InvalidArgument:
        return False
    return True


def _bare(serving: Mapping[str, Any]) -> bool:
    return not {"inputs", "dataframe_split"} & set(serving)


def write_example(example: Any, root: Path) -> dict[str, str] | None:
    """Write the example's files under `root`; the MLmodel entry, or None when there is no example.

    Args:
        example: The data, or `(data, params)`.
        root: The model directory.
    """
    if example is None:
        return None
    found = example_of(example)
    found.write(root)
    return found.info


def read_example(root: Path, info: Mapping[str, Any] | None, schema: Schema | None = None) -> Any:
    """The example's data, in the types of `schema` where one is given; None when there is no example.

    Args:
        root: The model directory.
        info: The MLmodel entry `saved_input_example_info`.
        schema: The signature's inputs.
    """
    if not info:
        return None
    written, kind = _read(root, info), info.get("type")
    if info.get("params"):
        written = written["inputs"]
    try:
        return _restored(written, kind, schema)
    except Error:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CorruptModel(f"The input example is no {kind}: {type(error).__name__}: {error}") from error


def _restored(written: Any, kind: Any, schema: Schema | None) -> Any:
    if kind == "dataframe":
        split = written if isinstance(written, dict) else {"data": written}
        columns = schema if schema is not None and not schema.is_tensor_spec() else None
        return frame_of(split.get("columns"), split["data"], columns)
    if kind == "ndarray":
        return _arrays(written, schema)
    if kind in ("sparse_matrix_csr", "sparse_matrix_csc"):
        import numpy as np
        from scipy import sparse

        dtype = schema.inputs[0].type if schema is not None and schema.is_tensor_spec() else None
        parts = (np.array(written["data"], dtype=dtype), written["indices"], written["indptr"])
        make = sparse.csr_matrix if kind.endswith("csr") else sparse.csc_matrix
        return make(parts, shape=tuple(written["shape"]))
    if kind == "json_object":
        return restore(written, schema)
    known = "dataframe, ndarray, sparse_matrix_csr, sparse_matrix_csc, json_object"
    raise CorruptModel(f"The input example has type {kind!r}; expected one of {known}")


def alike(one: Any, other: Any) -> bool:
    """Whether two frames (but for their index) or two arrays hold the same values in the same types; else False."""
    import numpy as np

    what = container(one)
    if what != container(other) or type(one) is not type(other):
        return False
    if what == "frame":
        same = list(one.dtypes) == list(other.dtypes) and one.columns.equals(other.columns)
        return same and bool(one.reset_index(drop=True).equals(other.reset_index(drop=True)))
    if what == "ndarray":
        return one.dtype == other.dtype and one.dtype.kind in "biuf" and bool(np.array_equal(one, other))
    return False


def _arrays(written: Any, schema: Schema | None) -> Any:
    import numpy as np

    tensors = schema if schema is not None and schema.is_tensor_spec() else None
    if isinstance(written, dict):
        types = tensors.input_types_dict() if tensors is not None and tensors.has_input_names() else {}
        return {name: np.array(value, dtype=types.get(name)) for name, value in written.items()}
    found = np.array(written, dtype=tensors.inputs[0].type if tensors is not None else None)
    return found.astype(float) if found.dtype == object and tensors is None and _numeric(found) else found


def _numeric(array: Any) -> bool:
    return all(value is None or isinstance(value, int | float) for value in array.flat)


def read_params(root: Path, info: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The example's params, or None."""
    return _read(root, info)["params"] if info and info.get("params") else None


def read_serving_input(root: Path, info: Mapping[str, Any] | None) -> str | None:
    """The request body that scores the example, or None."""
    path = (info or {}).get("serving_input_path")
    return _text(root, path) if path else None


def to_serving_input(example: Any) -> str | None:
    """The request body that scores `example`: MLflow's `convert_input_example_to_serving_input`.

    >>> to_serving_input([1, 2])
    '{\\n  "inputs": [\\n    1,\\n    2\\n  ]\\n}'
    """
    return None if example is None else example_of(example).serving_text


def _read(root: Path, info: Mapping[str, Any]) -> Any:
    name = info.get("artifact_path", FILE)
    try:
        body = json.loads(_text(root, name))
    except (ValueError, RecursionError) as error:
        raise CorruptModel(f"The input example {name!r} is not JSON: {error}") from error
    if info.get("params") and not (isinstance(body, dict) and {"inputs", "params"} <= set(body)):
        raise CorruptModel(f"The input example {name!r} lacks 'inputs' or 'params', and MLmodel says it has both")
    return body


def _text(root: Path, name: Any) -> str:
    """The text of a file of the example."""
    try:
        return inside(root, str(name)).read_text(encoding="utf-8")
    except InvalidArgument as error:
        raise CorruptModel(f"MLmodel's input example leads out of its directory: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptModel(f"The model directory names an input example {name!r} that is not there: {error}") from error
