"""The URIs of runs, models, files and databases: parsed and formatted, never opened.

runs:/<run_id>/<path>     models:/<name>/<version | Stage | latest>[/<path>]     models:/<name>@<alias>[/<path>]
models:/m-<32 hex>[/<path>]     mlflow-artifacts:[//host[:port]]/<path>     file:///<path>     sqlite:///<path>     http(s)://…
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .errors import InvalidArgument
from .paths import relative

STAGES = ("None", "Staging", "Production", "Archived")
_KINDS = ("runs", "models", "file")
_ADDRESSES = "runs:/<run_id>/<path>, models:/<name>/<version>, models:/<name>@<alias> or a path"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")  # two letters or more: a single one is a Windows drive
_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")


class RunUri(NamedTuple):
    """`runs:/<run_id>/<path>`: an artifact of a run."""

    run_id: str
    path: str = ""

    def __str__(self) -> str:
        return f"runs:/{self.run_id}/{self.path}".rstrip("/")


class ModelUri(NamedTuple):
    """A `models:/` URI. Either `model_id` is set, or `name` with exactly one of `version`, `alias` and `stage`.

    `stage` is "latest" for the newest version of any stage.
    """

    name: str = ""
    version: str = ""
    alias: str = ""
    stage: str = ""
    model_id: str = ""
    path: str = ""

    def __str__(self) -> str:
        if self.model_id:
            body = self.model_id
        elif self.alias:
            body = f"{self.name}@{self.alias}"
        else:
            body = f"{self.name}/{self.version or self.stage}"
        return f"models:/{body}/{self.path}".rstrip("/")


def scheme(uri: str) -> str:
    """The scheme in lower case; "" for a path, also one with a Windows drive.

    >>> scheme("runs:/1/model"), scheme("C:/models"), scheme("./mwruns")
    ('runs', '', '')
    """
    match = _SCHEME.match(uri)
    return match[1].lower() if match else ""


def parse_run(uri: str) -> RunUri:
    """A `runs:/` URI.

    >>> parse_run("runs:/4f0c/model/data")
    RunUri(run_id='4f0c', path='model/data')
    """
    run_id, _, path = _body(uri, "runs", "runs:/<run_id>/<path>").partition("/")
    return RunUri(run_id, relative(path))


def parse_model(uri: str) -> ModelUri:
    """A `models:/` URI, by version, alias, stage, `latest` or model id.

    >>> parse_model("models:/churn@champion").alias, parse_model("models:/churn/3").version
    ('champion', '3')
    """
    expected = "models:/<name>/<version, stage or 'latest'>, models:/<name>@<alias> or models:/m-<32 hex digits>"
    body = _body(uri, "models", expected)
    first, _, rest = body.partition("/")
    if _MODEL_ID.fullmatch(first):
        return ModelUri(model_id=first, path=relative(rest))
    if "@" in first:
        name, _, alias = first.partition("@")
        if name and alias:
            return ModelUri(name, alias=alias, path=relative(rest))
        raise InvalidArgument(f"Model URI {uri!r} has no {'alias' if name else 'name'}; expected {expected}")
    which, _, path = rest.partition("/")
    if not which:
        raise InvalidArgument(f"Model URI {uri!r} names no version; expected {expected}")
    name = first
    if which.isascii() and which.isdigit():
        return ModelUri(name, version=str(int(which)), path=relative(path))
    stages = {stage.lower(): stage for stage in (*STAGES, "latest")}
    if which.lower() not in stages:
        raise InvalidArgument(
            f"Model URI {uri!r} names neither a version number nor a stage ({', '.join(STAGES)}, latest); "
            f"an alias is written models:/{name}@{which}"
        )
    return ModelUri(name, stage=stages[which.lower()], path=relative(path))


def address(given: object) -> str:
    """What was given as an address, as text; InvalidArgument for what can be none, or nearly is one.

    >>> address(Path("models/a")), address("runs:/4f0c/model")
    ('models/a', 'runs:/4f0c/model')
    """
    if not isinstance(given, str | os.PathLike):
        raise InvalidArgument(
            f"An address is a text or a path, not {given!r} of type {type(given).__name__}; give {_ADDRESSES}"
        )
    text = str(os.fspath(given))
    if not text.strip():
        raise InvalidArgument(f"The address {text!r} is empty; give {_ADDRESSES}")
    kind = scheme(text)
    if kind and kind not in _KINDS:
        from difflib import get_close_matches  # only for what is probably wrong

        if near := get_close_matches(kind, _KINDS, 1, 0.75):
            raise InvalidArgument(f"{text!r} has an unknown scheme; did you mean '{near[0]}{text[len(kind) :]}'?")
    return text


def meant(text: str) -> str:
    """A hint for a path that is not there but reads like another address; "" for any other.

    >>> meant("churn@champion")
    "; did you mean 'models:/churn@champion'?"
    """
    return f"; did you mean 'models:/{text}'?" if re.fullmatch(r"[^/\\:@]+@[\w-]+", text) else ""


def _body(uri: str, kind: str, expected: str) -> str:
    head, _, body = uri.partition(":")
    if head.lower() != kind:
        raise InvalidArgument(f"{uri!r} is not a {kind}:/ URI; expected {expected}")
    if body.startswith("//") and not body.startswith("///"):
        first, _, rest = body[2:].partition("/")
        near = rest if any(sign in first for sign in "@:.") else body[2:]
        raise InvalidArgument(
            f"{uri!r} names a server after '//'; did you mean '{kind}:/{near}'? The store is chosen by set_tracking_uri"
        )
    body = body.strip("/")
    if not body:
        raise InvalidArgument(f"{uri!r} is incomplete; expected {expected}")
    return body


# --- files and databases ----------------------------------------------------------------------------------------------


def local_path(uri: str | os.PathLike[str]) -> Path | None:
    """The path that a `file:` URI or a plain path means; None for any other scheme.

    >>> local_path("file:///tmp/a%20b").as_posix(), local_path("s3://bucket/x")
    ('/tmp/a b', None)
    """
    text = os.fspath(uri)
    kind = scheme(text)
    if kind == "":
        return Path(text)
    if kind != "file":
        return None
    parts = urlsplit(text.replace("\\", "/"))
    if parts.netloc not in ("", "localhost"):
        if os.name != "nt":
            raise InvalidArgument(f"{text!r} names the host {parts.netloc!r}; a local file is file:///path")
        return Path(f"//{parts.netloc}{unquote(parts.path)}")
    return Path(_undrive(unquote(parts.path)))


def file_uri(path: Path) -> str:
    """The `file://` URI of a path, made absolute.

    >>> file_uri(Path("/tmp/a b"))
    'file:///tmp/a%20b'
    """
    return Path(os.path.abspath(path)).as_uri()


def sqlite_path(uri: str) -> Path:
    """The database file of a `sqlite:` URI: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite:///C:/x.db`.

    >>> sqlite_path("sqlite:///runs/store.db").as_posix(), sqlite_path("sqlite:////tmp/store.db").as_posix()
    ('runs/store.db', '/tmp/store.db')
    """
    body = uri.partition(":")[2]
    path = body[3:].partition("?")[0] if body.startswith("///") else ""
    if scheme(uri) != "sqlite" or not path or path == ":memory:":
        raise InvalidArgument(f"{uri!r} names no database file; expected sqlite:///path/store.db")
    return Path(path)


def parse_artifacts(uri: str) -> tuple[str, str]:
    """Host ("" for the tracking server's own) and path of an `mlflow-artifacts:` URI.

    >>> parse_artifacts("mlflow-artifacts:/0/run/artifacts")
    ('', '0/run/artifacts')
    """
    if scheme(uri) != "mlflow-artifacts":
        raise InvalidArgument(f"{uri!r} is not an mlflow-artifacts: URI; expected mlflow-artifacts:/<path>")
    parts = urlsplit(uri)
    return parts.netloc, relative(parts.path.lstrip("/"))


def join(base: str, path: str) -> str:
    """`base` with a relative path appended; percent-encoded where `base` is a `file:` URI, query kept last.

    >>> join("file:///r/artifacts", "a b"), join("s3://bucket/x?v=1", "model")
    ('file:///r/artifacts/a%20b', 's3://bucket/x/model?v=1')
    """
    path = relative(path)
    if not path:
        return base
    if scheme(base) in ("", "file"):
        return f"{base.rstrip('/')}/{quote(path) if scheme(base) else path}"
    head, mark, query = base.partition("?")
    return f"{head.rstrip('/')}/{path}{mark}{query}"


def _undrive(path: str) -> str:
    """`/C:/x` is how a URI spells `C:/x`."""
    return path[1:] if re.match(r"/[A-Za-z]:(/|$)", path) else path
