"""What other libraries' loggers and plugins take from below `mlflow.tracking`: a run's tags, artifact addresses."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..api import artifacts
from ..tracking import provenance
from ..tracking.client import MlflowClient


def resolve_tags(tags: Mapping[str, str] | None = None, ignore: object = None) -> dict[str, str]:
    """The tags that a run made here gets: user, source, commit, and `tags`, which win."""
    return {**provenance.run_tags(), **(tags or {})}


def get_artifact_uri(run_id: str, artifact_path: str | None = None, tracking_uri: str | None = None) -> str:
    """Where a run's artifacts lie, or one of them."""
    root = MlflowClient(tracking_uri).get_run(run_id).info.artifact_uri
    return f"{root}/{artifact_path}" if artifact_path else str(root)


def _download_artifact_from_uri(artifact_uri: str, output_path: str | os.PathLike[str] | None = None) -> str:
    """`mlflow.artifacts.download_artifacts`, by the name plugins know."""
    return str(artifacts.download_artifacts(artifact_uri, dst_path=output_path))
