"""Scoring requests without a server: what `mlflow.models.predict` and `validate_serving_input` do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument
from ..models import predictions, serving_input
from ..serving.environments import elsewhere
from ..serving.environments import python as environments
from ..tracking import resolve
from . import python_models
from .models import convert_input_example_to_serving_input

_KINDS = {"json": "application/json", "csv": "text/csv"}


def predict(
    model_uri: str,
    input_data: Any = None,
    input_path: str | None = None,
    content_type: str = "json",
    output_path: str | None = None,
    env_manager: str = "local",
    install_mlflow: bool = False,
    pip_requirements_override: list[str] | None = None,
    *,
    extra_envs: Mapping[str, str] | None = None,
    trust: bool | None = None,
) -> None:
    """Predict as a scoring server would, and print the answer or write it to a file.

    Args:
        model_uri: As in `get_model_info`.
        input_data: The request body as text, or data, which is turned into one.
        input_path: A file with the request body instead.
        content_type: "json" or "csv".
        output_path: A file for the answer, `{"predictions": …}`; printed if not given.
        env_manager: "local", this environment; "uv" (or "virtualenv") or "conda", the one that the model records,
            which is built on first use.
        install_mlflow: Whether to install MLflow too, as the model records it; not with "local".
        pip_requirements_override: Requirements that take the place of recorded ones; not with "local".
        extra_envs: Environment variables to set where the model runs.
        trust: True to allow code from the model to run, False to refuse it; None leaves it to MODELWRIGHT_TRUST.

    Raises:
        InvalidArgument: No such environment, both inputs or none, or a body that cannot be read.
        SchemaMismatch: The data does not fit the model's signature.
        BrokenEnvironment: The model's environment cannot be built; the message names the requirement.
    """
    if (input_data is None) == (input_path is None):
        raise InvalidArgument("Pass input_data or input_path, one of the two")
    if input_path is not None:
        body: Any = Path(input_path).read_text("utf-8")
    else:
        body = input_data if isinstance(input_data, str) else _body(input_data, content_type)
    text = answer(
        model_uri,
        body,
        content_type,
        env_manager=env_manager,
        install_mlflow=install_mlflow,
        override=pip_requirements_override or (),
        variables=extra_envs,
        trust=trust,
    )
    if output_path is None:
        print(text)
    else:
        Path(output_path).write_text(text, "utf-8")


def _body(data: Any, content_type: str) -> str:
    if content_type == "csv" and hasattr(data, "to_csv"):
        return str(data.to_csv(index=False))
    return convert_input_example_to_serving_input(data) or ""


def answer(
    model_uri: str,
    body: str | bytes,
    content_type: str = "json",
    *,
    env_manager: str = "local",
    install_mlflow: bool = False,
    override: Iterable[str] = (),
    variables: Mapping[str, str] | None = None,
    trust: bool | None = None,
) -> str:
    """What a scoring server would answer to a request body, as JSON text; the arguments are those of `predict`."""
    kind = _kind(content_type)
    if environments.MANAGERS.get(env_manager) == "local" and not tuple(override):
        os.environ.update(variables or {})
        return predictions.to_json(score(model_uri, body, content_type, trust=trust))
    found = resolve.local_path(model_uri)
    python = environments.python_of(
        found.path, env_manager, origin=found.origin, trust=trust, override=override, install_mlflow=install_mlflow
    )
    sent = body.encode() if isinstance(body, str) else body
    return elsewhere.predict(python, found.path, sent, kind, origin=found.origin, trust=trust, variables=variables)


def score(model_uri: str, body: str | bytes, content_type: str = "json", *, trust: bool | None = None) -> Any:
    """The predictions for a request body, as the model returns them."""
    kind = _KINDS[_kind(content_type)]
    model = python_models.load_model(model_uri, trust=trust)
    data, params = serving_input.parse(body, kind, model.metadata.signature)
    return model.predict(data, params)


def _kind(content_type: str) -> str:
    """ "json" or "csv", of that or of the media type."""
    for kind, media in _KINDS.items():
        if content_type in (kind, media):
            return kind
    raise InvalidArgument(f"content_type must be 'json' or 'csv', got {content_type!r}")


def validate_serving_input(model_uri: str, serving_input: str | dict[str, Any]) -> Any:
    """The predictions for a request body; proof that a scoring server would accept it.

    Args:
        model_uri: As in `get_model_info`.
        serving_input: The request body, as JSON text or the dictionary it stands for.

    Raises:
        InvalidArgument: The body cannot be read.
        SchemaMismatch: The data does not fit the model's signature.
    """
    return score(model_uri, serving_input if isinstance(serving_input, str) else json.dumps(serving_input))
