"""The closed sets of words: statuses, lifecycle stages, views, source types."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from ...core.errors import InvalidArgument


class _Words:
    """Names with MLflow's numbers; user code uses both."""

    _names: ClassVar[dict[str, int]] = {}

    @classmethod
    def from_string(cls, status_str: str) -> int:
        number = cls._names.get(str(status_str).upper())
        if number is None:
            raise InvalidArgument(f"{cls.__name__} {status_str!r} does not exist; {_choices(status_str, cls._names)}")
        return number

    @classmethod
    def to_string(cls, status: int) -> str:
        for name, number in cls._names.items():
            if number == status:
                return name
        raise InvalidArgument(f"{cls.__name__} number {status!r} does not exist; use {cls._names}")

    @classmethod
    def word(cls, given: int | str) -> str:
        """The wire name of a name or number."""
        return cls.to_string(given) if isinstance(given, int) else cls.to_string(cls.from_string(given))


class RunStatus(_Words):
    """Where a run stands.

    >>> RunStatus.to_string(RunStatus.FINISHED), RunStatus.is_terminated(RunStatus.RUNNING)
    ('FINISHED', False)
    """

    RUNNING, SCHEDULED, FINISHED, FAILED, KILLED = 1, 2, 3, 4, 5
    _names = {"RUNNING": 1, "SCHEDULED": 2, "FINISHED": 3, "FAILED": 4, "KILLED": 5}

    @staticmethod
    def is_terminated(status: int) -> bool:
        return status in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)

    @staticmethod
    def all_status() -> list[int]:
        return list(RunStatus._names.values())


class ViewType(_Words):
    """Which runs or experiments a search sees."""

    ACTIVE_ONLY, DELETED_ONLY, ALL = 1, 2, 3
    _names = {"ACTIVE_ONLY": 1, "DELETED_ONLY": 2, "ALL": 3}

    @classmethod
    def to_string(cls, status: int) -> str:
        return super().to_string(status).lower()

    @classmethod
    def word(cls, given: int | str) -> str:
        return super().word(given).upper()


class SourceType(_Words):
    """What started a run."""

    NOTEBOOK, JOB, PROJECT, LOCAL, UNKNOWN, RECIPE = 1, 2, 3, 4, 1000, 5
    _names = {"NOTEBOOK": 1, "JOB": 2, "PROJECT": 3, "LOCAL": 4, "RECIPE": 5, "UNKNOWN": 1000}


class LifecycleStage:
    """Whether a run or experiment is there or was deleted."""

    ACTIVE, DELETED = "active", "deleted"

    @classmethod
    def is_valid(cls, lifecycle_stage: str) -> bool:
        return lifecycle_stage in (cls.ACTIVE, cls.DELETED)

    @classmethod
    def view_type_to_stages(cls, view_type: int = ViewType.ALL) -> list[str]:
        stages = {ViewType.ACTIVE_ONLY: [cls.ACTIVE], ViewType.DELETED_ONLY: [cls.DELETED]}
        return stages.get(view_type, [cls.ACTIVE, cls.DELETED])

    @classmethod
    def matches_view_type(cls, view_type: int, lifecycle_stage: str) -> bool:
        return lifecycle_stage in cls.view_type_to_stages(view_type)


class LoggedModelStatus(StrEnum):
    """Whether a logged model's files are there."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    @property
    def wire(self) -> str:
        return {"UNSPECIFIED": "LOGGED_MODEL_STATUS_UNSPECIFIED", "FAILED": "LOGGED_MODEL_UPLOAD_FAILED"}.get(
            self.value, f"LOGGED_MODEL_{self.value}"
        )

    @classmethod
    def given(cls, status: LoggedModelStatus | str) -> LoggedModelStatus:
        """A status as callers write it, in any case."""
        try:
            return cls(str(status).upper())
        except ValueError as error:
            raise InvalidArgument(f"There is no status {status!r}; give one of {', '.join(cls)}") from error

    @classmethod
    def from_wire(cls, word: str) -> LoggedModelStatus:
        return next((status for status in cls if status.wire == word), cls.UNSPECIFIED)


def _choices(given: object, names: dict[str, int]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    close = get_close_matches(str(given).upper(), names, 1)
    return f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(names)}"
