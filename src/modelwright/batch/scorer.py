"""The scorer: one loaded model, which scores tasks and writes a part of the journal for each mini-batch."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from ..core.errors import Error, SchemaMismatch
from ..core.extras import need
from ..models import enforce, load
from . import parts
from .columns import NotRowwise, columns
from .formats import opened
from .formats.base import Piece, Wanted, unreadable
from .job import Bad, Done, Job, Task
from .journal import Journal
from .sift import sift

log = logging.getLogger(__name__)
_FATAL = (NotRowwise, parts.NameTaken)  # the job's fault, and no row's


class Scorer:
    """Scores tasks of one job.

    Args:
        job: What is asked.
        journal: Where parts go.
    """

    def __init__(self, job: Job, journal: Journal) -> None:
        self.job, self.journal = job, journal
        for module in ("pandas", "pyarrow.parquet"):  # now, so that no mini-batch's time is spent on it
            need(module, "batch", "score files")
        self.model = load.load_pyfunc(job.model, trust=job.trusted)
        signature = self.model.metadata.signature
        self.wanted = Wanted(signature, job.keep, self.model.takes_json)
        self._plan = enforce.compile(signature, native=self.model.takes_json)
        self._outputs = signature.outputs if signature is not None else None

    def run(self, task: Task) -> Iterator[Done]:
        """Score what is not done yet of a task; the part of each mini-batch that is told lies in the journal."""
        chunk, part = task.chunk, 0
        problem = chunk.problem
        pieces = opened(self.job.files[chunk.file].kind).pieces(self.job.files, chunk, self.wanted)
        row = chunk.first
        ahead = None if problem else _next(pieces, row)
        while isinstance(ahead, Piece):
            piece, row = ahead, row + len(ahead)
            ahead = _next(pieces, row)
            if part >= task.skip:
                why = task.given_up.get(part)
                table, bad = self.score(piece) if why is None else self._none(piece, why)
                last = ahead is None
                facts = Done(
                    task.number, part, len(piece), *_counted(bad), chunk.share(len(piece), last=last), last
                )  # fmt: skip
                yield self.journal.write(facts, table, bad)
            part += 1
        problem = problem or ahead or ""
        if problem or (part == 0 and task.skip == 0):
            bad = [Bad(self.job.files[chunk.file].name, None, problem)] if problem else []
            facts = Done(task.number, part, 0, *_counted(bad), chunk.size if part == 0 else 0, True)
            yield self.journal.write(facts, parts.empty(), bad)

    def score(self, piece: Piece) -> tuple[Any, list[Bad]]:
        """The output of a mini-batch as an Arrow table, and the rows that failed."""
        try:
            return parts.table(piece, self._predicted(piece, self.job.max_retries), self.job), []
        except _FATAL:
            raise
        except Exception as error:
            return self._sifted(piece, error)

    def _predicted(self, piece: Piece, retries: int = 0) -> dict[str, Any]:
        while True:
            try:
                predictions = self.model.predict(piece.data(), self.job.params)
            except Exception as error:
                if isinstance(error, Error) or not retries:  # an error of ours would come again
                    raise
                retries -= 1
                log.info("batch: predicting failed, and is tried again: %s", error)
            else:
                return columns(predictions, len(piece), self._outputs)

    def _sifted(self, piece: Piece, error: Exception) -> tuple[Any, list[Bad]]:
        """Good rows of a mini-batch that failed; rows that do not fit are found before the model is asked again."""
        import numpy as np

        every = np.arange(len(piece))
        if (why := self._misshapen(piece)) is not None:
            return self._none(piece, why)
        fitting = sift(every, lambda some: self._fit(piece.take(some)), fatal=_FATAL)
        places = np.concatenate([every[:0], *(some for some, _ in fitting.good)])
        known = None if fitting.bad else error
        done = sift(places, lambda some: self._predicted(piece.take(some)), known=known, fatal=_FATAL)
        bad = _told(piece, [*fitting.bad, *done.bad])
        return parts.gathered(piece, done.good, self.job), bad

    def _fit(self, piece: Piece) -> None:
        self._plan(piece.data())

    def _misshapen(self, piece: Piece) -> str | None:
        """What is wrong with the columns, whatever the rows are: what is wrong without a single row."""
        import numpy as np

        if self.wanted.inputs is None or self.wanted.inputs.is_tensor_spec():
            return None
        try:
            self._fit(piece.take(np.arange(0)))
        except SchemaMismatch as mismatch:
            return said(mismatch)
        except Exception:
            log.debug("batch: a piece without rows cannot be read", exc_info=True)
        return None

    def _none(self, piece: Piece, why: str) -> tuple[Any, list[Bad]]:
        """A mini-batch of which no row can be scored."""
        import numpy as np

        return parts.gathered(piece, [], self.job), _told(piece, [(np.arange(len(piece)), why)])


def _next(pieces: Iterator[Piece], row: int) -> Piece | str | None:
    """The next piece; what is wrong where there should be one; None at the end."""
    try:
        return next(pieces, None)
    except Exception as error:
        return unreadable(error, row)


def said(error: Exception) -> str:
    """An error in one text."""
    return error.message if isinstance(error, Error) else f"{type(error).__name__}: {error}"


def _told(piece: Piece, failed: list[tuple[Any, Exception | str]]) -> list[Bad]:
    """Positions and why, as ranges of row numbers with one error each."""
    each = sorted((int(place), why if isinstance(why, str) else said(why)) for some, why in failed for place in some)
    found: list[Bad] = []
    for place, why in each:
        row, file = int(piece.rows[place]), piece.file(place)
        before = found[-1] if found else None
        if before and before.rows and (before.file, before.rows[1], before.error) == (file, row - 1, why):
            found[-1] = Bad(file, (before.rows[0], row), why)
        else:
            found.append(Bad(file, (row, row), why))
    return found


def _counted(bad: list[Bad]) -> tuple[int, tuple[str, ...], str]:
    """How many rows failed, in which files, and the first error."""
    rows = sum(one.rows[1] - one.rows[0] + 1 for one in bad if one.rows)
    return rows, tuple(dict.fromkeys(one.file for one in bad)), bad[0].error if bad else ""
