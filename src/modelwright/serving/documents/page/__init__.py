"""The page to try a model: plain HTML, CSS and JavaScript that need nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_MEDIA = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
# The page itself is "", so that its address needs no file name.
NAMES = ("", "app.css", "app.js", "answer.js", "body.js", "code.js", "fields.js", "json.js")


@cache
def asset(name: str) -> tuple[bytes, str] | None:
    """The content and media type of a file of the page; "" is the page itself, None what is not of it.

    >>> asset("app.css")[1], asset("../__init__.py")
    ('text/css; charset=utf-8', None)
    """
    if name not in NAMES:
        return None
    file = name or "index.html"
    return (files(__package__) / file).read_bytes(), f"{_MEDIA[file.rpartition('.')[2]]}; charset=utf-8"
