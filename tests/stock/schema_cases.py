"""Models that return what they were given, one for every type a signature can name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .cases import Score, case

PINS = {"pip_requirements": ["cloudpickle"]}


def _echo(m: Any, root: Path, signature: Any, **options: Any) -> None:
    class Echo(m.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return {"given": model_input, "params": params} if params else model_input

    m.pyfunc.save_model(root, python_model=Echo(), signature=signature, **PINS, **options)


def _inferred(m: Any, root: Path, data: Any, example: Any = None) -> Score:
    _echo(m, root, m.models.infer_signature(data), input_example=example)
    return Score(data)


COLUMNS = pd.DataFrame(
    {
        "flag": [True, False],
        "small": np.array([1, -2], dtype="int32"),
        "big": np.array([2**40, -3], dtype="int64"),
        "single": np.array([0.5, 1.25], dtype="float32"),
        "double": [0.1, -2.5],
        "text": ["one", "zwölf"],
        "raw": [b"\x00\x01", b"abc"],
        "when": pd.to_datetime(["2024-02-29 12:30:00", "1999-12-31 23:59:59.5"], format="ISO8601").astype("M8[ns]"),
    }
)


@case(golden=True)
def schema_columns(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, COLUMNS)


@case(golden=True)
def schema_optional(m: Any, work: Path, root: Path) -> Score:
    data = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None], "c": [1.5, 2.5]})
    _echo(m, root, m.models.infer_signature(data))
    return Score(data[["a", "c"]])


@case(writes={"signature": "a column of datetimes with a gap is optional, as any other"})
def schema_missing_values(m: Any, work: Path, root: Path) -> Score:
    data = pd.DataFrame(
        {"a": [1.0, np.nan], "b": ["x", None], "t": pd.to_datetime(["2024-01-01", None]).astype("M8[ns]")}
    )
    return _inferred(m, root, data)


@case(golden=True)
def schema_explicit(m: Any, work: Path, root: Path) -> Score:
    from importlib import import_module

    schema = import_module(f"{m.__name__}.types.schema")
    signature = import_module(f"{m.__name__}.models.signature")
    kinds = ["boolean", "integer", "long", "float", "double", "string", "binary", "datetime"]
    inputs = [schema.ColSpec(type=kind, name=kind, required=kind != "long") for kind in kinds]
    outputs = [schema.ColSpec(schema.DataType.double)]
    _echo(m, root, signature.ModelSignature(schema.Schema(inputs), schema.Schema(outputs)))
    return Score(COLUMNS.drop(columns="big").set_axis([k for k in kinds if k != "long"], axis=1))


@case()
def schema_widening(m: Any, work: Path, root: Path) -> Score:
    """Columns narrower than declared, and in another order."""
    from importlib import import_module

    schema = import_module(f"{m.__name__}.types.schema")
    signature = import_module(f"{m.__name__}.models.signature")
    inputs = [schema.ColSpec("long", "a"), schema.ColSpec("double", "b"), schema.ColSpec("double", "c")]
    _echo(m, root, signature.ModelSignature(schema.Schema(inputs)))
    data = pd.DataFrame({"c": np.array([1, 2], "int32"), "b": np.array([0.5, 1], "float32")})
    return Score(data.assign(a=np.array([7, 8], "int32"), extra=["dropped", "too"]))


@case(golden=True)
def schema_nested(m: Any, work: Path, root: Path) -> Score:
    data = pd.DataFrame(
        {
            "list": [["a", "b"], ["c"]],
            "matrix": [[[1, 2], [3]], [[4]]],
            "object": [{"x": 1, "y": "b"}, {"x": 2}],
            "objects": [[{"k": 1.5}], [{"k": 2.5}, {"k": 0.5}]],
        }
    )
    return _inferred(m, root, data)


@case(golden=True)
def schema_map(m: Any, work: Path, root: Path) -> Score:
    from importlib import import_module

    schema = import_module(f"{m.__name__}.types.schema")
    signature = import_module(f"{m.__name__}.models.signature")
    inputs = [
        schema.ColSpec(schema.Map(schema.DataType.long), "counts"),
        schema.ColSpec(schema.Array(schema.Map(schema.DataType.string)), "rows"),
        schema.ColSpec(
            schema.Object([schema.Property("p", schema.DataType.double, required=False)]), "thing", required=False
        ),
    ]
    _echo(m, root, signature.ModelSignature(schema.Schema(inputs)))
    return Score(pd.DataFrame({"counts": [{"a": 1, "b": 2}], "rows": [[{"k": "v"}]], "thing": [{"p": 1.5}]}))


@case(golden=True)
def schema_tensor(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, np.arange(24, dtype="float32").reshape(2, 3, 4))


@case(golden=True)
def schema_named_tensors(m: Any, work: Path, root: Path) -> Score:
    data = {"image": np.zeros((2, 2, 2), "uint8"), "age": np.array([3, 4]), "name": np.array(["x", "yy"])}
    return _inferred(m, root, data)


@case()
def schema_tensor_of_text(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, np.array(["a", "bc", "def"]))


@case()
def schema_tensor_given_frame(m: Any, work: Path, root: Path) -> Score:
    _echo(m, root, m.models.infer_signature(np.array([[1.0, 2.0]])))
    return Score(pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]}))


@case(golden=True)
def schema_params(m: Any, work: Path, root: Path) -> Score:
    from importlib import import_module

    schema = import_module(f"{m.__name__}.types.schema")
    signature = import_module(f"{m.__name__}.models.signature")
    params = [
        schema.ParamSpec("flag", "boolean", True),
        schema.ParamSpec("small", "integer", 3),
        schema.ParamSpec("big", "long", 2**40),
        schema.ParamSpec("single", "float", 0.5),
        schema.ParamSpec("double", "double", 0.25),
        schema.ParamSpec("text", "string", "x"),
        schema.ParamSpec("when", "datetime", np.datetime64("2024-02-29T12:30:00")),
        schema.ParamSpec("many", "double", [0.5, 1.5], (-1,)),
        schema.ParamSpec("words", "string", ["a"], (-1,)),
        schema.ParamSpec("nothing", "string", None),
    ]
    inputs = schema.Schema([schema.ColSpec("double", "a")])
    _echo(m, root, signature.ModelSignature(inputs, params=schema.ParamSchema(params)))
    return Score(pd.DataFrame({"a": [1.0]}), params={"small": 4, "double": 1, "many": [2.0], "text": "given"})


@case()
def schema_params_inferred(m: Any, work: Path, root: Path) -> Score:
    params = {"temperature": 0.1, "top": 3, "stop": ["a", "b"], "on": False, "name": "n"}
    _echo(m, root, m.models.infer_signature(pd.DataFrame({"a": [1.0]}), params=params))
    return Score(pd.DataFrame({"a": [1.0]}), params={"top": 4, "temperature": 2})


@case(reads={"predictions": "the signature names no table: ours hands the list over as it came"})
def schema_unnamed_column(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, ["a", "b"])


@case()
def schema_series(m: Any, work: Path, root: Path) -> Score:
    _echo(m, root, m.models.infer_signature(pd.Series([1.0, 2.0], name="a")))
    return Score(pd.DataFrame({"a": [3.0]}))


@case(golden=True)
def schema_numbered_columns(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=[3, 4]))


@case(
    golden=True,
    reads={
        "predictions": "the signature names no table: ours hands the dict over as it came, 2.16 makes a frame of it"
    },
)
def schema_dict(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, {"question": "why", "count": 3, "tags": ["a", "b"], "more": {"depth": 1.5}})


@case(reads={"predictions": "a text that is missing is None here, NaN in 2.16"})
def schema_records(m: Any, work: Path, root: Path) -> Score:
    return _inferred(m, root, [{"a": 1, "b": "x"}, {"a": 2}])


@case()
def schema_none(m: Any, work: Path, root: Path) -> Score:
    _echo(m, root, None)
    return Score({"anything": [1, {"goes": None}]})


@case()
def schema_dates(m: Any, work: Path, root: Path) -> Score:
    _echo(m, root, m.models.infer_signature(pd.DataFrame({"when": [dt.datetime(2024, 1, 1), dt.datetime(2025, 1, 1)]})))
    return Score(pd.DataFrame({"when": pd.to_datetime(["2023-05-06", "2023-05-07"]).astype("M8[ns]")}))


@case(golden=True, versions=(3,), ours=False)
def schema_any(m: Any, work: Path, root: Path) -> Score:
    """3.x has a type for what it cannot name."""
    _echo(m, root, m.models.infer_signature(pd.DataFrame({"a": [None, None], "b": [1.0, 2.0]})))
    return Score(pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]}))


@case(golden=True, versions=(3,), ours=False)
def schema_from_type_hint(m: Any, work: Path, root: Path) -> Score:
    class Hinted(m.pyfunc.PythonModel):
        def predict(self, model_input: list[float], params=None) -> list[float]:
            return [value * 2 for value in model_input]

    Hinted.predict.__annotations__ = {"model_input": list[float], "return": list[float]}
    m.pyfunc.save_model(root, python_model=Hinted(), input_example=[1.0, 2.0], **PINS)
    return Score([0.5, 2.5])
