"""The pictures of the try-it page in docs/images: `.venv/bin/python tools/screenshots.py`, where Chromium is there."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import expect, sync_playwright
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

import modelwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(saved(Path(folder))) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            view = {"width": 1120, "height": 800}
            context = browser.new_context(color_scheme=scheme, viewport=view)
            (IMAGES / f"try-it-{scheme}.png").write_bytes(small(taken(context.new_page(), url)))
            context.close()
        browser.close()


def saved(folder: Path) -> Path:
    """A model of how diabetes goes on."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    forest = RandomForestRegressor(20, random_state=0).fit(X, y)
    modelwright.sklearn.save_model(forest, folder / "progression", input_example=X.head(1))
    return folder / "progression"


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Where the model is served."""
    command = [sys.executable, "-m", "modelwright.serving", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield re.findall(r"http://[^\s/]+", process.stdout.readline())[0]
        finally:
            process.terminate()


def taken(tab: Any, url: str) -> bytes:
    """The page with an answer on it."""
    tab.goto(f"{url}/docs")
    tab.locator('[data-name="bmi"]').first.fill("40")
    tab.get_by_role("button", name="Send").click()
    expect(tab.locator("#status")).to_have_text(re.compile("^200"))
    picture: bytes = tab.screenshot(full_page=True)
    return picture


def small(picture: bytes) -> bytes:
    """The picture without transparency, packed as well as it can be."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
