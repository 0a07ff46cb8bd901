"""The charts of a trained model as PNG files: bars, a matrix of shares, a curve, the course of a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .canvas import LARGE, Canvas, wide

_INK, _PALE, _GRID, _BLUE, _WHITE = (33, 37, 41), (108, 117, 125), (222, 226, 230), (46, 108, 184), (255, 255, 255)
_MOST_BARS, _MOST_CLASSES = 40, 40


def bars(title: str, values: Mapping[str, float]) -> bytes:
    """Horizontal bars, the largest on top; beyond forty only the largest forty."""
    shown = sorted(values.items(), key=lambda item: -abs(item[1]))[:_MOST_BARS]
    if len(shown) < len(values):
        title += f", the largest {len(shown)} of {len(values)}"
    names = [_short(str(name)) for name, _ in shown]
    left = 40 + max(map(wide, names), default=0)
    span, most = 880 - left - 110, max((abs(value) for _, value in shown), default=0.0) or 1.0
    sheet = _titled(880, 90 + 24 * len(shown), title)
    for row, (name, (_, value)) in enumerate(zip(names, shown, strict=True)):
        middle = 70 + 24 * row
        end = left + max(1, round(span * abs(value) / most))
        sheet.box(left, middle - 8, end, middle + 8, _BLUE)
        sheet.text(left - 10, middle, name, _INK, across=1)
        sheet.text(end + 8, middle, _number(value), _PALE)
    sheet.box(left - 1, 56, left, 66 + 24 * len(shown), _PALE)
    return sheet.png()


def matrix(title: str, labels: Sequence[str], shares: Sequence[Sequence[float]]) -> bytes:
    """True labels down, predicted labels across, each cell a share of its row."""
    if len(labels) > _MOST_CLASSES:
        title += f", the first {_MOST_CLASSES} of {len(labels)} classes"
        labels, shares = labels[:_MOST_CLASSES], [row[:_MOST_CLASSES] for row in shares[:_MOST_CLASSES]]
    size = max(30, min(84, 640 // max(len(labels), 1)))
    names = [_short(label, 14) for label in labels]
    left, side = 40 + max(map(wide, ("True", *names))), size * len(labels)
    sheet = _titled(max(left + side + 40, 60 + wide(title, LARGE)), side + 150, title)
    for i, row in enumerate(shares):
        middle = size * i + size // 2
        sheet.text(left - 10, 64 + middle, names[i], _INK, across=1)
        sheet.text(left + middle, 70 + side, _short(names[i], max(2, size // 8)), _INK, across=0.5, down=0)
        for j, share in enumerate(row):
            x, y, depth = left + size * j, 64 + size * i, _depth(share)
            r, g, b = (round(pale + (deep - pale) * depth) for pale, deep in zip(_WHITE, _BLUE, strict=True))
            sheet.box(x, y, x + size + 1, y + size + 1, _GRID)
            sheet.box(x + 1, y + 1, x + size, y + size, (r, g, b))
            colour = _WHITE if depth > 0.55 else _INK
            sheet.text(x + size / 2, y + size / 2, f"{share:.2f}", colour, across=0.5)
    sheet.text(left + side / 2, 98 + side, "Predicted label", _PALE, across=0.5, down=0)
    sheet.text(14, 46, "True label", _PALE)
    return sheet.png()


def curve(
    title: str, across: str, up: str, xs: Sequence[float], ys: Sequence[float], *, diagonal: bool = False
) -> bytes:
    """A line through points of the unit square."""
    left, top, side = 80, 70, 480
    sheet = _titled(left + side + 50, top + side + 80, title)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + side * x, top + side * (1 - y)

    for tick in range(6):
        share = tick / 5
        (x, y), text = at(share, share), f"{share:.1f}"
        sheet.box(x, top, x + 1, top + side, _GRID)
        sheet.box(left, y, left + side, y + 1, _GRID)
        sheet.text(x, top + side + 8, text, _PALE, across=0.5, down=0)
        sheet.text(left - 10, y, text, _PALE, across=1)
    if diagonal:
        sheet.line([at(0, 0), at(1, 1)], _PALE, 1)
    thin = max(1, len(xs) // 1000)
    points = [at(x, y) for x, y in zip(xs[::thin], ys[::thin], strict=True)]
    sheet.line([*points, at(xs[-1], ys[-1])], _BLUE, 2.5)
    sheet.text(left + side / 2, top + side + 36, across, _INK, across=0.5, down=0)
    sheet.text(left, top - 18, up, _INK)
    return sheet.png()


def course(title: str, across: str, series: Sequence[Sequence[float]]) -> bytes:
    """Lines of values over the share of a whole, such as a learning rate over a training."""
    left, top, width, high = 100, 70, 640, 360
    sheet = _titled(left + width + 50, top + high + 80, title)
    least, most = (pick(value for line in series for value in line) for pick in (min, max))
    span = (most - least) or 1.0
    for tick in range(6):
        share = tick / 5
        x, y = left + width * share, top + high * (1 - share)
        sheet.box(x, top, x + 1, top + high, _GRID)
        sheet.box(left, y, left + width, y + 1, _GRID)
        sheet.text(x, top + high + 8, f"{share:.0%}", _PALE, across=0.5, down=0)
        sheet.text(left - 10, y, f"{least + span * share:.3g}", _PALE, across=1)
    for line in series:
        steps = max(len(line) - 1, 1)
        points = [
            (left + width * at / steps, top + high * (1 - (value - least) / span)) for at, value in enumerate(line)
        ]
        sheet.line([*points, points[-1]], _BLUE, 2.5)
    sheet.text(left + width / 2, top + high + 36, across, _INK, across=0.5, down=0)
    return sheet.png()


def _depth(share: float) -> float:
    """How deep a share's colour is, in twenty steps: a palette holds 256 colours."""
    return round(20 * min(max(share, 0.0), 1.0)) / 20 if share == share else 0.0


def _titled(width: int, height: int, title: str) -> Canvas:
    sheet = Canvas(width, height)
    sheet.text(14, 24, title, _INK, size=LARGE)
    return sheet


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:.4g}"
