"""The process in front of workers: one that is killed takes only its own requests with it, and is replaced."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from modelwright.core.errors import Unavailable
from modelwright.models.python_model import PythonModel
from modelwright.serving.answers import Cut
from modelwright.serving.entrance import Call
from modelwright.serving.front import Front
from modelwright.serving.metrics import Metrics
from modelwright.serving.options import Options, Source
from serving.served import asked, columns, save


def reads() -> PythonModel:
    class Reads(PythonModel):
        def predict(self, context, model_input):
            import os
            from pathlib import Path

            texts = []
            for path in model_input["path"]:
                if path == "die":
                    os._exit(3)
                texts.append(Path(path).read_text() if "/" in path else path)
            return texts

        def predict_stream(self, context, model_input):
            from pathlib import Path

            for path in model_input["path"]:
                yield path
                yield Path(path).read_text()

    return Reads()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = save(tmp_path_factory.mktemp("models") / "m", reads(), columns(("path", "string")), streamable=True)
    return Source("m", path, version="3")


class Stage:
    """A front whose loop runs from test to test."""

    def __init__(self, *models, **more):
        self.runner = asyncio.Runner()
        self.front = Front(Options(models, **{"trust": True, "grace": 5.0, **more}), Metrics())
        self.runner.run(self.front.start())

    def run(self, scene):
        """What comes of `scene(front)`, which begins with all workers ready, and leaves nothing undone."""
        self.runner.run(whole(self.front))
        found = self.runner.run(scene(self.front))
        assert not any(one.pending or one.asked for one in self.front._crew)
        return found

    def close(self):
        self.runner.run(self.front.stop())
        self.runner.close()


async def whole(front):
    async with asyncio.timeout(60):
        while not all(one.ready for one in front._crew):
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def stage(source):
    stage = Stage(source, workers=2)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def hasty(source):
    stage = Stage(source, workers=1, timeout=0.5)
    yield stage
    stage.close()


def body(*paths):
    return {"dataframe_split": {"columns": ["path"], "data": [[str(path)] for path in paths]}}


async def held(front, path, **more):
    """A request that waits for somebody to write into a pipe, and the worker that has it in its hands."""
    before = {id(one) for one in front._crew if one.pending}
    os.mkfifo(path)
    task = asyncio.create_task(asked(front, "/invocations", body(path), **more))
    while not (hands := [one for one in front._crew if one.pending and id(one) not in before]):
        await asyncio.sleep(0)
    return task, hands[0]


async def written(path: Path, text: str) -> None:
    """Write once the model reads."""
    await asyncio.to_thread(path.write_text, text)


def test_requests_reach_workers_and_answers_come_back(stage):
    async def scene(front):
        good = await asked(front, "/invocations", body("a", "b"), headers={"x-request-id": "mine"})
        bad = await asked(front, "/invocations", {"inputs": {}})
        nothing = await asked(front, "/nothing")
        other = await asked(front, "/v2/models/m/versions/3")
        return good, bad, nothing, other, (await asked(front, "/metrics")).body.decode()

    good, bad, nothing, other, metrics = stage.run(scene)
    assert good.predictions == ["a", "b"]
    assert good.headers["x-request-id"] == "mine"
    assert (bad.status, "column 'path' is missing" in bad.json["message"]) == (400, True)
    assert (nothing.status, other.status) == (404, 200)
    for line in (
        'requests_total{model="m",route="/invocations",status="200"} 1.0',
        'requests_total{model="m",route="/invocations",status="400"} 1.0',
        'requests_total{model="",route="other",status="404"} 1.0',
    ):
        assert line in metrics


def test_a_worker_that_is_killed(stage, tmp_path):
    async def scene(front):
        lost, unlucky = await held(front, tmp_path / "a")
        kept, lucky = await held(front, tmp_path / "b")
        others = [asyncio.create_task(asked(front, "/invocations", body(f"{n}"))) for n in range(4)]
        await asyncio.sleep(0)
        handed = len(unlucky.pending) - 1
        unlucky.kill()
        answer = await lost
        await written(tmp_path / "b", "kept")
        await asyncio.wait([kept, *others])
        await whole(front)
        after = [await asked(front, "/invocations", body("after")) for _ in range(4)]
        assert lucky in front._crew
        assert unlucky not in front._crew
        return answer, kept.result(), [one.result() for one in others], handed, after

    before = restarts(stage)
    answer, kept, others, handed, after = stage.run(scene)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "The process that held the request ended" in answer.json["message"]
    assert kept.predictions == ["kept"]
    assert sum(one.status == 503 for one in others) == handed
    assert all(one.status == 503 or one.predictions == [f"{n}"] for n, one in enumerate(others))
    assert [one.predictions for one in after] == [["after"]] * 4
    assert restarts(stage) == before + 1


def restarts(stage):
    text = stage.runner.run(asked(stage.front, "/metrics")).body.decode()
    return float(text.partition("\nmodelwright_worker_restarts_total ")[2].split()[0])


def test_a_model_that_ends_its_process_and_no_worker_left(stage):
    async def scene(front):
        lost = [await asked(front, "/invocations", body("die")) for _ in range(2)]
        ready = await asked(front, "/ping")
        alive = [await asked(front, path) for path in ("/", "/v2/health/live")]
        return lost, ready, alive, await asked(front, "/invocations", body("a"))

    lost, ready, alive, later = stage.run(scene)
    assert [answer.status for answer in lost] == [503, 503]
    assert ready.status == 503
    assert "No worker is ready" in ready.json["message"]
    assert {answer.status for answer in alive} == {200}
    assert later.predictions == ["a"]  # it waited for the first that was


def test_a_stream_whose_worker_ends_is_cut_off(stage, tmp_path):
    async def scene(front):
        os.mkfifo(tmp_path / "a")
        answer = await front.answered(call(front, body(tmp_path / "a")))
        first = await anext(answer.pieces)
        (worker,) = (one for one in front._crew if one.pending)
        worker.kill()
        with pytest.raises(Cut):
            await anext(answer.pieces)
        return first

    assert stage.run(scene) == f'"{tmp_path / "a"}"\n'.encode()


def call(front, given):
    messages = iter([{"type": "http.request", "body": json.dumps(given).encode()}])

    async def receive():
        return next(messages)

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/x-ndjson")]
    return Call({"method": "POST", "path": "/invocations", "headers": headers}, receive, front.options)


def test_a_model_that_never_answers_is_given_up_with_its_worker(hasty, tmp_path):
    async def scene(front):
        late, worker = await held(front, tmp_path / "a")
        answer = await late
        await asyncio.wait_for(worker.ended.wait(), 20)
        return answer, await eventually(front)

    answer, after = hasty.run(scene)
    assert (answer.status, answer.json["error_code"]) == (504, "DEADLINE_EXCEEDED")
    assert after.predictions == ["a"]


async def eventually(front):
    """An answer once there is a worker; the timeout of this front is shorter than its start."""
    await whole(front)
    return await asked(front, "/invocations", body("a"))


def test_a_worker_that_is_stopped_in_its_tracks_is_ended(hasty, monkeypatch):
    monkeypatch.setattr("modelwright.serving.front._STUCK", 4.0)

    async def scene(front):
        (worker,) = front._crew
        os.kill(worker.pid, signal.SIGSTOP)
        lost = await asked(front, "/invocations", body("a"))
        await worker.ended.wait()
        return lost, await eventually(front)

    lost, after = hasty.run(scene)
    assert lost.status == 503
    assert after.predictions == ["a"]


def test_models_that_cannot_be_loaded(tmp_path):
    front = Front(Options((Source("nothing", tmp_path / "nothing"),), workers=2, trust=True), Metrics())

    async def scene():
        try:
            await front.start()
        finally:
            await front.stop()

    with pytest.raises(Unavailable, match="nothing"):
        asyncio.run(scene())
