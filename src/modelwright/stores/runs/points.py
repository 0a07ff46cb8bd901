"""Where metric points go: the seam for a journal in front of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...wire import messages as m
from ..database.session import Session
from .tables import Place, Tables


class MetricLog(Protocol):
    """`append` returns when the points survive the end of the process; after `drain` the tables hold them all."""

    def append(self, run_id: str, points: Sequence[m.Metric]) -> None: ...
    def insert(self, session: Session, place: Place, points: Sequence[m.Metric]) -> None:
        """The same inside a transaction, for batches that must be all or nothing."""

    def drain(self, run_id: str | None = None) -> None: ...


_POINT = (
    "INSERT INTO point (run, key, seq, step, ts, value) VALUES (?, ?, "
    "(SELECT coalesce(max(seq), 0) + 1 FROM point WHERE run = ? AND key = ?), ?, ?, ?)"
)
_POINT_IF_ACTIVE = (
    "INSERT INTO point (run, key, seq, step, ts, value) SELECT ?, ?, "
    "(SELECT coalesce(max(seq), 0) + 1 FROM point WHERE run = ? AND key = ?), ?, ?, ? "
    "FROM run WHERE id = ? AND stage = 0"
)
_LATEST = (
    "INSERT INTO latest (run, key, exp, step, ts, value) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (run, key) DO UPDATE SET step = excluded.step, ts = excluded.ts, value = excluded.value "
    "WHERE (excluded.step, excluded.ts, coalesce(excluded.value, -9e999)) > (step, ts, coalesce(value, -9e999))"
)
Point = tuple[int, int, int, int, float]


class Direct:
    """Every append is a transaction of its own; one point on a known run is four statements."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, run_id: str, points: Sequence[m.Metric]) -> None:
        tables = self._tables
        with tables.database.write() as session:
            place = tables.database.places.get(run_id)
            if place is None or len(points) != 1 or not self._add(session, place, points[0]):
                place = tables.place(session, run_id)
                self.insert(session, place, points)
                tables.remember(session, run_id, place)

    def _add(self, session: Session, place: Place, point: m.Metric) -> bool:
        """One point, as long as its key is known and the run is active."""
        key = self._tables.database.keys.get(point.key)
        if key is None:
            return False
        run, exp = place
        step, at, value = point.step, point.timestamp, point.value
        if not session.run(_POINT_IF_ACTIVE, (run, key, run, key, step, at, value, run)):
            return False
        session.run(_LATEST, (run, key, exp, step, at, value))
        return True

    def insert(self, session: Session, place: Place, points: Sequence[m.Metric]) -> None:
        run, exp = place
        keys = self._tables.keys(session, [point.key for point in points], "Metric")
        rows = [(run, keys[p.key], p.step, p.timestamp, p.value) for p in points]
        if len(rows) == 1:
            session.run(_POINT, rows[0][:2] + rows[0])
            session.run(_LATEST, (run, rows[0][1], exp, *rows[0][2:]))
            return
        session.many(_POINT, [row[:2] + row for row in rows])
        session.many(_LATEST, [(run, row[1], exp, *row[2:]) for row in _best(rows)])

    def drain(self, run_id: str | None = None) -> None:
        """Nothing is ever held back."""


def _best(rows: Sequence[Point]) -> list[Point]:
    """Per key the row with the greatest (step, timestamp, value); NaN is the least value."""
    best: dict[int, tuple[tuple[int, int, float], Point]] = {}
    for row in rows:
        rank = (row[2], row[3], row[4] if row[4] == row[4] else float("-inf"))
        held = best.get(row[1])
        if held is None or rank > held[0]:
            best[row[1]] = (rank, row)
    return [row for _, row in best.values()]
