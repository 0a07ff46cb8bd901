"""The engine on a toy framework: what a user's call may never notice."""

from __future__ import annotations

import asyncio
import inspect
import logging
import pickle
import pickletools
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import cloudpickle
import pytest

from autolog.fake import Sessions, install_toy
from modelwright.autolog import engine
from modelwright.autolog.integration import Family, Integration, Watch


@pytest.fixture
def toy() -> Iterator[ModuleType]:
    yield install_toy()
    engine.disable("toy")
    for name in ("toyframework", "toyframework.sub"):
        sys.modules.pop(name, None)


class Toy(Integration):
    name, imports, tested = "toy", "toyframework", ">=2,<3"

    def __init__(self, *watches: Any) -> None:
        self._watches = watches

    def configure(self) -> None:
        """Nothing to be told."""

    def watches(self, options: Any) -> Any:
        return self._watches


def on(*watches: Any, **options: Any) -> Sessions:
    sessions = Sessions()
    engine.enable(Toy(*watches), options, sessions)
    return sessions


def around(call: Any, session: Any) -> Any:
    session.params(dict(call.arguments))
    session.tags({"result": (yield)})


def test_a_watcher_sees_arguments_and_result(toy: Any) -> None:
    sessions = on(Watch("toyframework:plain", around))
    assert toy.plain({"a": 1}, rounds=2) == {"model": {"a": 1}}
    (session,) = sessions
    assert session.of("params") == [{"params": {"a": 1}, "rounds": 2, "callbacks": None}]
    assert session.of("tags") == [{"result": {"model": {"a": 1}}}]
    assert session.outcome == "finished"


def test_append_leaves_the_callers_list_alone(toy: Any) -> None:
    seen: list[int] = []

    def append(call: Any, session: Any) -> Any:
        call.append("callbacks", seen.append)
        yield

    on(Watch("toyframework:plain", append))
    mine: list[Any] = []
    toy.plain({}, 3, callbacks=mine)
    toy.plain({}, 1)
    assert (mine, seen) == ([], [0, 1, 2, 0])


def test_append_takes_a_lone_value_for_a_list_of_one(toy: Any) -> None:
    order: list[str] = []

    def append(call: Any, session: Any) -> Any:
        call.append("callbacks", lambda step: order.append("ours"))
        yield

    on(Watch("toyframework:plain", append))
    toy.plain({}, 1, callbacks=lambda step: order.append("the caller's"))
    assert order == ["the caller's", "ours"]


def test_disable_puts_the_very_objects_back(toy: Any) -> None:
    before = (toy.plain, sys.modules["toyframework.sub"].again, toy.wrapped, toy.wrapped.__closure__[0].cell_contents)
    classes = {cls: dict(vars(cls)) for cls in (toy.Base, toy.Sub, toy.Quiet)}
    on(
        Watch("toyframework:*", around, but=frozenset({"Base"})),
        Watch("toyframework:Base.make", around),
        Watch("toyframework:Base.helper", around),
        Watch("toyframework:Quiet.__init__", around),
        Family("toyframework:Base", ("fit",), around),
    )
    assert toy.plain is not before[0]
    assert vars(toy.Base)["fit"] is not classes[toy.Base]["fit"]
    assert toy.Base.helper() == 7
    assert type(toy.Sub.make()) is toy.Sub
    engine.disable("toy")
    assert before == (
        toy.plain, sys.modules["toyframework.sub"].again, toy.wrapped, toy.wrapped.__closure__[0].cell_contents
    )  # fmt: skip
    for cls, attributes in classes.items():
        assert {k: v for k, v in vars(cls).items() if k != "__weakref__"} == {
            k: v for k, v in attributes.items() if k != "__weakref__"
        }
        assert all(vars(cls)[k] is v for k, v in attributes.items())


