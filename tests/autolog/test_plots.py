"""Charts are PNG files that can be read, whatever the numbers and names."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from modelwright.autolog import plots
from modelwright.autolog.canvas import Canvas, wide


def read(picture: bytes) -> Any:
    Image = pytest.importorskip("PIL.Image", reason="an independent reader of PNG files")
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def test_bars_are_as_long_as_their_numbers() -> None:
    pixels = read(plots.bars("Importance", {"big": 100.0, "half": 50.0, "none": 0.0}))
    blue = (pixels == (46, 108, 184)).all(axis=2)
    lengths = [blue[70 + 24 * row].sum() for row in range(3)]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=2)
    assert lengths[2] == 1


@pytest.mark.parametrize(
    "values",
    [
        {f"feature {n}": float(n) for n in range(300)},
        {"a name that goes on and on and on and never seems to end at all": 1.0},
        {"größe": -2.5, "名前": 1e12, "": 3.0},
        {},
    ],
)
def test_bars_of_every_kind(values: dict[str, float]) -> None:
    pixels = read(plots.bars("Title", values))
    assert pixels.shape[1:] == (880, 3)
    assert pixels.shape[0] <= 90 + 24 * 40


@pytest.mark.parametrize("classes", [1, 2, 12, 60])
def test_matrices(classes: int) -> None:
    pixels = read(plots.matrix("Confusion", [f"class {n}" for n in range(classes)], np.eye(classes).tolist()))
    assert (pixels == (46, 108, 184)).all(axis=2).any()


def test_undefined_shares_are_drawn_as_nothing() -> None:
    assert read(plots.matrix("Confusion", ["a"], [[float("nan")]])).ndim == 3


@pytest.mark.parametrize("points", [2, 100_000])
def test_curves(points: int) -> None:
    xs = np.linspace(0, 1, points).tolist()
    pixels = read(plots.curve("ROC", "False", "True", xs, xs, diagonal=True))
    assert (pixels == (46, 108, 184)).all(axis=2).sum() > 400


def test_what_lies_outside_is_cut_off() -> None:
    sheet = Canvas(20, 20)
    sheet.text(-30, -5, "far", (0, 0, 0))
    sheet.text(15, 18, "over the edge", (0, 0, 0))
    sheet.line([(-10, -10), (40, 40)], (0, 0, 0))
    sheet.box(-5, -5, 100, 2, (1, 2, 3))
    pixels = read(sheet.png())
    assert pixels.shape == (20, 20, 3)
    assert tuple(pixels[0, 0]) == (1, 2, 3)


def test_a_full_palette_takes_the_nearest_colour() -> None:
    sheet = Canvas(300, 1)
    for x in range(300):
        sheet.box(x, 0, x + 1, 1, (x % 256, x // 256, 0))
    assert np.abs(read(sheet.png())[0, :, 0].astype(int) - np.arange(300) % 256).max() <= 1


def test_letters_have_their_own_widths() -> None:
    assert wide("iii") < wide("mmm")
    assert wide("?") == wide("名")
    assert wide("") == 0


def test_no_drawing_library_is_imported() -> None:
    import subprocess
    import sys

    code = "import sys; from modelwright.autolog import plots; plots.bars('x', {'a': 1.0}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "PIL"} & set(loaded)


def test_a_course_goes_from_its_first_to_its_last_value() -> None:
    pixels = read(plots.course("lr", "of the training", [[0.0, 1.0], [1.0, 0.0]]))
    blue = (pixels == (46, 108, 184)).all(axis=2)
    assert blue[70:75, 100:110].any()  # the second line begins on top
    assert blue[425:430, 100:110].any()  # and the first at the bottom
    assert blue[245:255, 415:425].any()  # they cross in the middle
    assert not blue[70:100, 300:500].any()


@pytest.mark.parametrize("series", [[[0.5]], [[2.0, 2.0, 2.0]], [[-1e-9, 1e9]]])
def test_a_course_of_every_kind(series: list[list[float]]) -> None:
    assert read(plots.course("größe", "of the training", series)).shape[2] == 3
