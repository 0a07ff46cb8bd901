"""`modelwright models build`, `generate-dockerfile` and `build-docker`: container images that serve a model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..api import images
from ..serving.environments.kept import remove
from ..serving.images import build as image
from ..serving.images.context import Choices
from . import model_options, show, store

_SMOKE = click.option(
    "--smoke-test/--no-smoke-test", default=True, show_default=True,
    help="Build the environment here, start the server in it, and send it the stored example.",
)  # fmt: skip
_mlflows_options = model_options.together(
    model_options.installer,
    model_options.install_mlflow,
    click.option("--base-image", help="The image to build on. Default: the slim one of the model's Python."),
    click.option("--enable-mlserver", is_flag=True, help="Has no effect: the V2 protocol is always spoken."),
    click.option("--install-java", type=bool, help="Whether to put Java in. Default: for Spark and H2O."),
    click.option("--mlflow-home", help="Has no effect: what serves the model is this package."),
)


@click.command("build")
@click.argument("uri")
@click.argument("directory", metavar="IMAGE_DIR", type=click.Path(path_type=Path))
@click.option("--base-image", help="The image to build on. Default: the slim one of the model's Python.")
@model_options.installer
@_SMOKE
@model_options.trust
@show.json_option
def build(uri: str, directory: Path, as_json: bool, **given: Any) -> None:
    """Write the build context of a container image that serves the model into IMAGE_DIR.

    It needs no container engine, and the model is tried first as the image will run it.
    """
    _tell(_written(uri, directory, **given), as_json)


@click.command("generate-dockerfile")
@model_options.model
@click.option(
    "-d", "--output-directory", "directory", type=click.Path(path_type=Path), default=Path("mlflow-dockerfile"),
    show_default=True, help="The directory to write.",
)  # fmt: skip
@_mlflows_options
@model_options.trust
@show.json_option
def generate(uri: str, directory: Path, as_json: bool, **given: Any) -> None:
    """Write a Dockerfile and all that it copies, as `build` does but without trying it."""
    _tell(_written(uri, directory, smoke_test=False, **given), as_json)


@click.command("build-docker")
@model_options.model
@click.option("-n", "--name", default="mlflow-pyfunc-servable", show_default=True, help="The image's name.")
@_mlflows_options
@model_options.trust
@show.json_option
def docker(uri: str, name: str, as_json: bool, **given: Any) -> None:
    """Build an image that serves the model, with Docker or Podman."""
    with image.scratch() as folder:
        written = _written(uri, folder, smoke_test=False, **given)
    image.build(folder, name)
    remove(folder)
    if as_json:
        show.as_json({**_facts(written), "path": None, "image": name})
    else:
        click.echo(f"Built {name}; run it with: docker run -p 8080:8080 {name}")


def _written(
    uri: str,
    directory: Path,
    *,
    smoke_test: bool,
    trust: bool,
    env_manager: str | None,
    base_image: str | None,
    install_java: bool | None = None,
    install_mlflow: bool = False,
    **_without_effect: Any,
) -> image.Image:
    store.needed_by(uri)
    choices = Choices(env_manager, install_java, install_mlflow, base_image)
    with show.progress() as bar:
        bar.add_task(f"Packing {uri}")
        return images.write(uri, directory, choices, smoke_test=smoke_test, trust=trust or None)


def _facts(written: image.Image) -> dict[str, Any]:
    return {**asdict(written), "path": str(written.path), "requirements": list(written.requirements)}


def _tell(written: image.Image, as_json: bool) -> None:
    if as_json:
        show.as_json(_facts(written))
        return
    show.pairs(
        {
            "written": f"{written.path}",
            "base": written.base,
            "packages": len(written.requirements),
            "Java": "yes" if written.java else None,
            "conda": "yes" if written.conda else None,
            "tried": written.trial or "no",
        }
    )
    click.echo(f"\nBuild it with: docker build -t NAME {written.path}")
