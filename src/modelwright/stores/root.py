"""The directory a store lies in: places inside it are kept relative, so that it can be moved."""

from __future__ import annotations

import os
from pathlib import Path

from ..core import uris

_HERE = "root:/"


class Root:
    """Turns stored places into URIs and back.

    >>> root = Root(Path("/runs"))
    >>> root.shown("root:/artifacts/0"), root.kept("file:///runs/artifacts/0"), root.kept("s3://bucket/x")
    ('file:///runs/artifacts/0', 'root:/artifacts/0', 's3://bucket/x')
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))
        self.uri = self.path.as_uri().rstrip("/")

    def shown(self, kept: str) -> str:
        """The URI of what is stored."""
        return f"{self.uri}/{kept.removeprefix(_HERE)}" if kept.startswith(_HERE) else kept

    def kept(self, given: str) -> str:
        """What to store for a URI or path; relative paths are made absolute first."""
        if not given or uris.scheme(given) not in ("", "file"):
            return given
        path = uris.local_path(given)
        if path is None:
            return given
        uri = uris.file_uri(path)
        if uri == self.uri or uri.startswith(self.uri + "/"):
            return _HERE + uri[len(self.uri) + 1 :]
        return uri

    def experiment(self, kept: str | None, exp: int) -> str:
        return f"{self.uri}/artifacts/{exp}" if kept is None else self.shown(kept)
