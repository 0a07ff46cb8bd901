"""What the parts of the SQL run store share: the database, its directory, interned keys, rows by id."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.errors import NotFound, WrongState
from .. import rules
from ..database.session import Session
from ..database.sqlite import Database
from ..root import Root

Place = tuple[int, int]
"""A run inside the database: its row and its experiment's."""

_REMEMBERED = 1000
STAGES = ("active", "deleted", "deleted")


class Tables:
    def __init__(self, database: Database, root: Root) -> None:
        self.database, self.root = database, root

    def keys(self, session: Session, names: Iterable[str], kind: str) -> dict[str, int]:
        """The interned ids of these keys; new ones are checked and added."""
        known = self.database.keys
        return {name: known[name] if name in known else self._intern(session, kind, name) for name in set(names)}

    def _intern(self, session: Session, kind: str, name: str) -> int:
        row = session.one("SELECT id FROM key WHERE name = ?", (name,))
        if row is None:
            rules.key(kind, name)
            row = session.one("INSERT INTO key (name) VALUES (?) RETURNING id", (name,))
        assert row is not None
        found: int = row[0]
        session.committed(lambda: self.database.keys.update({name: found}))
        return found

    def known(self, session: Session, name: str) -> int:
        """The id of a key that may not exist (-1): for reading."""
        row = session.one("SELECT id FROM key WHERE name = ?", (name,))
        return -1 if row is None else int(row[0])

    def place(self, session: Session, run_id: str, active: bool = True) -> Place:
        row = session.one("SELECT id, exp, stage FROM run WHERE uuid = ?", (run_id,))
        if row is None:
            raise NotFound(f"There is no run {run_id!r} in {str(self.database.path)!r}")
        if active and row[2]:
            raise WrongState(f"Run {run_id!r} is deleted and must be in 'active' state; restore it to write to it")
        return row[0], row[1]

    def remember(self, session: Session, run_id: str, place: Place) -> None:
        """Keeps the place of a run that is written to point by point."""
        places = self.database.places
        if len(places) >= _REMEMBERED:
            places.clear()
        session.committed(lambda: places.update({run_id: place}))

    def experiment(self, session: Session, given: str, active: bool = False) -> int:
        exp = numbered(given)
        row = None if exp is None else session.one("SELECT stage FROM experiment WHERE id = ?", (exp,))
        if row is None or exp is None:
            raise NotFound(f"There is no experiment with id {given!r} in {str(self.database.path)!r}")
        if active and row[0]:
            raise WrongState(
                f"Experiment {given!r} is deleted and must be in 'active' state; bring it back with "
                f"`modelwright experiments restore {exp}` or MlflowClient().restore_experiment({str(exp)!r})"
            )
        return exp


def numbered(experiment_id: str) -> int | None:
    """The row of an experiment id; None for text that can't be one."""
    text = str(experiment_id)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
