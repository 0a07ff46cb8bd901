"""Schemas and signatures as code builds, prints and asks them."""

import json

import numpy as np
import pandas as pd
from facts import fact
from mlflow.models import ModelSignature, infer_signature
from mlflow.models.signature import ModelSignature as Same
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array, Map, Object, Property

fact("same", lambda: Same is ModelSignature)
frame = pd.DataFrame(
    {
        "i": [1, 2],
        "f": [0.5, 1.5],
        "s": ["a", "b"],
        "b": [True, False],
        "d": pd.to_datetime(["2020-01-01", "2020-01-02"]),
        "i32": np.array([1, 2], "int32"),
        "f32": np.array([1, 2], "float32"),
        "y": [b"x", b"y"],
    }
)
signature = infer_signature(frame, frame["f"], params={"k": 1})
schema = signature.inputs
fact("dict", lambda: signature.to_dict())
fact("json", lambda: json.loads(schema.to_json()))
fact("repr schema", lambda: repr(schema))
fact("repr signature", lambda: repr(signature))
fact("str signature", lambda: str(signature))
fact(
    "names",
    lambda: [
        schema.input_names(),
        schema.required_input_names(),
        schema.optional_input_names(),
        schema.has_input_names(),
    ],
)
fact("types", lambda: [str(t) for t in schema.input_types()])
fact("type names", lambda: [t.name for t in schema.input_types()])
fact("input dict", lambda: {k: v.type.name for k, v in schema.input_dict().items()})
fact("types dict", lambda: {k: v.name for k, v in schema.input_types_dict().items()})
fact("pandas types", lambda: [str(t) for t in schema.pandas_types()])
fact("numpy types", lambda: [str(t) for t in infer_signature(np.ones((2, 3))).inputs.numpy_types()])
fact("spark schema", lambda: schema.as_spark_schema())
fact("is tensor", lambda: [schema.is_tensor_spec(), infer_signature(np.ones((2, 3))).inputs.is_tensor_spec()])
fact("len", lambda: len(schema))
fact("iterate", lambda: [spec.name for spec in schema])
fact("index", lambda: schema[0].name)
fact("inputs", lambda: [spec.name for spec in schema.inputs])
fact(
    "colspec",
    lambda: [repr(schema.inputs[0]), schema.inputs[0].type, schema.inputs[0].required, schema.inputs[0].to_dict()],
)
fact("optional", lambda: ColSpec("string", "x", required=False).to_dict())
fact("old optional", lambda: ColSpec("string", "x", optional=True).to_dict())
fact(
    "tensor",
    lambda: [repr(TensorSpec(np.dtype("float32"), (-1, 3), "t")), TensorSpec(np.dtype("float32"), (-1, 3)).to_dict()],
)
fact("tensor bad", lambda: TensorSpec("float32", (-1, 3)))
fact(
    "tensor shape",
    lambda: [TensorSpec(np.dtype("float32"), (-1, 3)).shape, str(TensorSpec(np.dtype("float32"), [-1, 3]).type)],
)
fact("mixed", lambda: Schema([ColSpec("string", "x"), TensorSpec(np.dtype("float32"), (-1,))]))
fact("named and not", lambda: Schema([ColSpec("string", "x"), ColSpec("string")]))
fact("no inputs", lambda: Schema([]))
fact("two names", lambda: Schema([ColSpec("string", "x"), ColSpec("long", "x")]))
fact("bad type", lambda: ColSpec("text", "x"))
fact("DataType", lambda: [t.name for t in DataType])
fact(
    "DataType to",
    lambda: [
        str(DataType.long.to_numpy()),
        str(DataType.string.to_pandas()),
        DataType.double.to_python(),
        str(DataType["integer"]),
    ],
)
fact("DataType values", lambda: [t.value for t in DataType])
fact("Array", lambda: [repr(Array(DataType.string)), Array(Array("long")).to_dict()])
fact(
    "Object",
    lambda: [
        repr(Object([Property("a", DataType.string), Property("b", Array("long"), required=False)])),
        Object([Property("a", "string")]).to_dict(),
    ],
)
fact("Map", lambda: [repr(Map(DataType.long)), Map("long").to_dict()])
fact("ColSpec array", lambda: ColSpec(Array(DataType.string), "x").to_dict())
fact("Schema from json", lambda: Schema.from_json(schema.to_json()) == schema)
fact(
    "ParamSpec",
    lambda: [
        repr(ParamSpec("a", "long", 1)),
        ParamSpec("a", DataType.double, 1.5).to_dict(),
        ParamSpec("l", "long", [1], (-1,)).to_dict(),
    ],
)
fact("ParamSpec bad", lambda: ParamSpec("a", "long", "x"))
fact("ParamSpec shape", lambda: ParamSpec("a", "long", 1, (-1,)))
fact(
    "ParamSchema",
    lambda: [
        repr(ParamSchema([ParamSpec("a", "long", 1)])),
        ParamSchema([ParamSpec("a", "long", 1)]).to_dict(),
        ParamSchema([ParamSpec("a", "long", 1)]).params[0].default,
    ],
)
fact("ParamSchema twice", lambda: ParamSchema([ParamSpec("a", "long", 1), ParamSpec("a", "long", 1)]))
fact("empty signature", lambda: ModelSignature())
fact("wrong inputs", lambda: ModelSignature(inputs="x"))
fact("only outputs", lambda: ModelSignature(outputs=Schema([ColSpec("long")])).to_dict())
fact("equal", lambda: [signature == infer_signature(frame, frame["f"], {"k": 1}), signature != infer_signature(frame)])
fact(
    "from_dict",
    lambda: ModelSignature.from_dict(
        {
            "inputs": '[{"type": "long", "name": "a"}]',
            "outputs": '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]',
        }
    ).to_dict(),
)
fact("from_dict empty", lambda: ModelSignature.from_dict({}))
fact("list of dicts", lambda: infer_signature([{"role": "user", "content": "x"}]).inputs.to_dict())
fact("dict of text", lambda: infer_signature({"messages": [{"role": "user", "content": "x"}], "n": 1}).inputs.to_dict())
fact("text", lambda: infer_signature("x", "y").to_dict())
fact("nan column", lambda: infer_signature(pd.DataFrame({"a": [1.0, np.nan]})).inputs.to_dict())
