"""A picture to draw a chart on, with nothing but numpy: boxes, lines, text, and the PNG file.

Importing a drawing library takes as long as many of the fits whose charts these are. The letters are in `glyphs.bin`,
made once by `tools/glyphs.py`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

Colour = tuple[int, int, int]
_LETTERS = [chr(code) for code in (*range(32, 127), *range(160, 256), 0x2026)]
SMALL, LARGE = 13, 17
_WHITE, _STEPS = (255, 255, 255), 7


class Canvas:
    """White, `width` by `height` pixels; (0, 0) is the upper left corner. One byte a pixel: a place in the palette."""

    def __init__(self, width: int, height: int) -> None:
        import numpy

        self._np = numpy
        self._palette: dict[Colour, int] = {_WHITE: 0}
        self._ramps: dict[tuple[int, Colour], Any] = {}
        self.pixels: Any = numpy.zeros((height, width), numpy.uint8)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        rows, columns = self.pixels.shape
        place = self._place(colour)
        self.pixels[_within(top, rows) : _within(bottom, rows), _within(left, columns) : _within(right, columns)] = (
            place
        )

    def text(
        self, x: float, y: float, text: str, colour: Colour, *, across: float = 0, down: float = 0.5, size: int = SMALL
    ) -> None:
        """One line; `across` and `down` say which share of it lies left of and above the point."""
        shapes, height = _letters(size)
        letters = [shapes.get(letter, shapes["?"]) for letter in text]
        if letters:
            ink = self._np.hstack(letters)
            self._blend(round(x - ink.shape[1] * across), round(y - height * down), ink >> 5, colour)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 1.5) -> None:
        """A smooth line through points, by how much of each pixel it covers."""
        np = self._np
        at = np.asarray(points, dtype=float)
        steps = np.maximum(1, np.ceil(np.abs(np.diff(at, axis=0)).max(axis=1))).astype(int)
        path = np.concatenate([np.linspace(a, b, n + 1) for a, b, n in zip(at[:-1], at[1:], steps, strict=True)])
        rows, columns = self.pixels.shape
        cover, reach = np.zeros(rows * columns), np.arange(-int(width / 2 + 1), int(width / 2 + 2))
        x = np.floor(path[:, 0]).astype(int)[:, None, None] + reach[:, None]
        y = np.floor(path[:, 1]).astype(int)[:, None, None] + reach
        far = np.hypot(x + 0.5 - path[:, 0, None, None], y + 0.5 - path[:, 1, None, None])
        share = np.clip(width / 2 + 0.5 - far, 0, 1)
        seen = (share > 0) & (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
        np.maximum.at(cover, (y * columns + x)[seen], share[seen])
        self._blend(0, 0, (cover * _STEPS).round().astype(np.uint8).reshape(rows, columns), colour)

    def _blend(self, x: int, y: int, ink: Any, colour: Colour) -> None:
        """Put `colour` over what is there, by shares of 0 to `_STEPS`."""
        rows, columns = self.pixels.shape
        ink = ink[max(0, -y) : max(0, rows - y), max(0, -x) : max(0, columns - x)]
        x, y = max(x, 0), max(y, 0)
        under = self.pixels[y : y + ink.shape[0], x : x + ink.shape[1]]
        if not under.size:
            return
        first = int(under[0, 0])
        if (under == first).all():  # nearly all text stands on one colour
            under[:] = self._ramp(first, colour)[ink]
            return
        inked = ink > 0
        grounds, shares = under[inked], ink[inked]
        ramps: Any = self._np.zeros((256, _STEPS + 1), self._np.uint8)
        for ground in self._np.unique(grounds).tolist():
            ramps[ground] = self._ramp(ground, colour)
        under[inked] = ramps[grounds, shares]

    def _ramp(self, ground: int, colour: Colour) -> Any:
        """The places of the steps from one colour to another."""
        found = self._ramps.get((ground, colour))
        if found is None:
            low = next(known for known, place in self._palette.items() if place == ground)
            steps = [self._place(_between(low, colour, step / _STEPS)) for step in range(_STEPS + 1)]
            found = self._ramps[ground, colour] = self._np.array(steps, self._np.uint8)
        return found

    def _place(self, colour: Colour) -> int:
        """Where a colour stands in the palette; when that is full, where the nearest one does."""
        place = self._palette.get(colour)
        if place is not None:
            return place
        if len(self._palette) < 256:
            self._palette[colour] = len(self._palette)
            return self._palette[colour]
        near = min(self._palette, key=lambda known: sum((a - b) ** 2 for a, b in zip(known, colour, strict=True)))
        return self._palette[near]

    def png(self) -> bytes:
        """The file; each line is stored as its difference from the one above, which packs well and fast."""
        height, width = self.pixels.shape
        lines: Any = self._np.full((height, 1 + width), 2, self._np.uint8)
        lines[0, 1:] = self.pixels[0]
        self._np.subtract(self.pixels[1:], self.pixels[:-1], out=lines[1:, 1:])
        parts = (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(map(bytes, self._palette))),
            (b"IDAT", zlib.compress(lines, 1)),
            (b"IEND", b""),
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )


def wide(text: str, size: int = SMALL) -> int:
    """How many pixels a line of text takes."""
    shapes, _ = _letters(size)
    return sum(shapes.get(letter, shapes["?"]).shape[1] for letter in text)


def _between(low: Colour, high: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _within(at: float, most: int) -> int:
    return min(max(round(at), 0), most)


@cache
def _letters(size: int) -> tuple[dict[str, Any], int]:
    """Each letter of a size as an array of coverage, and their common height."""
    import numpy

    data = memoryview(zlib.decompress(Path(__file__).with_name("glyphs.bin").read_bytes()))
    at = 0
    while True:
        found, height = data[at], data[at + 1]
        shapes, at = {}, at + 2
        for letter in _LETTERS:
            wide = data[at]
            shapes[letter] = numpy.frombuffer(data[at + 1 : at + 1 + wide * height], numpy.uint8).reshape(height, wide)
            at += 1 + wide * height
        if found == size:
            return shapes, height
