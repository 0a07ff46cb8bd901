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


class Canvas:
    """White, `width` by `height` pixels; (0, 0) is the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        import numpy

        self._np = numpy
        self.pixels: Any = numpy.full((height, width, 3), 255, numpy.uint8)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        rows, columns = self.pixels.shape[:2]
        self.pixels[_within(top, rows) : _within(bottom, rows), _within(left, columns) : _within(right, columns)] = (
            colour
        )

    def text(
        self, x: float, y: float, text: str, colour: Colour, *, across: float = 0, down: float = 0.5, size: int = SMALL
    ) -> None:
        """One line; `across` and `down` say which share of it lies left of and above the point."""
        shapes, height = _letters(size)
        letters = [shapes.get(letter, shapes["?"]) for letter in text]
        if letters:
            ink = self._np.hstack(letters)
            self._blend(round(x - ink.shape[1] * across), round(y - height * down), ink / 255.0, colour)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 1.5) -> None:
        """A smooth line through points, by how much of each pixel it covers."""
        np = self._np
        at = np.asarray(points, dtype=float)
        steps = np.maximum(1, np.ceil(np.abs(np.diff(at, axis=0)).max(axis=1))).astype(int)
        path = np.concatenate([np.linspace(a, b, n + 1) for a, b, n in zip(at[:-1], at[1:], steps, strict=True)])
        rows, columns = self.pixels.shape[:2]
        cover, reach = np.zeros(rows * columns), np.arange(-int(width / 2 + 1), int(width / 2 + 2))
        x = np.floor(path[:, 0]).astype(int)[:, None, None] + reach[:, None]
        y = np.floor(path[:, 1]).astype(int)[:, None, None] + reach
        far = np.hypot(x + 0.5 - path[:, 0, None, None], y + 0.5 - path[:, 1, None, None])
        share = np.clip(width / 2 + 0.5 - far, 0, 1)
        seen = (share > 0) & (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
        np.maximum.at(cover, (y * columns + x)[seen], share[seen])
        self._blend(0, 0, cover.reshape(rows, columns), colour)

    def _blend(self, x: int, y: int, ink: Any, colour: Colour) -> None:
        rows, columns = self.pixels.shape[:2]
        ink = ink[max(0, -y) : max(0, rows - y), max(0, -x) : max(0, columns - x)]
        x, y = max(x, 0), max(y, 0)
        under = self.pixels[y : y + ink.shape[0], x : x + ink.shape[1]]
        inked = ink > 0
        under[inked] = under[inked] + ink[inked][:, None] * (self._np.asarray(colour, float) - under[inked]) + 0.5

    def png(self) -> bytes:
        """The file; each line is stored as its difference from the one above, which packs well and fast."""
        height, width = self.pixels.shape[:2]
        lines: Any = self._np.full((height, 1 + width * 3), 2, self._np.uint8)
        flat = self.pixels.reshape(height, width * 3)
        lines[0, 1:] = flat[0]
        lines[1:, 1:] = flat[1:] - flat[:-1]
        parts = (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(lines.tobytes(), 3)),
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
