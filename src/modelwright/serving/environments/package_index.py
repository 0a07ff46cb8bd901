"""Where packages come from: what pip is told on this machine, in uv's words.

uv reads its own variables and files only. A machine that is set up for pip (an index of the company, a folder of
wheels, a certificate) should build environments just the same, so pip's settings stand in wherever uv has none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from pathlib import Path

# pip's option → uv's variables (any of them given wins), and how uv separates several values.
_WORDS = {
    "index-url": (("UV_DEFAULT_INDEX", "UV_INDEX_URL"), " "),
    "extra-index-url": (("UV_INDEX", "UV_EXTRA_INDEX_URL"), " "),
    "find-links": (("UV_FIND_LINKS",), ","),
    "trusted-host": (("UV_INSECURE_HOST",), " "),
    "no-index": (("UV_NO_INDEX",), " "),
    "cert": (("SSL_CERT_FILE",), " "),
}
_NO = ("", "0", "false", "no", "off")


def settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables to add for uv.

    The requirements of a model were met by pip, which takes the best version of any index; uv would stop at the first
    index that knows the name. So it is told to search as pip does, unless it is told otherwise.

    Args:
        environ: The process's variables; those of this process when left out.

    >>> settings({"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "/wheels /more"})
    {'UV_FIND_LINKS': '/wheels,/more', 'UV_INDEX_STRATEGY': 'unsafe-best-match'}
    """
    environ = os.environ if environ is None else environ
    configured, found = _configured(environ), {}
    for option, (names, separator) in _WORDS.items():
        given = environ.get(f"PIP_{option.upper().replace('-', '_')}", configured.get(option, ""))
        if any(environ.get(name) for name in names) or not given.strip():
            continue
        if option != "no-index":
            found[names[0]] = separator.join(given.split())
        elif given.strip().lower() not in _NO:
            found[names[0]] = "1"
    if not environ.get("UV_INDEX_STRATEGY"):
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def _configured(environ: Mapping[str, str]) -> dict[str, str]:
    """What pip's configuration files say; later ones win."""
    found: dict[str, str] = {}
    for path in _files(environ):
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(path, "utf-8")
        except (Error, OSError, UnicodeDecodeError):
            continue  # pip itself says what is wrong with it
        for section in ("global", "install"):
            if parser.has_section(section):
                found.update(parser.items(section))
    return found


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """pip's configuration files in the order in which it reads them."""
    given = environ.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        yield Path(environ.get("ProgramData", "C:\\ProgramData"), "pip", "pip.ini")
        yield Path(environ.get("APPDATA", home), "pip", "pip.ini")
        yield Path(sys.prefix, "pip.ini")
    else:
        for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
            yield Path(folder, "pip", "pip.conf")
        yield Path("/etc/pip.conf")
        yield home / ".pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
        yield Path(sys.prefix, "pip.conf")
    if given:
        yield Path(given)
