"""The distributions installed here, read from their own records.

`importlib.metadata.packages_distributions()` opens every file list of every distribution (100 ms and more). A model
names a few modules, so the way here is the other one round: list the directories that pip wrote (names and versions are
in their names), guess the distribution of a module, and let its file list confirm the guess.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .markers import holds

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# First guesses, tried before every file list is searched; the file list has the last word.
_GUESSES = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "attr": "attrs",
}
_FOLDER = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info")
_SECRET = re.compile(r"(?P<scheme>[\w+]+)://(?P<who>[^/\s]+)@")
_REQUIRES = re.compile(rb"^Requires-Dist:\s*([A-Za-z0-9][\w.-]*)([^;\r\n]*)(?:;([^\r\n]*))?", re.MULTILINE)


def normal(name: str) -> str:
    """A distribution's name in the one spelling that compares (PEP 503).

    >>> normal("Ruamel_Yaml.Clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Distribution:
    """One installed distribution."""

    name: str
    version: str
    info: Path  # its .dist-info or .egg-info

    @property
    def origin(self) -> dict[str, object] | None:
        """Where it came from when not from an index: PEP 610's record."""
        try:
            found = json.loads((self.info / "direct_url.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def folder(self) -> Path | None:
        """The source directory of an editable install."""
        origin = self.origin or {}
        folder = origin.get("dir_info")
        if not (isinstance(folder, dict) and folder.get("editable")):
            return None
        return Path(unquote(urlsplit(str(origin.get("url"))).path))

    @property
    def requirement(self) -> str:
        """The line that installs it again, elsewhere.

        A build's own label (`+cpu`) goes, since no index has it; a repository is named with its commit; a file or
        folder of this machine cannot be named elsewhere, so the version stands for it. Credentials never appear.
        """
        origin = self.origin or {}
        url, vcs, archive = (
            without_credentials(str(origin.get("url"))),
            origin.get("vcs_info"),
            origin.get("archive_info"),
        )
        part = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
        if isinstance(vcs, dict) and "://" in url:
            return f"{self.name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}{part}"
        if isinstance(archive, dict) and url.startswith(("http:", "https:")):
            return f"{self.name} @ {url}{part}"
        return f"{self.name}=={self.version.partition('+')[0]}"

    def owns(self, path: str) -> bool:
        """Whether the module or package at `path` ("sklearn/tree/_tree") is among its files."""
        files, name = _files(self.info), path.encode()
        return b"\n" + name + b"/" in files or b"\n" + name + b"." in files

    def requires(self) -> frozenset[str]:
        """Normalised names of what it requires in this environment, extras left out."""
        return _requires(self.info)


def without_credentials(line: str) -> str:
    """`line` with user names and passwords taken out of its addresses.

    References to environment variables (`${TOKEN}`) are no secret and stay, and so does the user of an ssh address.

    >>> without_credentials("pkg @ git+https://tok3n@git.example/pkg@v1")
    'pkg @ git+https://git.example/pkg@v1'
    """

    def clean(match: re.Match[str]) -> str:
        who = match["who"]
        harmless = re.fullmatch(r"(\$\{\w+\}:?)+", who) or (match["scheme"].endswith("ssh") and ":" not in who)
        return match[0] if harmless else f"{match['scheme']}://"

    return _SECRET.sub(clean, line)


def find(name: str) -> Distribution | None:
    """The installed distribution called `name`, in any spelling."""
    return _installed().get(normal(name))


def providing(module: str) -> list[Distribution]:
    """The distributions that the dotted `module` comes from: none for the standard library and for local files."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in ("__main__", "__mp_main__", ""):
        return []
    return list(_providing(module, _stamp()))


def required_by(name: str) -> set[str]:
    """Everything that `name` requires, directly or not."""
    seen: set[str] = set()
    todo = [normal(name)]
    while todo:
        found = find(todo.pop())
        fresh = found.requires() - seen if found else frozenset()
        seen |= fresh
        todo += fresh
    return seen


def plugged(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group; asked for again, nothing is read unless something was installed meanwhile."""
    return _plugged(group, _stamp())


@lru_cache(maxsize=8)
def _plugged(group: str, stamp: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points  # 10 ms of imports, which most processes do without

    return tuple(entry_points(group=group))


def _stamp() -> tuple[tuple[str, int], ...]:
    """Where distributions lie now, and since when: it changes when something is installed while we run."""
    seen = {}
    for entry in sys.path:
        try:
            time = os.stat(entry or os.curdir).st_mtime_ns
        except OSError:
            continue
        if _within(entry or os.curdir, time):  # the working directory changes all the time, and holds none
            seen[entry or os.curdir] = time
    return tuple(seen.items())


def _installed() -> dict[str, Distribution]:
    return _scan(_stamp())


@lru_cache(maxsize=2)
def _scan(stamp: tuple[tuple[str, int], ...]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    for place in stamp:
        for one in _within(*place):
            found.setdefault(one.name, one)  # the first on the path is the one that imports find
    return found


@lru_cache(maxsize=64)
def _within(entry: str, time: int) -> tuple[Distribution, ...]:
    """The distributions that lie in one directory."""
    try:
        names = [n for n in os.listdir(entry) if n.endswith((".dist-info", ".egg-info"))]
    except OSError:  # a zip file, or a directory we may not list
        return ()
    found = []
    for name in names:
        info = Path(entry, name)
        if match := _FOLDER.fullmatch(name):
            found.append(Distribution(normal(match["name"]), match["version"], info))
        elif (legacy := _from_metadata(info)) is not None:  # a source directory's own NAME.egg-info
            found.append(legacy)
    return tuple(found)


def _from_metadata(info: Path) -> Distribution | None:
    head = _metadata(info)
    name, version = (re.search(rb"^%s:\s*(\S+)" % key, head, re.MULTILINE) for key in (b"Name", b"Version"))
    return Distribution(normal(name[1].decode()), version[1].decode(), info) if name and version else None


def _metadata(info: Path) -> bytes:
    """The header of its metadata, without the description that follows."""
    for path in (info / "METADATA", info / "PKG-INFO", info):
        try:
            return path.read_bytes().partition(b"\n\n")[0]
        except OSError:
            continue
    return b""


@lru_cache(maxsize=8)
def _files(info: Path) -> bytes:
    """Its files, one a line, each line led by a newline; of an old install, its top-level names."""
    for name in ("RECORD", "top_level.txt"):
        try:
            text = (info / name).read_bytes()
        except OSError:
            continue
        return b"\n" + (text if name == "RECORD" else re.sub(rb"\s+", b"/\n", text.strip() + b"\n"))
    return b""


@lru_cache(maxsize=512)
def _providing(module: str, stamp: tuple[tuple[str, int], ...]) -> tuple[Distribution, ...]:
    parts = module.split(".")
    everything = _scan(stamp)
    guess = everything.get(normal(_GUESSES.get(parts[0], parts[0])))
    for size in range(len(parts), 0, -1):  # the longest path wins: namespace packages have many owners at the top
        path = "/".join(parts[:size])
        if guess and guess.owns(path):
            return (guess,)
        if size in (1, len(parts)) and (owners := tuple(_owners(path, everything))):
            return owners
    return tuple(_editable(module, everything))


def _owners(path: str, everything: dict[str, Distribution]) -> Iterator[Distribution]:
    needle = path.encode()
    for one in everything.values():
        try:
            files = (one.info / "RECORD").read_bytes()
        except OSError:
            files = _files(one.info)
        if (
            files.startswith((needle + b"/", needle + b"."))
            or b"\n" + needle + b"/" in files
            or b"\n" + needle + b"." in files
        ):
            yield one


def _editable(module: str, everything: dict[str, Distribution]) -> Iterator[Distribution]:
    """Editable installs list no modules: compare where the module lies with where their sources lie."""
    where = location(module)
    if where is None:
        return
    for one in everything.values():
        folder = one.folder
        if folder is not None and folder.resolve() in where.resolve().parents:
            yield one


def location(module: str) -> Path | None:
    """The file or directory that the top-level package of `module` is imported from; nothing is imported."""
    top = module.partition(".")[0]
    loaded = sys.modules.get(top)
    if file := getattr(loaded, "__file__", None):
        return Path(file)
    try:
        spec = find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if spec.origin and spec.has_location:
        return Path(spec.origin)
    return next((Path(p) for p in spec.submodule_search_locations or ()), None)


@lru_cache(maxsize=256)
def _requires(info: Path) -> frozenset[str]:
    found = _REQUIRES.findall(_metadata(info))
    return frozenset(normal(name.decode()) for name, _, marker in found if holds(marker.decode().strip()))
