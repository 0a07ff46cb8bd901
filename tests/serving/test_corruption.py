"""Values that stock MLflow's server changes on the way in or out: ours keeps them, or says that it cannot."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest

from modelwright.models.python_model import PythonModel
from serving.served import ask, columns, save, sees, serve

KINDS = ("integer", "long", "float", "double", "boolean", "string", "datetime")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    models = [save(folder / kind, sees(), columns(("v", kind))) for kind in KINDS]
    # one column of numbers takes the compiled way, a text beside it the general one
    models += [save(folder / f"{kind}-general", sees(), columns(("v", kind), ("t", "string", False))) for kind in KINDS]
    return serve(*models, save(folder / "gaps", gaps()))


def gaps() -> PythonModel:
    class Gaps(PythonModel):
        def predict(self, context, model_input):
            import pandas
            from numpy import inf, nan

            whole = pandas.array([1, None], dtype="Int64")
            times = pandas.to_datetime(["2024-01-31", None])
            return pandas.DataFrame({"f": [nan, -inf], "t": times, "n": whole, "s": ["a", None]})

    return Gaps()


def bodies(value):
    """One value in every form of JSON."""
    yield {"dataframe_split": {"columns": ["v"], "data": [[value]]}}
    yield {"dataframe_records": [{"v": value}]}
    yield {"instances": [{"v": value}]}
    yield {"inputs": {"v": [value]}}
    yield {"input_data": {"columns": ["v"], "data": [[value]]}}


def answered(app, kind, value):
    for model in (kind, f"{kind}-general"):
        for body in bodies(value):
            for address in ("invocations", "score"):
                yield ask(app, f"/models/{model}/{address}", body)
    if kind not in ("string", "datetime") and not isinstance(value, str):
        datatype = "INT64" if type(value) is int and value < 2**63 else "FP64"
        tensor = {"name": "v", "datatype": datatype, "shape": [1], "data": [value]}
        yield ask(app, f"/v2/models/{kind}/infer", {"inputs": [tensor]})
    if not isinstance(value, str) and not (type(value) is int and value >= 2**63):
        yield ask(app, f"/models/{kind}/invocations", arrow(value), "application/vnd.apache.arrow.stream")


def arrow(value):
    out, table = io.BytesIO(), pa.table({"v": [value]})
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("integer", 2.9, "whole numbers in range"),
        ("integer", 2**33 + 1, "whole numbers in range"),
        ("integer", -(2**31) - 1, "whole numbers in range"),
        ("integer", "x", "'v' must be integer"),
        ("long", 0.5, "whole numbers in range"),
        ("long", 2**63, "whole numbers in range"),
        ("long", None, "missing values"),
        ("double", 2**53 + 1, "kept exactly"),
        ("float", 1e300, "kept exactly"),
        ("float", 2**24 + 1, "kept exactly"),
        ("boolean", "false", "boolean"),
        ("boolean", 2, "true and false"),
        ("boolean", None, "missing values"),
        ("string", 1, "string"),
        ("datetime", "yesterday", "ISO 8601"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(app, kind, value, said):
    found = list(answered(app, kind, value))
    assert {answer.status for answer in found} == {400}
    for answer in found[:20]:
        assert said in answer.json["message"], answer.json
        assert "'v'" in answer.json["message"]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", 2.0, 2),
        ("integer", 2**31 - 1, 2**31 - 1),
        ("long", 2**53 + 1, 2**53 + 1),
        ("long", 2**63 - 1, 2**63 - 1),
        ("double", 2**53, 2.0**53),
        ("double", 1e300, 1e300),
        ("double", None, None),
        ("float", 0.1, 0.10000000149011612),
        ("boolean", False, False),
        ("boolean", 1, True),
        ("string", "NA", "NA"),
        ("string", "", ""),
        ("datetime", "2024-02-29T23:59:59.123456", "2024-02-29T23:59:59.123456"),
    ],
)
def test_a_value_that_fits_reaches_the_model_as_it_is(app, kind, value, expected):
    for model in (kind, f"{kind}-general"):
        for body in bodies(value):
            answer = ask(app, f"/models/{model}/invocations", body).predictions
            assert answer["values"]["v"] == [expected], body


def test_numbers_written_as_texts_are_read_in_frames_as_mlflow_does(app):
    for form, data in (("dataframe_split", {"columns": ["v"], "data": [["7"]]}), ("dataframe_records", [{"v": "7"}])):
        assert ask(app, "/models/long/invocations", {form: data}).predictions["values"]["v"] == [7]


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("integer", "2.9", None),
        ("integer", str(2**33 + 1), None),
        ("boolean", "false", False),
        ("boolean", "True", True),
        ("boolean", "2", None),
        ("long", str(2**53 + 1), 2**53 + 1),
        ("double", str(2**53 + 1), None),
        ("string", "NA", "NA"),
        ("string", "007", "007"),
        ("datetime", "2024-02-29", "2024-02-29T00:00:00"),
    ],
)
def test_cells_of_csv(app, kind, cell, expected):
    answer = ask(app, f"/models/{kind}/invocations", f"v\n{cell}\n".encode(), "text/csv")
    if expected is None:
        assert (answer.status, "'v'" in answer.json["message"]) == (400, True)
    else:
        assert answer.predictions["values"]["v"] == [expected]


def test_what_json_cannot_say_is_null(app):
    wanted = [{"f": None, "t": "2024-01-31T00:00:00", "n": 1, "s": "a"}, {"f": None, "t": None, "n": None, "s": None}]
    assert ask(app, "/models/gaps/invocations", {"inputs": [1]}).predictions == wanted
    assert ask(app, "/models/gaps/score", {"inputs": [1]}).json == wanted


def test_a_request_without_a_content_type_is_told_what_to_send(app):
    for content in (None, ""):
        answer = ask(app, "/models/long/invocations", b'{"inputs": {"v": [1]}}', content)
        assert answer.status == 415
        assert "no Content-Type; send one of application/json, text/csv" in answer.json["message"]
