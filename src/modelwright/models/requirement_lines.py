"""Requirement lines as pip reads them: files, options, constraints, credentials, duplicates."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgument, NotFound
from .installed import find, normal, without_credentials

if TYPE_CHECKING:
    from packaging.requirements import Requirement

log = logging.getLogger(__name__)

Given = Iterable[str] | str | os.PathLike[str] | None
_INCLUDE = re.compile(
    r"(?:(?:-r|--requirement)|(?P<constraint>-c|--constraint))(?:\s*=\s*|\s+|(?<=-[rc]))(?P<file>\S.*)"
)
_PLAIN = re.compile(r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[\w.!+]+))?")
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:$|[\[(=<>!~;@\s])")
_LOCAL = re.compile(
    r"(?:-e\s+|--editable[\s=]+)?(?P<path>file:\S+|\.{0,2}[/\\]\S*|\.{1,2}|[A-Za-z]:\\\S+|(?!\S*://)\S+\.(?:whl|zip|tar\.gz))(?:\[.*)?"
)


def parse(given: Given, *, portable: bool = True) -> tuple[list[str], list[str]]:
    """Requirements and constraints from a list of lines or the path of a requirements file.

    `-r` and `-c` files are read in, comments dropped, continued lines joined, credentials in addresses left out.

    Args:
        given: The lines, or the path.
        portable: False for what is installed here and now: credentials stay, and places of this machine are no matter.

    Raises:
        InvalidArgument: Not a list of strings or a path, or a line that pip would refuse.
        NotFound: A file is missing.

    >>> parse(["scikit-learn  # the model", "--index-url https://pypi.example/simple"])[0]
    ['scikit-learn', '--index-url https://pypi.example/simple']
    """
    if given is None:
        return [], []
    if isinstance(given, (str, os.PathLike)):
        found = list(_read(Path(given), constraint=False))
    else:
        lines = list(given) if isinstance(given, Iterable) else None
        if lines is None or not all(isinstance(line, str) for line in lines):
            raise InvalidArgument(
                f"Requirements must be a list of strings or the path of a requirements file, got {given!r}"
            )
        found = list(_walk(lines, Path.cwd(), constraint=False))
    for line, _ in found:
        _check(line)
    if portable:
        found = [(_portable(line), constraint) for line, constraint in found]
    return [line for line, constraint in found if not constraint], [line for line, constraint in found if constraint]


def _read(path: Path, *, constraint: bool, within: tuple[Path, ...] = ()) -> Iterator[tuple[str, bool]]:
    if path.absolute() in within:
        raise InvalidArgument(f"The requirements file '{path}' includes itself")
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"Cannot read the requirements file '{path}': {error}") from error
    yield from _walk(text.splitlines(), path.parent, constraint=constraint, within=(*within, path.absolute()))


def _walk(
    lines: Iterable[str], base: Path, *, constraint: bool, within: tuple[Path, ...] = ()
) -> Iterator[tuple[str, bool]]:
    for line in _joined(lines):
        line = re.sub(r"(^|\s+)#.*$", "", line).strip()
        if not line:
            continue
        match = _INCLUDE.fullmatch(line)
        if match is None or "://" in match["file"]:  # pip fetches an address itself when it installs
            yield line, constraint
        else:
            file = base / match["file"].strip("\"'")
            yield from _read(file, constraint=constraint or bool(match["constraint"]), within=within)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """A line that ends with a backslash goes on in the next, unless it is a comment."""
    start = ""
    for line in lines:
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            start += line[:-1]
        else:
            yield start + line
            start = ""
    if start:
        yield start


def _check(line: str) -> None:
    """InvalidArgument for a line that names no distribution, option, address or path."""
    if _PLAIN.fullmatch(line) or line.startswith("-") or "://" in line or _LOCAL.fullmatch(line):
        return
    from packaging.requirements import InvalidRequirement

    try:
        one = _requirement(re.sub(r"\s+--?[a-z].*$", "", line))  # pip lets options follow
        if not all(condition.version for condition in one.specifier):
            raise InvalidRequirement("a condition names no version")
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise InvalidArgument(
            f"Requirement {line!r} cannot be read: {reason}; expected such as 'scikit-learn==1.5.0'"
        ) from error


def _portable(line: str) -> str:
    """The line as it may travel: without credentials; with a word where it names a place on this machine."""
    clean = without_credentials(line)
    if clean != line:
        warnings.warn(
            f"Credentials are not written into a model: '{clean}'. Where it is installed, give them through pip's"
            " configuration, a netrc file, or as ${VARIABLES} in the address",
            UserWarning,
            stacklevel=2,
        )
    if match := _LOCAL.fullmatch(clean.partition(" @ ")[2] or clean):
        warnings.warn(
            f"Requirement '{clean}' names {match['path']!r} on this machine, which does not travel with the model; "
            "pass the code in code_paths=, or name a package index or a repository",
            UserWarning,
            stacklevel=2,
        )
    return clean


def name_of(line: str) -> str | None:
    """The normalised distribution name of a requirement line; None for options, paths and bare addresses.

    >>> name_of("Scikit_Learn[extra]>=1.3; python_version>'3'"), name_of("-e ."), name_of("git+https://x.example/y")
    ('scikit-learn', None, None)
    """
    match = _NAMED.match(line)
    return normal(match["name"]) if match else None


def merge(lines: Iterable[str], *, defaults: Iterable[str] = ()) -> list[str]:
    """One line for each distribution: extras united, version conditions combined.

    Args:
        lines: What the caller asked for.
        defaults: Pins found by ourselves. They come first, and yield where the caller's condition excludes them.

    Raises:
        InvalidArgument: Two conditions that no version can meet.

    >>> merge(["markdown[a]>=3.5.1", "markdown[b]<4", "markdown"])
    ['markdown[a,b]<4,>=3.5.1']
    """
    groups: dict[str, list[tuple[str, bool]]] = {}
    for line, ours in [*((d, True) for d in defaults), *((line, False) for line in lines)]:
        group = groups.setdefault(name_of(line) or line, [])
        if line not in (known for known, _ in group):
            group.append((line, ours))
    merged: list[str] = []
    for group in groups.values():
        merged += [group[0][0]] if len(group) == 1 else _united(group)
    return merged


def _united(group: list[tuple[str, bool]]) -> list[str]:
    from packaging.requirements import InvalidRequirement

    result: list[tuple[Requirement, bool]] = []  # one for each environment marker
    rest: list[str] = []
    for line, ours in group:
        try:
            one = _requirement(line)
        except InvalidRequirement:  # a line with pip options of its own
            rest.append(line)
            continue
        same = next((pair for pair in result if pair[0].marker == one.marker), None)
        if same is None:
            result.append((one, ours))
        else:
            _combine(*same, one)
    return [*(str(one) for one, _ in result), *rest]


def _combine(first: Requirement, ours: bool, second: Requirement) -> None:
    """Add to `first` what `second` asks for; where they exclude each other, a pin of ours gives way."""
    first.extras |= second.extras
    if not second.specifier and not second.url:
        return
    both = first.specifier & second.specifier
    fits = (not first.url or first.url == second.url) if second.url else not first.url and _possible(both)
    if not fits and not ours:
        raise InvalidArgument(f"No version of {first.name} can meet both '{first}' and '{second}'; give one condition")
    first.specifier = both if fits and not second.url else second.specifier
    first.url = second.url


def _requirement(line: str) -> Requirement:
    from packaging.requirements import Requirement

    return Requirement(line)


def _possible(conditions: Any) -> bool:
    """Whether some version meets all conditions, tried at and around every version they name."""
    from packaging.version import InvalidVersion, Version

    tries = {"0"}
    for one in conditions:
        text = one.version.removesuffix(".*")
        try:
            version = Version(text)
        except InvalidVersion:  # `===` compares as text
            tries.add(text)
            continue
        tries |= {str(version), f"{version.base_version}.0.0.1", f"{version.base_version}.post1", f"{version}.dev0"}
        tries.add(".".join(map(str, (*version.release[:-1], version.release[-1] + 1))))
    valid = []
    for text in tries:
        try:
            valid.append(Version(text))
        except InvalidVersion:
            continue
    return not conditions or any(conditions.contains(version, prereleases=True) for version in valid)


def differences(lines: Iterable[str]) -> list[str]:
    """What of `lines` this environment does not meet, one sentence each."""
    found = []
    for line in lines:
        name = name_of(line)
        if name is None or "@" in line or name in ("mlflow", "mlflow-skinny"):
            continue
        here = find(name)
        plain = _PLAIN.fullmatch(line)
        if here is None:
            if plain or _applies(line):
                found.append(f"{line} (not installed here)")
        elif plain:
            if plain["version"] not in (None, here.version, here.version.partition("+")[0]):
                found.append(f"{line} (here {here.version})")
        elif _applies(line) and not _requirement(line).specifier.contains(here.version, prereleases=True):
            found.append(f"{line} (here {here.version})")
    return found


def _applies(line: str) -> bool:
    """Whether pip would look at this line here; False for what only pip can read."""
    from packaging.requirements import InvalidRequirement

    try:
        one = _requirement(line)
    except InvalidRequirement:
        return False
    return one.marker is None or one.marker.evaluate()
