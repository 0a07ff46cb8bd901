"""Input files: those given, and those in the folders given, in the order of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..core.errors import InvalidArgument, MissingFile
from .formats import ENDINGS
from .job import File


def found(inputs: Sequence[str | Path], apart: Sequence[Path] = ()) -> tuple[File, ...]:
    """Every file to score.

    Args:
        inputs: Files and folders. Folders are explored to any depth; names that begin with "." or "_" are left out, as
            Spark does.
        apart: Paths that are no input, though they may lie in such a folder: the output, the journal.

    Raises:
        MissingFile: There is no such file or folder.
        InvalidArgument: A file's ending says nothing that can be read, or there is no file at all.
    """
    listed = [pair for given in inputs for pair in _listed(Path(given), [path.absolute() for path in apart])]
    if strange := [path for path, _ in listed if path.suffix.lower() not in ENDINGS]:
        shown = ", ".join(f"'{path}'" for path in strange[:10])
        raise InvalidArgument(
            f"{len(strange)} of the input files have endings that are not read: {shown}. Read are "
            f"{', '.join(ENDINGS)}; take the others out, or let their names begin with '_'"
        )
    if not listed:
        raise InvalidArgument(f"There is no file to score in {', '.join(repr(str(given)) for given in inputs)}")
    names = Counter(name for _, name in listed)
    if names.total() > len(names):  # of several folders; only their whole paths tell them apart
        listed = [(path, name if names[name] == 1 else path.as_posix()) for path, name in listed]
    return tuple(_file(path, name) for path, name in listed)


def _listed(given: Path, apart: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Paths below `given`, and their names relative to it."""
    if given.is_file():
        yield given, given.name
        return
    if not given.is_dir():
        raise MissingFile(f"There is no input '{given}'; give files, or folders of files")
    for path in sorted(given.rglob("*"), key=lambda path: path.relative_to(given).parts):
        inner = path.relative_to(given)
        hidden = any(part.startswith((".", "_")) for part in inner.parts)
        aside = any(path.absolute() == other or other in path.absolute().parents for other in apart)
        if path.is_file() and not hidden and not aside:
            yield path, inner.as_posix()


def _file(path: Path, name: str) -> File:
    facts = path.stat()
    return File(str(path.absolute()), name, ENDINGS[path.suffix.lower()], facts.st_size, facts.st_mtime_ns)
