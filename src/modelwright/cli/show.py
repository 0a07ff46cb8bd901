"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ..stores.artifacts import transfer

F = TypeVar("F", bound=Callable[..., Any])
_PIPED = 10_000  # columns: whatever reads a pipe wraps lines itself, and a cell must not be cut


def json_option(function: F) -> F:
    """`--json`, on every command that answers something."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(function)


def console(*, stderr: bool = False) -> Console:
    found = Console(stderr=stderr, highlight=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=_PIPED)


def as_json(value: Any) -> None:
    """One JSON document; numbers that JSON lacks are the strings "NaN", "Infinity" and "-Infinity"."""
    click.echo(json.dumps(_plain(value), indent=2, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, empty: str = "") -> None:
    """A table; `empty` is said instead where there is no row. Columns without names get no heading."""
    filled = [[cell(value) for value in row] for row in rows]
    if not filled:
        click.echo(empty or "Nothing found.")
        return
    out = Table(box=None, pad_edge=False, show_header=any(columns), header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        out.add_column(column, overflow="fold")
    for row in filled:
        out.add_row(*(Text(value) for value in row))  # Text: what users wrote is never read as markup
    if title:
        _print(Text(title, style="bold"))
    _print(out)


def pairs(values: Mapping[str, Any], *, title: str | None = None) -> None:
    """Names and values, one pair a line; pairs without a value are left out."""
    out = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    out.add_column(style="bold" if title is None else "", no_wrap=True)
    out.add_column(overflow="fold")
    for name, value in values.items():
        if text := cell(value):
            out.add_row(Text(name), Text(text))
    if title:
        _print(Text(title, style="bold"))
    _print(out)


def _print(what: Any) -> None:
    out = console()
    with out.capture() as captured:
        out.print(what)
    text = captured.get()
    click.echo(
        text if out.is_terminal else "\n".join(line.rstrip() for line in text.splitlines()), nl=not out.is_terminal
    )


def cell(value: Any) -> str:
    """One value as a person reads it.

    >>> cell(0.1234567891), cell(None), cell({"a": "1"})
    ('0.123457', '', 'a=1')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return str(value)


def when(milliseconds: int | None) -> str:
    """Milliseconds since 1970 as local time.

    >>> when(None)
    ''
    """
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def size(count: int) -> str:
    """
    >>> size(10), size(2048), size(5 * 2**20)
    ('10 B', '2.0 KiB', '5.0 MiB')
    """
    amount, units = float(count), ["B", "KiB", "MiB", "GiB"]
    while amount >= 1024 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    return f"{count} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def progress() -> Progress:
    """A spinner with elapsed time, on standard error; nothing when that is not a terminal."""
    shown = console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal)


@contextmanager
def transfer_progress(what: str) -> Iterator[None]:
    """The same, with a bar of the files that are copied in here."""
    with progress() as bar:
        bar.columns = (*bar.columns[:2], BarColumn(), MofNCompleteColumn(), *bar.columns[2:])
        task = bar.add_task(what, total=None)
        with transfer.watched(lambda done, total: bar.update(task, completed=done, total=total)):
            yield


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
