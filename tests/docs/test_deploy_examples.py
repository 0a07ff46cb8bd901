"""The files of examples/deploy say what is true of the server and its image: addresses, ports, options, the user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.serving import flags
from modelwright.serving.__main__ import main
from modelwright.serving.app import App
from modelwright.serving.images import container, dockerfile
from modelwright.serving.options import Options
from serving.served import NUMBERS, ask, save, serve, sums

FOLDER = Path(__file__).parents[2] / "examples" / "deploy"
AZURE = "https://azuremlschemas.azureedge.net/latest/"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The server, as it is in an image: of one model."""
    root = tmp_path_factory.mktemp("models") / "credit"
    save(root, sums(), NUMBERS)
    found = serve(root)
    yield found
    found.close()


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text("utf-8")))


def options(arguments: list[str], environ: dict[str, str]) -> Options:
    """What a container of ours makes of its arguments."""
    line = container.arguments(arguments, {**environ, "AZUREML_MODEL_DIR": ""})
    given = main.make_context("container", line).params
    own = {key: value for key, value in given.items() if key not in ("models", "store", "version_of")}
    return flags.options((), own)


def test_there_is_one_for_each_platform() -> None:
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.*")}
    assert found == {"kubernetes.yaml", "kserve.yaml", "azure/endpoint.yml", "azure/deployment.yml", "sagemaker.md"}


def test_kubernetes(app: App) -> None:
    deployment, service = documents("kubernetes.yaml")
    pod = deployment["spec"]["template"]
    (model,) = pod["spec"]["containers"]
    (port,) = model["ports"]
    assert port["containerPort"] == dockerfile.PORT == container.port({})
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = model[probe]["httpGet"]
        assert asked["port"] == port["name"]
        assert ask(app, asked["path"]).status == 200
    notes = pod["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == str(port["containerPort"])
    assert ask(app, notes["prometheus.io/path"]).body.startswith(b"# HELP")
    assert pod["spec"]["securityContext"]["runAsUser"] == dockerfile.USER
    given = options(["credit=/opt/ml/model", *model["args"]], {})
    pause = int(model["lifecycle"]["preStop"]["exec"]["command"][1])
    assert given.workers == 2
    assert pod["spec"]["terminationGracePeriodSeconds"] > given.grace + pause
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == pod["metadata"]["labels"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]


def test_kserve(app: App) -> None:
    runtime, service = documents("kserve.yaml")
    (model,) = runtime["spec"]["containers"]
    environ = {entry["name"]: entry["value"] for entry in model["env"]}
    ports = [entry["containerPort"] for entry in model["ports"]]
    assert ports == [container.port(environ)]
    for probe in ("readinessProbe", "livenessProbe"):
        asked = model[probe]["httpGet"]
        assert [asked["port"]] == ports
        assert ask(app, asked["path"]).status == 200
    name = service["metadata"]["name"]
    arguments = [text.replace("{{.Name}}", name) for text in model["args"]]
    assert container.arguments(arguments, environ)[0] == "credit=/mnt/models"
    assert options(arguments, environ).host == "0.0.0.0"
    wanted = service["spec"]["predictor"]["model"]
    assert wanted["runtime"] == runtime["metadata"]["name"]
    assert wanted["protocolVersion"] in runtime["spec"]["protocolVersions"]
    assert wanted["modelFormat"] in runtime["spec"]["supportedModelFormats"]
    assert model["securityContext"]["runAsUser"] == dockerfile.USER
    assert ask(app, f"/v2/models/{name}/ready").json == {"name": name, "ready": True}


def test_azure(app: App) -> None:
    (endpoint,), (deployment,) = documents("azure/endpoint.yml"), documents("azure/deployment.yml")
    assert endpoint["$schema"] == f"{AZURE}managedOnlineEndpoint.schema.json"
    assert deployment["$schema"] == f"{AZURE}managedOnlineDeployment.schema.json"
    assert deployment["endpoint_name"] == endpoint["name"]
    routes = deployment["environment"]["inference_config"]
    port = container.port(deployment["environment_variables"])
    assert {route["port"] for route in routes.values()} == {port}
    assert ask(app, routes["liveness_route"]["path"]).body == b"Healthy"
    assert ask(app, routes["readiness_route"]["path"]).status == 200
    names = [spec.name for spec in NUMBERS.inputs.inputs]
    rows = {"input_data": {"columns": names, "data": [[1.5, 1]]}}
    scored = ask(app, routes["scoring_route"]["path"], rows)
    assert (scored.status, scored.json) == (200, [2.5])
    assert ask(app, "/swagger.json").json["paths"].keys() >= {routes["scoring_route"]["path"]}


def test_sagemaker(app: App) -> None:
    said = (FOLDER / "sagemaker.md").read_text("utf-8")
    assert f"listens on {container.port({})}" in said
    assert container.port({"SAGEMAKER_BIND_TO_PORT": "9000"}) == 9000
    assert str(container.BUILT_IN) in said
    assert ask(app, "/ping").status == 200
    assert ask(app, "/invocations", b"{}").status == 400  # there, and refuses what it cannot read
