"""The runs of a store as JSON: `python runs_as_json.py mlflow|modelwright STORE`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any


def runs(client: Any) -> list[dict[str, Any]]:
    """Every run of experiment 0, oldest first."""
    found = client.search_runs(["0"], order_by=["attributes.start_time ASC"])
    return [
        {
            "id": run.info.run_id,
            "status": run.info.status,
            "params": run.data.params,
            "metrics": {name: history(client, run.info.run_id, name) for name in run.data.metrics},
            "tags": run.data.tags,
            "artifacts": sorted(files(client, run.info.run_id)),
            "inputs": [[i.dataset.name, {t.key: t.value for t in i.tags}] for i in run.inputs.dataset_inputs],
        }
        for run in found
    ]


def history(client: Any, run_id: str, name: str) -> list[tuple[int, float]]:
    return sorted((metric.step, metric.value) for metric in client.get_metric_history(run_id, name))


def files(client: Any, run_id: str, path: str | None = None) -> Iterator[str]:
    for entry in client.list_artifacts(run_id, path):
        if entry.is_dir:
            yield from files(client, run_id, entry.path)
        else:
            yield entry.path


if __name__ == "__main__":
    package, store = sys.argv[1:]
    print(json.dumps(runs(import_module(package).MlflowClient(tracking_uri=store))))
