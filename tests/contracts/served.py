"""A served model of any flavor: each form of request that suits its signature gets what `predict` gives."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from modelwright.models.datatypes import DataType
from modelwright.models.predictions import plain
from modelwright.serving.documents import sample, v2_schemas
from serving.served import ask, serve


def answers_in_every_form(path: Path, example: Any) -> None:
    """Serve the model in a directory, and hold what it answers against what it predicts.

    Args:
        path: A model that was saved with `example`.
        example: Data for it.
    """
    app = serve(path)
    (endpoint,) = app.endpoints.values()
    expected = plain(endpoint.model.predict(endpoint.model.input_example))
    found = sample.of(endpoint.described())
    assert found.origin == "example"
    for form, body in found.bodies.items():
        if form:  # else a bare record, which stands for a whole request with models of chat only
            near(ask(app, "/invocations", body).predictions, expected)
            near(ask(app, "/score", body).json, expected)
    inputs = endpoint.signature.inputs if endpoint.signature is not None else None
    for kind, data in tables(example, inputs):
        near(ask(app, "/invocations", data, kind).predictions, expected)
    if (body := v2_schemas.example(inputs, found)) is not None:
        near(tensors(ask(app, f"/v2/models/{endpoint.name}/infer", body)), expected)
    app.close()


def tables(example: Any, schema: Any):
    """The example as files, where it is a frame of scalars."""
    if not hasattr(example, "columns") or schema is None or schema.is_tensor_spec():
        return
    if not all(isinstance(kind, DataType) for kind in schema.input_types()) or example.index.nlevels > 1:
        return
    yield "text/csv", example.to_csv(index=False).encode()
    table, stream, file = pa.Table.from_pandas(example, preserve_index=False), io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    yield "application/vnd.apache.arrow.stream", stream.getvalue()
    pyarrow.parquet.write_table(table, file)
    yield "application/vnd.apache.parquet", file.getvalue()


def tensors(answer: Any) -> Any:
    """The values of an answer of the Open Inference Protocol, as MLflow's answer would have them."""
    assert answer.status == 200, answer.body
    columns = {}
    for one in answer.json["outputs"]:
        values = one["data"]
        if one.get("parameters", {}).get("content_type") == "application/json":
            values = [json.loads(value) for value in values]
        cells = np.empty(len(values), dtype=object)
        for place, value in enumerate(values):  # one by one: a value may be a list
            cells[place] = value
        columns[one["name"]] = cells.reshape(one["shape"]).tolist()
    return columns


def near(found: Any, expected: Any) -> None:
    """Equal, but for the last digits of floats."""
    left, right = flat(found), flat(expected)
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        assert one == other or one == pytest.approx(other, rel=1e-5, abs=1e-6)


def flat(value: Any) -> list[Any]:
    """The values inside lists and objects, by column, so that rows and columns of them are alike."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        value = {name: [row[name] for row in value] for name in value[0]}
    if isinstance(value, dict):
        return [one for item in value.values() for one in flat(item)]
    return [one for item in value for one in flat(item)] if isinstance(value, list) else [value]
