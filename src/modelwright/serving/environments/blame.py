"""Which requirement it was, when an environment cannot be built."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ...core.errors import BrokenEnvironment, Error, Unavailable
from ...models.installed import normal, without_credentials
from ...models.requirement_lines import name_of
from .own_source import NAME

_HEAD, _TAIL = 500, 1500  # characters kept of the two ends of what the installer said
_BUILT = re.compile(
    r"Failed to (?:download(?: and build)?|build|fetch|extract|unzip)[^`\n]*`(?P<name>[\w.-]+)(?:==|`| @)"
)
_INCLUDED = re.compile(r"was included because `(?P<name>[\w.-]+)`")
_WORD = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"(?:[\w+]+://|(?<!\w)\.{0,2}/)\S+")
_NETWORK = re.compile(r"Failed to fetch:? `?(?P<address>https?://\S+?)`?\s")
_HINTS = re.compile(r"\n\s*\nhint: .*", re.S)


def error(said: str, lines: Sequence[str], alone: Callable[[str], bool], *, by: str = "uv") -> Error:
    """What to raise: one error that names the requirements at fault, and what the installer said of them.

    Args:
        said: The installer's message.
        lines: The requirements it was given.
        alone: Whether a requirement can be met by itself; asked one by one when the message names none.
        by: Who said it.

    >>> text = "Because there is no version of pandas==99 and you require pandas==99, ..."
    >>> print(error(text, ["numpy==2.0", "pandas==99"], lambda line: True).message.partition("; ")[0])
    The model's environment cannot be built, because of its requirement 'pandas==99'
    """
    reason = _short(without_credentials(_HINTS.sub("", said).strip()))
    unreached = _NETWORK.search(said + "\n")
    if unreached and not any(unreached["address"] in line for line in lines):
        return Unavailable(
            f"The model's environment cannot be built: {without_credentials(unreached['address'])} cannot be reached. "
            f"Say where packages are with UV_DEFAULT_INDEX or PIP_INDEX_URL, or use the environment you are in "
            f"(local); {by} said: {reason}"
        )
    found = guilty(said, lines) or [line for line in lines if not alone(line)]
    listed = " and ".join(f"'{without_credentials(line)}'" for line in found)
    if not found:
        culprit = ""
    elif len(found) == 1:
        culprit = f", because of its requirement {listed}"
    else:
        culprit = f", because of its requirements {listed}, not all of which can be met at once"
    ours = f", beside {NAME}, which runs the model" if found and _mentions(said, NAME) else ""
    return BrokenEnvironment(
        f"The model's environment cannot be built{culprit}{ours}; change what it requires with `modelwright models "
        f"update-pip-requirements`, or for one call with -r. {by} said: {reason}"
    )


def _short(text: str) -> str:
    """Its two ends: a compiler says at the end what went wrong."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n[…]\n{text[-_TAIL:]}"


def guilty(said: str, lines: Sequence[str]) -> list[str]:
    """The lines that a message of uv is about.

    >>> guilty("Failed to build `y==1`\\n`y` (v1) was included because `x` (v2) depends on `y`", ["x", "z"])
    ['x']
    """
    if failed := [normal(match["name"]) for match in _BUILT.finditer(said)]:
        chain = {*failed, *(normal(match["name"]) for match in _INCLUDED.finditer(said))}
        return [line for line in lines if name_of(line) in chain]
    words = {normal(word) for word in _WORD.findall(_HINTS.sub("", said))}
    return [line for line in lines if _named(line, said, words)]


def _named(line: str, said: str, words: set[str]) -> bool:
    if line.startswith("--"):  # an option
        return False
    name, address = name_of(line), _ADDRESS.search(line)
    if address and re.sub(r"^git\+|#.*$|@[^/@]*(#.*)?$", "", address[0]) in said:  # uv names it without the revision
        return True
    return name in words if name is not None else line in said


def _mentions(said: str, name: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", said) is not None
