"""Every Python block of every page runs, in order, as a reader would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    page for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))] if "```python" in page.read_text("utf-8")
]
BLOCK = re.compile(r'^```python(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$', re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_runs(page: Path, tmp_path: Path) -> None:
    script = []
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block["title"]:  # a file that the page tells the reader to write
            target = tmp_path / block["title"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block["code"], "utf-8")
        else:
            script.append(block["code"])
    (tmp_path / "page.py").write_text("\n".join(script), "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MODELWRIGHT_", "MLFLOW_"))}
    environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stderr[-3000:]}"
