"""What can be searched: per resource its attributes, and which of metrics, params, tags and datasets it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

KINDS = {
    **dict.fromkeys(("attribute", "attributes", "attr", "run"), "attribute"),
    **dict.fromkeys(("metric", "metrics"), "metric"),
    **dict.fromkeys(("param", "params", "parameter", "parameters"), "param"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    **dict.fromkeys(("dataset", "datasets"), "dataset"),
}


class Scope(NamedTuple):
    noun: str
    kinds: frozenset[str]
    texts: frozenset[str]
    numbers: frozenset[str]
    aliases: Mapping[str, str] = {}

    @property
    def fields(self) -> str:
        """The closed sets, for an error."""
        kinds = "".join(f", {kind}s.<key>" for kind in sorted(self.kinds))
        return f"expected one of {', '.join(sorted(self.texts | self.numbers))}{kinds}"

    @property
    def example(self) -> str:
        return "metrics.accuracy or tags.team" if "metric" in self.kinds else "name or tags.team"


RUNS = Scope(
    "runs",
    frozenset({"metric", "param", "tag", "dataset"}),
    texts=frozenset({"run_id", "run_name", "status", "user_id", "artifact_uri", "experiment_id"}),
    numbers=frozenset({"start_time", "end_time"}),
    aliases={
        **dict.fromkeys(("created", "Created"), "start_time"),
        **dict.fromkeys(("run name", "Run name", "Run Name"), "run_name"),
        "run_uuid": "run_id",
    },
)
EXPERIMENTS = Scope(
    "experiments",
    frozenset({"tag"}),
    texts=frozenset({"name", "experiment_id"}),
    numbers=frozenset({"creation_time", "last_update_time"}),
)
MODELS = Scope(
    "registered models",
    frozenset({"tag"}),
    texts=frozenset({"name", "description"}),
    numbers=frozenset({"creation_timestamp", "last_updated_timestamp"}),
    aliases={"timestamp": "last_updated_timestamp"},
)
VERSIONS = Scope(
    "model versions",
    frozenset({"tag"}),
    texts=frozenset({"name", "run_id", "source_path", "current_stage", "status", "user_id", "description", "model_id"}),
    numbers=frozenset({"version_number", "creation_timestamp", "last_updated_timestamp"}),
    aliases={"source": "source_path", "stage": "current_stage", "version": "version_number"},
)
LOGGED_MODELS = Scope(
    "logged models",
    frozenset({"metric", "param", "tag"}),
    texts=frozenset({"name", "model_id", "model_type", "status", "source_run_id", "experiment_id"}),
    numbers=frozenset({"creation_timestamp", "last_updated_timestamp"}),
    aliases={
        **dict.fromkeys(("creation_time", "creation_timestamp_ms"), "creation_timestamp"),
        **dict.fromkeys(("last_updated_time", "last_updated_timestamp_ms"), "last_updated_timestamp"),
        "run_id": "source_run_id",
    },
)
