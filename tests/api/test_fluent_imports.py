"""What importing and logging cost: few modules, nothing heavy, milliseconds."""

from __future__ import annotations

import subprocess
import sys


def run(body: str) -> str:
    done = subprocess.run([sys.executable, "-c", body], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_the_package_alone() -> None:
    body = (
        "import sys; before = set(sys.modules)\n"
        "import modelwright; dir(modelwright.client)\n"
        "new = set(sys.modules) - before\n"
        "third = [n for n in new if n.partition('.')[0] not in {*sys.stdlib_module_names, 'modelwright'}]\n"
        "print(len(new), third)"
    )
    count, _, third = run(body).partition(" ")
    assert third == "[]"
    assert int(count) <= 40


def test_logging_needs_nothing_heavy() -> None:
    body = (
        "import sys, modelwright as mw\n"
        "with mw.start_run():\n"
        "    mw.log_param('p', 1); mw.log_metric('m', 1); mw.log_text('x', 'x.txt'); mw.log_dict({}, 'd.json')\n"
        "heavy = 'numpy pandas yaml asyncio subprocess concurrent.futures importlib.metadata urllib.request socket "
        "dataclasses email http PIL cloudpickle modelwright.models modelwright.tracking.log_model'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert run(body) == "[]"
