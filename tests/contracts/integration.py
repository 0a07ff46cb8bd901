"""What every autolog integration must keep, whatever it records."""

from __future__ import annotations

import pickle
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, ClassVar

import pytest

from autolog.fake import Sessions
from modelwright.autolog import INTEGRATIONS, engine
from modelwright.autolog.integration import Integration


class IntegrationContract(ABC):
    """Derive, name the integration, and say how to train and how to fail.

    `owners` are modules (or "module:Class") whose attributes must be the very same objects after `disable`.
    """

    integration: ClassVar[type[Integration]]
    options: ClassVar[Mapping[str, Any]] = {}
    owners: ClassVar[tuple[str, ...]]

    @abstractmethod
    def train(self) -> Any:
        """A small training on data of its own; the same result each time."""

    def prepared(self) -> Callable[[], Any]:
        """A training that can run beside others; what the framework cannot do beside others is done by now."""
        return self.train

    @abstractmethod
    def fail(self) -> Any:
        """A training that the framework itself refuses."""

    @pytest.fixture
    def on(self) -> Iterator[Sessions]:
        sessions = Sessions()
        engine.enable(self.integration(), dict(self.options), sessions)
        yield sessions
        engine.disable(self.integration.name)

    def test_it_is_in_the_table(self) -> None:
        kind = self.integration
        assert INTEGRATIONS[kind.name] == f"{kind.__module__}:{kind.__name__}"

    def test_the_installed_version_is_a_tested_one(self) -> None:
        self.train()
        assert engine.within(sys.modules[self.integration.imports].__version__, self.integration.tested)

    def test_a_training_is_recorded_whole(self, on: Sessions) -> None:
        self.train()
        (session,) = on.written
        assert session.losses == []
        assert session.outcome == "finished"
        assert session.of("params")
        assert [entry[0] for entry in session.said].count("model") == 1

    def test_the_result_is_the_frameworks_own(self, on: Sessions) -> None:
        watched = self.train()
        engine.disable(self.integration.name)
        assert type(self.train()) is type(watched)

    def test_the_users_error_is_the_same_with_and_without(self, on: Sessions) -> None:
        with pytest.raises(Exception) as watched:
            self.fail()
        engine.disable(self.integration.name)
        with pytest.raises(Exception) as plain:
            self.fail()
        assert (type(watched.value), str(watched.value)[:40]) == (type(plain.value), str(plain.value)[:40])
        assert [s.outcome for s in on.written if s.outcome != "finished"] == [watched.value]

    def test_broken_recording_never_reaches_the_user(self, on: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = type(self.train())

        def broken(*args: Any, **kwargs: Any) -> None:
            raise OSError("the store is gone")

        for write in ("params", "metrics", "tags", "artifact", "dataset", "model", "belongs", "watch"):
            monkeypatch.setattr("autolog.fake.FakeSession." + write, broken)
        assert type(self.train()) is plain
        assert on[-1].losses or any(session.losses for session in on)

    def test_disable_puts_the_very_objects_back(self) -> None:
        self.train()
        before = self._held()
        sessions = Sessions()
        engine.enable(self.integration(), dict(self.options), sessions)
        self.train()
        engine.disable(self.integration.name)
        after = self._held()
        assert [key for key, value in before.items() if after.get(key) is not value] == []
        assert set(before) <= set(after)

    def test_what_is_trained_pickles_while_on(self, on: Sessions) -> None:
        model = self.train()
        assert type(pickle.loads(pickle.dumps(model))) is type(model)
        pickle.loads(pickle.dumps(type(model)))

    def test_threads_record_each_their_own(self, on: Sessions) -> None:
        self.train()
        del on[:]
        threads = [threading.Thread(target=self.prepared()) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(on.written) == 3
        assert all(session.outcome == "finished" and not session.losses for session in on.written)

    def _held(self) -> dict[tuple[str, str], Any]:
        """Every attribute of the owners and of the classes they hold, and what decorators hold in their cells."""
        held: dict[tuple[str, str], Any] = {}
        for name in self.owners:
            package = name.partition(".")[0]
            for attr, value in vars(sys.modules[name]).items():
                held[name, attr] = value
                cells = value.__closure__ if isinstance(value, FunctionType) else None
                for number, cell in enumerate(cells or ()):
                    held[f"{name}.{attr}", f"cell {number}"] = cell.cell_contents
                if isinstance(value, type) and value.__module__.partition(".")[0] == package:
                    held.update(((f"{name}.{attr}", key), own) for key, own in vars(value).items())
        return {key: value for key, value in held.items() if not _changes_by_itself(key[1])}


def _changes_by_itself(attr: str) -> bool:
    return attr in ("__abstractmethods__", "_abc_impl", "__annotations_cache__", "__weakref__", "__dict__")
