"""The run store in SQL: experiments, runs, what is written on them, logged models."""

from __future__ import annotations

from ..database.sqlite import Database
from ..root import Root
from .base import RunStore
from .contents import Contents
from .experiments import Experiments
from .lives import Lives
from .points import Direct


class SqlRuns(Experiments, Lives, Contents, RunStore):
    """One long-lived object serves every thread; processes that open the same database take turns."""

    def __init__(self, database: Database, root: Root) -> None:
        super().__init__(database, root)
        self.points = Direct(self)
