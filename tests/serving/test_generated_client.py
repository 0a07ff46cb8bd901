"""A client generated from /openapi.json: it sends every form to a real server and understands the answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from serving import tried
from serving.running import Server, running
from serving.tried import BIG, DIABETES, FOREST, HOSTILE

pytest.importorskip("openapi_python_client")
FORMS = {
    "dataframe_split": "DataframeSplit",
    "dataframe_records": "DataframeRecords",
    "instances": "Instances",
    "inputs": "Inputs",
    "input_data": "ServiceInput",
}
PACKAGE = "generated_client_of_tests"


class Client:
    """The generated package, and what it was generated from."""

    def __init__(self, server: Server, document: dict[str, Any]) -> None:
        self.document = document
        self.client = self.part("client").Client(base_url=server.url)

    def part(self, name: str) -> Any:
        return import_module(f"{PACKAGE}.{name}")

    def call(self, model: str, operation: str, body: Any) -> Any:
        answer = self.part(f"api.{model}.{operation}_{model}").sync_detailed(client=self.client, body=body)
        assert answer.status_code == 200, answer.content
        return answer.parsed

    def example(self, model: str, form: str) -> Any:
        """The document's example as the client's own class."""
        content = self.document["components"]["requestBodies"][f"{model}.Request"]["content"]["application/json"]
        kind = getattr(self.part("models"), model.capitalize() + FORMS[form])
        return kind.from_dict(content["examples"][form]["value"])


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    root = tmp_path_factory.mktemp("generated")
    models = [make(root / make.__name__) for make in (tried.progression, tried.echo, tried.tensors)]
    with running(*models, log=root / "log") as server:
        document = server.client.get("/openapi.json").json()
        (root / "openapi.json").write_text(json.dumps(document))
        (root / "config.yml").write_text("post_hooks: []\n")
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
        given = {"path": root / "openapi.json", "config": root / "config.yml", "output-path": root / PACKAGE}
        done = subprocess.run(
            [*command, *(f"--{name}={path}" for name, path in given.items())],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Generating" in done.stdout
        sys.path.insert(0, str(root))
        try:
            found = Client(server, document)
            with found.client:
                yield found
        finally:
            sys.path.remove(str(root))
            for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
                del sys.modules[name]


@pytest.mark.parametrize("form", FORMS)
def test_numbers_in_every_form(generated: Client, form: str) -> None:
    answer = generated.call("progression", "invoke", generated.example("progression", form))
    assert answer.predictions == FOREST.predict(DIABETES[0].head(2)).tolist()


@pytest.mark.parametrize("form", FORMS)
def test_values_of_all_types_in_every_form(generated: Client, form: str) -> None:
    (row,) = generated.call("echo", "invoke", generated.example("echo", form)).predictions
    assert (row.who, row.n, row.ok, row.tags, row.note) == (HOSTILE, BIG, True, ["x"], None)


def test_a_request_of_ones_own(generated: Client) -> None:
    models = generated.part("models")
    row = dict(DIABETES[0].iloc[7])
    body = models.ProgressionDataframeRecords(dataframe_records=[models.ProgressionRecord.from_dict(row)])
    answer = generated.call("progression", "invoke", body)
    assert answer.predictions == FOREST.predict(DIABETES[0].iloc[[7]]).tolist()


def test_tensors(generated: Client) -> None:
    models = generated.part("models")
    inputs = models.TensorsInputsInputs(a=[[1.0, 2.0]], b=[3])
    answer = generated.call("tensors", "invoke", models.TensorsInputs(inputs=inputs))
    assert answer.predictions.to_dict() == {"a": [[1.0, 2.0]], "b": [3]}


def test_azures_address_and_the_open_inference_protocol(generated: Client) -> None:
    right = FOREST.predict(DIABETES[0].head(2)).tolist()
    assert generated.call("progression", "score", generated.example("progression", "input_data")) == right
    operation = generated.document["paths"]["/v2/models/progression/infer"]["post"]
    body = generated.part("models").V2Request.from_dict(
        operation["requestBody"]["content"]["application/json"]["example"]
    )
    (output,) = generated.call("progression", "v2_infer", body).outputs
    assert output.data == right


def test_a_refusal_is_understood(generated: Client) -> None:
    models = generated.part("models")
    body = models.ProgressionDataframeRecords(dataframe_records=[])
    body.dataframe_records = [models.ProgressionRecord.from_dict({**dict(DIABETES[0].iloc[0]), "age": "old"})]
    module = generated.part("api.progression.invoke_progression")
    refused = module.sync_detailed(client=generated.client, body=body)
    assert refused.status_code == 400
    assert isinstance(refused.parsed, models.ErrorResponse)
    assert "'age'" in refused.parsed.message
