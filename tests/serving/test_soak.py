"""Under load, workers that are killed take only the requests in their hands with them, and each of those is told so.

`python tests/serving/test_soak.py 60 10` does it for a minute, with a kill each ten seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from modelwright.flavors.sklearn import Sklearn
from modelwright.models.save import save_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from serving.running import Server, running

CONNECTIONS = 64


def model(root: Path) -> Path:
    """Twice the first column plus the second: every answer can be checked."""
    data = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)[::-1] ** 2})
    fitted = LinearRegression().fit(data, 2 * data["a"] + data["b"])
    save_model(Sklearn(), fitted, root / "m", input_example=data.head(2), pip_requirements=[])
    return root / "m"


async def client(port: int, until: float, seen: Counter[str]) -> None:
    """One connection that asks as fast as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    loop = asyncio.get_running_loop()
    chance = random.Random(id(reader))
    while loop.time() < until:
        a, b = chance.randrange(1000), chance.randrange(1000)
        body = json.dumps({"dataframe_split": {"columns": ["a", "b"], "data": [[a, b]]}}).encode()
        head = f"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        status = int((await reader.readline()).split()[1])
        length = 0
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = json.loads(await reader.readexactly(length))
        if status == 200:
            right = abs(answer["predictions"][0] - (2 * a + b)) < 1e-6
            seen["right" if right else "wrong"] += 1
        else:
            seen[f"{status} {answer['error_code']}"] += 1
    writer.close()


def workers(server: Server) -> list[int]:
    """The processes that predict."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


async def load(server: Server, seconds: float, pause: float) -> tuple[Counter[str], int]:
    """What the clients saw, and how many workers were killed meanwhile."""
    assert server.port
    seen: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    until, killed = loop.time() + seconds, 0
    clients = [asyncio.create_task(client(server.port, until, seen)) for _ in range(CONNECTIONS)]
    while loop.time() + pause < until:
        await asyncio.sleep(pause)
        if len(alive := workers(server)) > 1:
            os.kill(random.choice(alive), signal.SIGKILL)
            killed += 1
    await asyncio.gather(*clients)  # a connection that was cut would raise here
    return seen, killed


def test_a_killed_worker_takes_only_what_it_holds(tmp_path: Path) -> None:
    with running(model(tmp_path), log=tmp_path / "log", workers=2) as server:
        seen, killed = asyncio.run(load(server, 5, 1.5))
        assert killed >= 1, server.log
        assert seen["right"] > CONNECTIONS
        assert set(seen) <= {"right", "503 TEMPORARILY_UNAVAILABLE"}, seen
        assert seen["503 TEMPORARILY_UNAVAILABLE"] <= killed * CONNECTIONS
        assert server.stop() == 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(model(folder), log=folder / "log", workers=2) as started:
            print(*asyncio.run(load(started, float(sys.argv[1]), float(sys.argv[2]))), "workers killed")