def test_names_imported_before_are_followed_through_a_decorator(toy: Any) -> None:
    mine = toy.wrapped
    sessions = on(Watch("toyframework:wrapped", around))
    assert toy.wrapped is mine  # the object itself is untouched
    assert mine([1], [0]) == 0.5
    assert sessions[0].of("tags") == [{"result": 0.5}]
    assert list(inspect.signature(mine).parameters) == ["y", "p"]


def test_a_plain_function_is_followed_in_every_module_of_its_package(toy: Any) -> None:
    sessions = on(Watch("toyframework:plain", around))
    sys.modules["toyframework.sub"].again({})
    assert len(sessions) == 1


def test_a_plain_function_is_followed_where_it_was_imported_to(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own name in every module, and by any name in the script."""
    theirs, main = ModuleType("theirs"), sys.modules["__main__"]
    theirs.plain = theirs.other = main.__dict__["my_plain"] = plain = toy.plain  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "theirs", theirs)
    try:
        sessions = on(Watch("toyframework:plain", around))
        theirs.plain({})
        assert len(sessions) == 1
        main.my_plain({})  # type: ignore[attr-defined]
        assert len(sessions) == 2
        assert theirs.other is plain
        engine.disable("toy")
        assert theirs.plain is main.my_plain is plain  # type: ignore[attr-defined]
    finally:
        del main.__dict__["my_plain"]


def test_a_users_error_passes_untouched(toy: Any) -> None:
    closed = []

    def watcher(call: Any, session: Any) -> Any:
        session.params({"x": 1})
        try:
            yield
        finally:
            closed.append(True)

    sessions = on(Watch("toyframework:plain", watcher))
    with pytest.raises(KeyError, match="own error") as caught:
        toy.plain({"fail": True})
    assert sessions[0].outcome is caught.value
    assert closed == [True]
    assert caught.value.__context__ is None


def bad_before(call: Any, session: Any) -> Any:
    call.append("callbacks", lambda step: 1 / 0)  # dropped with the rest
    raise RuntimeError("before")
    yield


def bad_after(call: Any, session: Any) -> Any:
    yield
    raise RuntimeError("after")


def twice(call: Any, session: Any) -> Any:
    yield
    yield


def no_generator(call: Any, session: Any) -> Any:
    return 3


@pytest.mark.parametrize("watcher", [bad_before, bad_after, twice, no_generator])
def test_our_errors_are_logged_and_dropped(toy: Any, watcher: Any, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []
    sessions = on(Watch("toyframework:plain", watcher))
    assert toy.plain({}, 1, callbacks=[calls.append]) == {"model": {}}
    assert calls == [0]  # exactly once
    assert sessions[0].losses
    assert sessions[0].outcome == "finished"
    assert "was not recorded" in caplog.text
    caplog.clear()
    on(Watch("toyframework:plain", watcher), silent=True)
    toy.plain({})
    assert caplog.text == ""


def test_a_watcher_may_decline(toy: Any) -> None:
    def decline(call: Any, session: Any) -> Any:
        return
        yield

    sessions = on(Watch("toyframework:plain", decline))
    assert toy.plain({}) == {"model": {}}
    assert sessions[0].losses == []


def test_a_watcher_cannot_change_the_result(toy: Any) -> None:
    def greedy(call: Any, session: Any) -> Any:
        yield
        return "mine"

    on(Watch("toyframework:plain", greedy))
    assert toy.plain({}) == {"model": {}}


def test_a_session_that_cannot_open_costs_nothing_but_the_record(toy: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(enabled: Any) -> Any:
        raise OSError("no store")

    engine.enable(Toy(Watch("toyframework:plain", around)), {}, broken)
    assert toy.plain({}) == {"model": {}}
    assert "was not recorded" in caplog.text


def test_nested_calls_belong_to_the_outer_one(toy: Any) -> None:
    sessions = on(Family("toyframework:Base", ("fit",), around), Watch("toyframework:plain", around))
    model = toy.Sub()
    assert model.fit([1]) is model
    assert len(sessions) == 1
    assert [set(p) for p in sessions[0].of("params")] == [{"self", "X", "y"}]


def test_a_nested_call_may_join_the_recording_of_its_own_integration(toy: Any) -> None:
    def inside(call: Any, session: Any) -> Any:
        session.metrics({"rounds": call.arguments["rounds"]})
        yield

    sessions = on(Family("toyframework:Base", ("fit",), around), Watch("toyframework:plain", around, inside=inside))
    toy.Sub().fit([1])
    assert len(sessions) == 1
    assert sessions[0].of("metrics") == [({"rounds": 2}, None)]


def test_quiet_calls_keep_what_they_call_quiet(toy: Any) -> None:
    sessions = on(Family("toyframework:Base", ("fit",), around), Watch("toyframework:plain", None))
    toy.plain({}, 1, callbacks=[lambda step: toy.Base().fit([1])])
    with engine.quiet():
        toy.Base().fit([1])
    assert sessions == []


def test_classes_defined_later_are_watched_too(toy: Any) -> None:
    sessions = on(Family("toyframework:Base", ("fit",), around, belongs=lambda cls: cls.__name__ != "Not"))

    class Mine(toy.Base):
        def fit(self, X: Any, y: Any = None) -> str:
            """My own."""
            return "mine"

    class Not(toy.Base):
        def fit(self, X: Any, y: Any = None) -> str:
            return "not"

    assert Mine().fit([1]) == "mine"
    assert Not().fit([1]) == "not"
    assert len(sessions) == 1
    assert Mine.fit.__doc__ == "My own."
    assert inspect.isfunction(Mine.fit)
    assert str(inspect.signature(Mine.fit)) == str(inspect.signature(Not.fit))
    engine.disable("toy")

    class After(toy.Base):
        def fit(self, X: Any, y: Any = None) -> str:
            return "after"

    assert (After().fit([1]), Mine().fit([1]), len(sessions)) == ("after", "mine", 1)


def test_pickling_works_while_on(toy: Any) -> None:
    on(Family("toyframework:Base", ("fit",), around), Watch("toyframework:plain", around))
    assert pickle.loads(pickle.dumps(toy.plain)) is toy.plain
    assert pickle.loads(pickle.dumps(toy.Base.fit)) is toy.Base.fit
    model = toy.Base().fit([1])
    assert pickle.loads(pickle.dumps(model)).fitted


def test_a_class_pickled_by_value_carries_only_its_own_code(toy: Any) -> None:
    on(Family("toyframework:Base", ("fit",), around))
    base = toy.Base
    space: dict[str, Any] = {"__name__": "__main__", "Base": base}
    exec("class Mine(Base):\n    def fit(self, X, y=None):\n        return 'mine'", space)
    assert hasattr(space["Mine"].fit, "__wrapped__")
    data = cloudpickle.dumps(space["Mine"].fit)
    assert not [op for op, arg, _ in pickletools.genops(data) if "GLOBAL" in op.name and "modelwright" in str(arg)]
    engine.disable("toy")
    assert cloudpickle.loads(data)(None, [1]) == "mine"


def test_threads_and_tasks_record_their_own_calls(toy: Any) -> None:
    sessions = on(Watch("toyframework:plain", around))
    threads = [threading.Thread(target=toy.plain, args=({"n": n},)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]

    async def one(n: int) -> None:
        await asyncio.sleep(0)
        toy.plain({"n": n})

    async def both() -> None:
        await asyncio.gather(one(4), one(5))

    asyncio.run(both())
    assert sorted(s.of("params")[0]["params"]["n"] for s in sessions) == [0, 1, 2, 3, 4, 5]
    assert all(len(s.of("params")) == 1 for s in sessions)


def test_a_pool_thread_of_a_watched_call_records_nothing_of_its_own(toy: Any) -> None:
    """The outer call hands work to threads whose context is empty; the pool's module on their stack tells."""
    pool: dict[str, Any] = {"__name__": "toyframework.pool"}
    exec("def work(f):\n    f()", pool)

    class Pooled(Toy):
        pools = ("toyframework.pool",)

    sessions = Sessions()
    engine.enable(Pooled(Watch("toyframework:plain", around)), {}, sessions)

    def in_pool(step: int) -> None:
        thread = threading.Thread(target=pool["work"], args=(lambda: toy.plain({"inner": True}),))
        thread.start()
        thread.join()

    toy.plain({}, 1, callbacks=[in_pool])
    assert len(sessions) == 1
    in_pool(0)  # nobody's worker now
    assert len(sessions) == 2


def test_two_integrations_share_a_place(toy: Any) -> None:
    original = toy.plain

    class Other(Toy):
        name = "other"

    first, second = on(Watch("toyframework:plain", around)), Sessions()
    engine.enable(Other(Watch("toyframework:plain", around)), {}, second)
    toy.plain({})
    assert (len(first), len(second)) == (0, 1)
    engine.disable("toy")
    toy.plain({})
    assert (len(first), len(second)) == (0, 2)
    assert toy.plain is not original
    engine.disable("other")
    assert toy.plain is original


def test_of_two_integrations_the_one_that_applies_records(toy: Any) -> None:
    class Other(Toy):
        name = "other"

    applies = [False]
    first, second = on(Watch("toyframework:plain", around)), Sessions()
    engine.enable(Other(Watch("toyframework:plain", around, applies=lambda: applies[0])), {}, second)
    toy.plain({})
    applies[0] = True
    toy.plain({})
    engine.disable("other")
    assert (len(first), len(second)) == (1, 1)


def test_enabling_again_replaces_the_options(toy: Any) -> None:
    on(Watch("toyframework:plain", around), a=1)
    sessions = on(Watch("toyframework:plain", around), a=2)
    toy.plain({})
    assert [s.options for s in sessions] == [{"a": 2}]
    assert engine.enabled().count("toy") == 1


def test_not_admitted_calls_are_left_alone(toy: Any) -> None:
    sessions = Sessions()
    engine.enable(Toy(Watch("toyframework:plain", around)), {}, sessions, admit=lambda: False)
    assert toy.plain({}) == {"model": {}}
    assert sessions == []


def test_methods_of_one_class_can_be_watched_later(toy: Any) -> None:
    before = vars(toy.Base)["fit"]

    def first(call: Any, session: Any) -> Any:
        session.watch(toy.Quiet, {"fit": around, "absent": around})
        yield

    sessions = on(Watch("toyframework:plain", first))
    toy.plain({})
    toy.Quiet().fit([1])
    assert len(sessions) == 2
    engine.disable("toy")
    assert vars(toy.Base)["fit"] is before


@pytest.mark.parametrize("skip", [False, True])
def test_untested_versions(toy: Any, skip: bool, caplog: pytest.LogCaptureFixture) -> None:
    toy.__version__ = "9.0"
    engine._said.clear()
    sessions = on(
        Watch("toyframework:plain", around),
        Watch("toyframework:wrapped", around),
        disable_for_unsupported_versions=skip,
    )
    toy.plain({})
    assert len(sessions) == (0 if skip else 1)
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert "toyframework 9.0 is outside the tested range >=2,<3" in caplog.text


def test_a_target_that_is_gone_does_not_stop_the_others(toy: Any, caplog: pytest.LogCaptureFixture) -> None:
    sessions = on(Watch("toyframework:vanished", around), Watch("toyframework:plain", around))
    toy.plain({})
    assert len(sessions) == 1
    assert "toyframework is not watched" in caplog.text


def test_an_attribute_somebody_else_replaced_stays_theirs(toy: Any) -> None:
    on(Watch("toyframework:Base.fit", around))
    ours = toy.Base.fit
    theirs = toy.Base.fit = lambda self, X: ours(self, X)
    engine.disable("toy")
    assert vars(toy.Base)["fit"] is theirs
    assert toy.Base().fit([1]).fitted
