"""One served model under many requests at once: each gets its own answer, by whichever way it goes."""

from __future__ import annotations

import asyncio
import logging

import numpy as np
import pandas as pd
import pytest

from modelwright.core.errors import UntrustedModel
from modelwright.models.load import flavor, load_pyfunc
from modelwright.models.python_model import PythonModel
from modelwright.models.save import save_model
from modelwright.serving.endpoint import Endpoint
from modelwright.serving.options import Options, Source
from serving.served import NUMBERS, ask, asked, columns, save, serve, sums

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(200, 4)), columns=list("abcd"))


@pytest.fixture(scope="module")
def forest(tmp_path_factory):
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(10, random_state=0, n_jobs=1).fit(X, X["a"] * 2 + X["b"])
    path = tmp_path_factory.mktemp("models") / "forest"
    save_model(flavor("sklearn"), model, path, input_example=X.head(3), pip_requirements=[], verify=False)
    return path


def rows(indices):
    return {"columns": list(X), "data": X.iloc[indices].to_numpy().tolist()}


def bodies(indices):
    """The same rows in ways that are compiled, that are not, and by another protocol."""
    split = rows(indices)
    shape = [len(indices), 4]
    tensor = {"name": "all", "shape": shape, "datatype": "FP64", "data": X.iloc[indices].to_numpy().ravel().tolist()}
    yield "/invocations", {"dataframe_split": split}, lambda answer: answer.predictions
    yield "/score", {"input_data": {**split, "index": list(range(len(indices)))}}, lambda answer: answer.json
    yield "/invocations", {"dataframe_split": split, "params": {}}, lambda answer: answer.predictions
    yield "/v2/models/forest/infer", {"inputs": [tensor]}, lambda answer: answer.json["outputs"][0]["data"]


@pytest.mark.parametrize("batching", ["auto", "on", "off"])
def test_many_requests_at_once(forest, batching):
    app = serve(forest, batching=batching, max_batch=8)
    right = load_pyfunc(forest, trust=True).predict(X)

    async def scene():
        sent = []
        for first in range(40):
            indices = list(range(first, first + 1 + first % 3))
            sent += [(asked(app, path, body), read, right[indices]) for path, body, read in bodies(indices)]
        bad = [
            asked(app, "/invocations", {"dataframe_split": {**rows([1]), "columns": list("abcx")}}) for _ in range(5)
        ]
        answers = await asyncio.gather(*(one for one, _, _ in sent), *bad)
        for answer, (_, read, expected) in zip(answers, sent, strict=False):
            assert read(answer) == pytest.approx(expected.tolist())
        assert {answer.status for answer in answers[-5:]} == {400}

    asyncio.run(scene())
    calls = ask(app, "/metrics").body.decode().partition("modelwright_call_rows_sum ")[2].split()[0]
    assert float(calls) > 0
    app.close()


def test_bodies_that_are_read_beside_the_loop(forest):
    app = serve(forest)
    many = pd.concat([X] * 60, ignore_index=True)
    right = load_pyfunc(forest, trust=True).predict(many).tolist()
    split = {"columns": list(many), "data": many.to_numpy().tolist()}
    for body, content in (
        ({"dataframe_split": split}, "application/json"),
        ({"dataframe_records": many.to_dict("records")}, "application/json"),
        ({"dataframe_split": {**split, "index": list(range(len(many)))}}, "application/json"),
        (many.to_csv(index=False).encode(), "text/csv"),
    ):
        assert ask(app, "/invocations", body, content).predictions == pytest.approx(right)
    split["data"][-1][0] = "x"
    refused = ask(app, "/invocations", {"dataframe_split": split})
    assert (refused.status, "column 'a' must be double" in refused.json["message"]) == (400, True)
    assert ask(app, "/invocations", b"[" * 2**20).status == 400
    app.close()


def test_a_model_whose_stored_example_fails_is_served_nevertheless(tmp_path, caplog):
    class Picky(PythonModel):
        def predict(self, context, model_input):
            if (model_input["x"] < 10).any():
                raise ValueError("too small")
            return model_input["x"]

    path = save(tmp_path / "m", Picky(), columns(("x", "double")), input_example=pd.DataFrame({"x": [1.0]}))
    app = serve(path)
    assert "the stored example cannot be predicted: ValueError" in caplog.text
    assert ask(app, "/invocations", {"inputs": {"x": [11]}}).predictions == [11.0]
    assert ask(app, "/ping").status == 200


def test_columns_that_the_signature_does_not_name(tmp_path):
    path = save(tmp_path / "m", sums(), NUMBERS)
    body = {"dataframe_records": [{"x": 0.5, "n": 1, "extra": "z"}]}
    assert ask(serve(path), "/invocations", body).predictions == [1.5]
    refused = ask(serve(path, extra_columns="error"), "/invocations", body)
    assert (refused.status, "'extra' is not in the signature" in refused.json["message"]) == (400, True)


def test_models_of_strangers_are_not_loaded_without_trust(tmp_path):
    path = save(tmp_path / "m", sums(), NUMBERS)
    (path / "manifest.json").unlink()
    source = Source("m", path)
    with pytest.raises(UntrustedModel):
        Endpoint(source, Options((source,)))
    Endpoint(source, Options((source,), trust=True)).close()


def test_what_a_signature_says_of_columns_and_params(forest, tmp_path):
    (endpoint,) = serve(forest).endpoints.values()
    assert endpoint.columns == list("abcd")
    assert endpoint.params == set()
    assert endpoint.rows(np.ones((0, 4))) is None
    assert endpoint.rows(np.ones((2, 3))) is None
    assert endpoint.rows(np.ones((2, 4))).shape == (2, 4)
    assert not endpoint.busy
    assert not endpoint.stuck


def test_a_stuck_model_makes_its_server_unready(tmp_path, monkeypatch):
    app = serve(save(tmp_path / "m", sums(), NUMBERS))
    monkeypatch.setattr(Endpoint, "stuck", property(lambda self: True))
    for path in ("/ping", "/health", "/v2/health/ready", "/v2/models/m/ready"):
        answer = ask(app, path)
        assert (answer.status, "at work on one request" in answer.json["message"]) == (503, True)
    for path in ("/", "/v2/health/live", "/version"):
        assert ask(app, path).status == 200


def test_a_redacting_server_logs_no_traceback(tmp_path, caplog):
    class Fails(PythonModel):
        def predict(self, context, model_input):
            raise ValueError(model_input["t"][0])

    path = save(tmp_path / "m", Fails(), columns(("t", "string")))
    caplog.set_level(logging.DEBUG)
    for redact in (True, False):
        caplog.clear()
        said = ask(serve(path, redact=redact), "/invocations", {"inputs": {"t": ["secret"]}}).json["message"]
        assert ("secret" in said) is ("secret" in caplog.text) is (not redact)
