"""An H2O server for tests.

`h2o.init` gives its server one minute to start, which a busy machine takes longer than, and lets a process use whatever
server it finds on its port, and that server ends with the test that started it. This one has a name of its own, looks
for a free port itself, and is waited for until it has one.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ADDRESS = "H2O_SERVER"  # the variable that tells the processes of a test where the server is
_LISTENS = re.compile(r"Open H2O Flow in your web browser: (\S+)")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server that runs inside."""
    log = folder / "log.txt"
    command = [
        "java", "-Xmx512M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dsys.ai.h2o.telemetry.disabled=true",
        "-jar", str(_jar()), "-name", f"tests_{os.getpid()}", "-ip", "127.0.0.1", "-web_ip", "127.0.0.1",
        "-baseport", "55321", "-nthreads", "1", "-ice_root", str(folder), "-allow_unsupported_java",
    ]  # fmt: skip
    with log.open("w") as out, subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT) as server:
        try:
            yield _address(server, log)
        finally:
            server.kill()


def _jar() -> Path:
    found = find_spec("h2o")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "backend" / "bin" / "h2o.jar"


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    while (found := _LISTENS.search(log.read_text())) is None:
        assert server.poll() is None, log.read_text()[-3000:]
        time.sleep(0.1)
    return found[1]
