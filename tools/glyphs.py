"""Makes `autolog/glyphs.bin`, the letters of the charts, from the font that comes inside Pillow (Aileron, CC0).

    python tools/glyphs.py

One zlib stream; for each size: the size, the line height, then for each character its advance and, line by line, its
coverage from 0 to 255.
"""

from __future__ import annotations

import zlib
from pathlib import Path

SIZES = (13, 17)
CHARACTERS = [chr(code) for code in (*range(32, 127), *range(160, 256), 0x2026)]
TARGET = Path(__file__).parents[1] / "src/modelwright/autolog/glyphs.bin"


def main() -> None:
    from PIL import Image, ImageDraw, ImageFont

    out = bytearray()
    for size in SIZES:
        font = ImageFont.load_default(size)
        ascent, descent = font.getmetrics()
        out += bytes((size, ascent + descent))
        for character in CHARACTERS:
            width = max(1, round(font.getlength(character)))
            cell = Image.new("L", (width, ascent + descent))
            ImageDraw.Draw(cell).text((0, 0), character, font=font, fill=255)
            out += bytes((width,)) + cell.tobytes()
    TARGET.write_bytes(zlib.compress(bytes(out), 9))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
