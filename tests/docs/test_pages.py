"""Every Python block of every page runs, in order, as a reader would type them.

A block below a comment such as `<!-- needs: lightgbm, pandas<3, java -->`, which names packages as they are imported,
stands for itself: it runs alone, and only where all of these are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib import metadata, util
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PAGES = [
    page for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))] if "```python" in page.read_text("utf-8")
]
BLOCK = re.compile(
    r'^(?:<!-- needs: (?P<needs>[^\n]+) -->\n)?```python(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$', re.M | re.S
)
ALONE = [
    pytest.param(block["needs"], block["code"], id=f"{page.relative_to(ROOT).as_posix()}: {block['needs']}")
    for page in PAGES
    for block in BLOCK.finditer(page.read_text("utf-8"))
    if block["needs"]
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_runs(page: Path, tmp_path: Path) -> None:
    script = []
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block["title"]:  # a file that the page tells the reader to write
            target = tmp_path / block["title"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block["code"], "utf-8")
        elif not block["needs"]:
            script.append(block["code"])
    run("\n".join(script), tmp_path)


@pytest.mark.timeout(400)  # some frameworks take a minute to import on a busy machine
@pytest.mark.parametrize(("needs", "code"), ALONE)
def test_block_runs(needs: str, code: str, tmp_path: Path) -> None:
    if lacking := [need for need in needs.split(", ") if not there(need)]:
        pytest.skip(f"needs {', '.join(lacking)}")
    run(code, tmp_path)


def there(need: str) -> bool:
    if need == "java":
        return shutil.which("java") is not None
    wanted = Requirement(need)
    if util.find_spec(wanted.name) is None:
        return False
    return not wanted.specifier or wanted.specifier.contains(metadata.version(distributions()[wanted.name][0]))


@cache
def distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


def run(script: str, folder: Path) -> None:
    (folder / "page.py").write_text(script, "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MODELWRIGHT_", "MLFLOW_"))}
    environment["XDG_STATE_HOME"] = str(folder / "state")
    environment["MODELWRIGHT_ENV_ROOT"] = str(folder / "envs")
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
