"""Container images that serve a stored model: what `mlflow.models.build_docker` does."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import InvalidArgument
from ..serving.environments.kept import remove
from ..serving.images import build as image
from ..serving.images.context import Choices
from ..tracking import resolve


def build_docker(
    model_uri: str | None = None,
    name: str = "mlflow-pyfunc",
    env_manager: str | None = None,
    mlflow_home: str | None = None,
    install_java: bool = False,
    install_mlflow: bool = False,
    enable_mlserver: bool = False,
    base_image: str | None = None,
    *,
    trust: bool | None = None,
) -> image.Image:
    """Build a container image that serves a stored model, with Docker or Podman; what it consists of.

    Args:
        model_uri: As in `get_model_info`; it cannot be left out, since an image holds the model's own environment.
        name: The image's name.
        env_manager: "uv" or "conda", by which its packages are installed; when left out, conda only for a model with
            conda packages that pip cannot install.
        mlflow_home: Has no effect: what serves the model is this package.
        install_java: Whether to put Java in also where the model's flavor does not need it.
        install_mlflow: Whether to install MLflow too, as the model records it.
        enable_mlserver: Has no effect: MLServer's V2 protocol is always spoken.
        base_image: The image to build on, with a Python of the model's minor version.
        trust: Whether code of the model may run; None leaves it to MODELWRIGHT_TRUST.

    Raises:
        InvalidArgument: No model is given.
        Unavailable: No container engine answers; the message says where the build context is.
        BrokenEnvironment: The model's environment cannot be built.
    """
    if model_uri is None:
        raise InvalidArgument("model_uri must name a model: an image is built of one model and its own environment")
    choices = Choices(env_manager, install_java or None, install_mlflow, base_image)
    with image.scratch() as folder:
        written = write(model_uri, folder, choices, smoke_test=False, trust=trust)
    image.build(folder, name)
    remove(folder)
    return written


def write(
    model_uri: str, to: Path, choices: Choices, *, smoke_test: bool = True, trust: bool | None = None
) -> image.Image:
    """The build context of an image for a stored model; as `serving.images.build.write`."""
    found = resolve.local_path(model_uri)
    version = (found.version.name, str(found.version.version)) if found.version else None
    return image.write(
        found.path, to, choices, version=version, origin=found.origin, trust=trust, smoke_test=smoke_test
    )
