"""Scores that reach a model's run after it has ended."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from ..tracking.client import MlflowClient
from ..tracking.entities import DatasetInput, InputTag, Metric
from .data import described
from .memory import ByIdentity

CONTEXT = "mlflow.data.context"


class RunScores:
    """What is known of the scores of one run: which data came under which name, and the calls so far."""

    def __init__(self, client: MlflowClient, run_id: str, log_datasets: bool) -> None:
        self.client, self.run_id, self._log_datasets = client, run_id, log_datasets
        self._named: ByIdentity[str] = ByIdentity()
        self._uses: dict[str, int] = {}
        self._calls: dict[str, Any] = {}  # how each score came about: the text of a call, or a description
        self._times: dict[str, int] = {}
        self._recorded: ByIdentity[bool] = ByIdentity()
        self._lock = threading.Lock()

    def dataset(self, data: Any, variable: str) -> str:
        with self._lock:
            known = self._named.get(data)
            if known is not None and known.partition("-")[0] == variable:
                return known
            uses = self._uses.get(variable, 0) + 1
            name = variable if uses == 1 else f"{variable}-{uses}"
            if self._named.put(data, name):
                self._uses[variable] = uses
            return name

    def add(self, metric: str, value: float, dataset: str, call: Any, data: Any) -> None:
        """One more score: `accuracy_score_X_test`, `accuracy_score-2_X_test`, …, and the table of calls."""
        with self._lock:
            times = self._times[metric] = self._times.get(metric, 0) + 1
            key = f"{metric if times == 1 else f'{metric}-{times}'}_{dataset}"
            self._calls[key] = call
            calls = dict(sorted(self._calls.items()))
        point = Metric(key, value, time.time_ns() // 1_000_000, 0)
        self.client.log_batch(self.run_id, metrics=[point], synchronous=True)
        self.client.log_text(self.run_id, json.dumps(calls, indent=2), "metric_info.json")
        if self._log_datasets and data is not None and not self._recorded.get(data):
            self._recorded.put(data, True)
            record = described(data, name=dataset)._to_mlflow_entity()
            self.client.log_inputs(self.run_id, [DatasetInput(record, [InputTag(CONTEXT, "eval")])])
