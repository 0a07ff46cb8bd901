"""Files made from code: written, or compared with what is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def settle(files: Mapping[Path, str], stale: Iterable[Path], *, check: bool, remedy: str) -> int:
    """Write `files` and remove `stale`; with `check`, change nothing and return 1 if there was something to do."""
    stale = set(stale) - set(files)
    changed = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    if check:
        for path in sorted({*changed, *stale}):
            print(f"{path.relative_to(ROOT)} is out of date; run `{remedy}`")
        return 1 if changed or stale else 0
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    for path in stale:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    return 0


def formatted(text: str, name: str) -> str:
    """Source as ruff leaves it: unused imports dropped, imports sorted, lines folded."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (
        [ruff, "check", "--quiet", "--fix-only", "--select", "I,F401", "--stdin-filename", name, "-"],
        [ruff, "format", "--quiet", "--stdin-filename", name, "-"],
    ):
        text = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    return text
