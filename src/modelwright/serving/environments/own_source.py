"""This package itself, as another environment installs it: the same code that runs here.

From a package index where that is where it came from. Else as a wheel: built from the checkout that it runs from, or
packed again from the files that were installed.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from ...core import VERSION
from ...core.errors import BrokenEnvironment, MissingDependency
from ...models.installed import Distribution, find
from . import uv
from .kept import folder, kept

log = logging.getLogger(__name__)

NAME = "modelwright"
OLDEST_PYTHON = (3, 11)  # that it runs on
_EXTRA = "serve"
_PACKAGE = Path(__file__).resolve().parents[2]
_CHECKOUT = _PACKAGE.parents[1]
_SOURCES = ("pyproject.toml", "README.md", "LICENSE")
# What an installer wrote about the installation, and no wheel holds.
_OF_THE_INSTALLER = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json")


def identity() -> str:
    """A text that changes when another environment should install this package anew; no process is started.

    >>> identity() == identity()
    True
    """
    if not (_from_checkout() or _from_elsewhere()):
        return f"{NAME}=={VERSION}"
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.relative_to(_CHECKOUT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{NAME}-{VERSION}-{digest.hexdigest()[:16]}"


def requirement() -> str:
    """The line that installs this package with what serving needs.

    >>> requirement().startswith("modelwright[serve]")
    True
    """
    found = wheel()
    return f"{NAME}[{_EXTRA}]=={VERSION}" if found is None else f"{NAME}[{_EXTRA}] @ {found.as_uri()}"


def wheel() -> Path | None:
    """The wheel to install, made on first use; None where a package index has it.

    Raises:
        MissingDependency: There is nothing to make one from, or no uv to make it.
        BrokenEnvironment: It cannot be built.
    """
    if not (_from_checkout() or _from_elsewhere()):
        return None
    build = _build if _from_checkout() else partial(_pack, _distribution())
    return next(kept(folder() / "wheels" / identity(), build).glob("*.whl"))


def runnable(python: str) -> str:
    """The Python for an environment: the recorded one, unless this package cannot run on it.

    >>> runnable("3.12.1")
    '3.12.1'
    """
    if tuple(int(part) for part in python.split(".")[:2] if part.isdigit()) >= OLDEST_PYTHON:
        return python
    oldest = "{}.{}".format(*OLDEST_PYTHON)
    log.warning(
        "environments: the model was made with Python %s; what runs it here needs %s at least, so it gets that",
        python,
        oldest,
    )
    return oldest


def _from_checkout() -> bool:
    return _PACKAGE.parent.name == "src" and (_CHECKOUT / "pyproject.toml").is_file()


def _from_elsewhere() -> bool:
    """Whether it was installed from a file or folder, so that an index may have another of this version, or none."""
    found = find(NAME)
    return found is None or found.origin is not None


def _distribution() -> Distribution:
    found = find(NAME)
    if found is None or not (found.info / "RECORD").is_file():
        raise MissingDependency(
            f"{NAME} runs from '{_PACKAGE}', where nothing installed it, so it cannot be installed elsewhere; "
            f"pip install it, or run it from a checkout"
        )
    return found


def _files() -> Iterator[Path]:
    """The files that it consists of, in one order."""
    if _from_checkout():
        yield from (path for name in _SOURCES if (path := _CHECKOUT / name).is_file())
    for path in sorted(_PACKAGE.rglob("*")):
        if "__pycache__" not in path.parts and path.is_file():
            yield path


def _build(at: Path) -> None:
    at.mkdir()
    try:
        uv.ask("build", "--quiet", "--wheel", "--out-dir", at, _CHECKOUT, folder=at)
    except uv.Failed as failed:
        raise BrokenEnvironment(f"No wheel of {NAME} could be built of '{_CHECKOUT}': {failed}") from failed


def _pack(found: Distribution, at: Path) -> None:
    """The installed files as the wheel they came from."""
    at.mkdir()
    site, record = found.info.parent, []
    path = at / f"{NAME}-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _recorded(found):
            content = (site / name).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")
            archive.writestr(name, content)
        listing = f"{found.info.name}/RECORD"
        archive.writestr(listing, "\n".join([*record, f"{listing},,", ""]))


def _recorded(found: Distribution) -> Iterator[str]:
    """The files of a distribution that came from its wheel, by their names in it."""
    for line in (found.info / "RECORD").read_text("utf-8").splitlines():
        name = line.rsplit(",", 2)[0].strip('"')
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "__pycache__" in path.parts:
            continue  # scripts, and what Python compiled
        if path.parent.name != found.info.name or path.name not in _OF_THE_INSTALLER:
            yield name
