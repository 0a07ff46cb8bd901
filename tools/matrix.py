"""A flavor's tests with the oldest and the newest tested version of its framework: `make matrix FLAVOR=xgboost`.

The versions are those of `modelwright.core.frameworks`. Each end gets an environment of its own, .venv-matrix-<flavor>,
with nothing but the framework, what its tests use, and this package.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from modelwright.core.frameworks import FRAMEWORKS, Framework

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "tools" / "bin" / "uv"
# An old version uses what newer Pythons and pandas warn of; PySpark 3.5 leaves sockets open.
WARNINGS = ("DeprecationWarning", "FutureWarning", "PendingDeprecationWarning", "ResourceWarning")
OLD = tuple(part for name in WARNINGS for part in ("-W", f"ignore::{name}"))
NAME = re.compile(r"[\w-]+")
TOOLS = (
    "pytest", "pytest-timeout", "hypothesis", "pandas", "pyarrow", "pillow", "scipy", "skops", "scikit-learn",
    "uvicorn", "httptools", "uvloop", "prometheus-client",
)  # fmt: skip
UNTOLD = {"numpy<2": "pyarrow<26"}  # what goes with an old version though its metadata does not say so


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FRAMEWORKS]
    if unknown or not names:
        print(f"Name flavors, got {unknown or 'none'}; there are {', '.join(FRAMEWORKS)}")
        return 2
    failed = []
    for name in names:
        for end in ("oldest", "newest"):
            print(f"== {name}, {end}: {' '.join(pins(FRAMEWORKS[name], end))}", flush=True)
            if not passes(name, pins(FRAMEWORKS[name], end), OLD if end == "oldest" else ()):
                failed.append(f"{name} ({end})")
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def pins(framework: Framework, end: str) -> tuple[str, ...]:
    """What one end of the range consists of."""
    if end == "newest":
        return (f"{framework.distribution}=={framework.maximum}", *(NAME.match(one)[0] for one in framework.beside))
    return (f"{framework.distribution}=={framework.minimum}", *framework.beside)


def passes(name: str, versions: tuple[str, ...], options: tuple[str, ...]) -> bool:
    """Whether the flavor's tests pass with these versions installed."""
    home = ROOT / f".venv-matrix-{name}"
    python = home / "bin" / "python"
    env = {**os.environ, "UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}  # uv does not know pip's name for it
    core = ["-r", ROOT / "requirements" / "core.in", "--override", ROOT / "requirements" / "not-installed.txt"]
    tests = [path for kind in ("flavors", "autolog") if (path := ROOT / "tests" / kind / f"test_{name}.py").exists()]
    untold = [UNTOLD[one] for one in versions if one in UNTOLD]
    for command in (
        [UV, "venv", "-q", "--clear", "--python", sys.executable, home],
        [UV, "pip", "install", "-q", "--python", python, *core, *TOOLS, *versions, *untold],
        [UV, "pip", "install", "-q", "--python", python, "--no-deps", "-e", ROOT],
        [python, "-m", "pytest", "-q", *options, *tests],
    ):
        if subprocess.run(list(map(str, command)), cwd=ROOT, env=env, check=False).returncode:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
