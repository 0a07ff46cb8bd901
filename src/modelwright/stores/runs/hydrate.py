"""Rows of the run table and its side tables → runs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import json

from ...core import uris
from ...wire import messages as m
from ..database.search import among
from ..database.session import Row, Session
from ..root import Root
from .tables import STAGES

COLUMNS = "r.id, r.uuid, r.exp, r.name, r.user_id, r.status, r.started, r.ended, r.stage, e.location"
SOURCE = "run r JOIN experiment e ON e.id = r.exp"
NAN = float("nan")

__all__ = ["COLUMNS", "NAN", "SOURCE", "Row", "info", "runs"]


def info(root: Root, row: Row) -> m.RunInfo:
    _, uuid, exp, name, user, status, started, ended, stage, location, *_ = row
    return m.RunInfo(
        run_id=uuid,
        experiment_id=str(exp),
        run_name=name,
        user_id=user,
        status=status,
        start_time=started,
        end_time=ended,
        artifact_uri=uris.join(root.experiment(location, exp), f"{uuid}/artifacts"),
        lifecycle_stage=STAGES[stage],
        run_uuid=uuid,
    )


def runs(session: Session, root: Root, rows: Sequence[Row]) -> list[m.Run]:
    ids = [row[0] for row in rows]
    data = {run: m.RunData([], [], []) for run in ids}
    inputs = {run: m.RunInputs([], []) for run in ids}
    outputs: dict[int, list[m.ModelOutput]] = {run: [] for run in ids}
    sql = "SELECT v.run, k.name, v.value, v.ts, v.step FROM latest v JOIN key k ON k.id = v.key WHERE v.run"
    for run, key, value, ts, step in among(session, sql, ids, "ORDER BY k.name"):
        data[run].metrics.append(m.Metric(key, NAN if value is None else float(value), ts, step))
    sql = "SELECT v.run, k.name, v.value FROM param v JOIN key k ON k.id = v.key WHERE v.run"
    for run, key, value in among(session, sql, ids, "ORDER BY k.name"):
        data[run].params.append(m.Param(key, value))
    sql = "SELECT v.run, k.name, v.value FROM tag v JOIN key k ON k.id = v.key WHERE v.run"
    for run, key, value in among(session, sql, ids, "ORDER BY k.name"):
        data[run].tags.append(m.RunTag(key, value))
    for run, given in _datasets(session, ids):
        inputs[run].dataset_inputs.append(given)
    for run, model, output, step in among(session, "SELECT run, model, output, step FROM run_model WHERE run", ids):
        if output:
            outputs[run].append(m.ModelOutput(model, step))
        else:
            inputs[run].model_inputs.append(m.ModelInput(model))
    return [m.Run(info(root, row), data[row[0]], inputs[row[0]], m.RunOutputs(outputs[row[0]])) for row in rows]


def _datasets(session: Session, ids: Sequence[int]) -> list[tuple[int, m.DatasetInput]]:
    sql = (
        "SELECT i.run, i.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile "
        "FROM input i JOIN dataset d ON d.id = i.dataset WHERE i.run"
    )
    return [
        (run, m.DatasetInput(m.Dataset(*dataset), json.decode(tags, type=list[m.InputTag])))
        for run, tags, *dataset in among(session, sql, ids, "ORDER BY i.dataset, i.context")
    ]
