"""URIs of runs, models, files and databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core import uris
from modelwright.core.errors import InvalidArgument
from modelwright.core.uris import ModelUri, RunUri

MODEL_ID = "m-" + "0123456789abcdef" * 2


def test_run_uris() -> None:
    assert uris.parse_run("runs:/abc/model") == RunUri("abc", "model")
    assert uris.parse_run("runs:/abc") == RunUri("abc", "")
    assert str(RunUri("abc", "a/b")) == "runs:/abc/a/b"
    assert str(RunUri("abc")) == "runs:/abc"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("models:/churn/3", ModelUri("churn", version="3")),
        ("models:/churn/latest", ModelUri("churn", stage="latest")),
        ("models:/churn/production", ModelUri("churn", stage="Production")),
        ("models:/churn@champion", ModelUri("churn", alias="champion")),
        ("models:/my model/1/data/x.txt", ModelUri("my model", version="1", path="data/x.txt")),
        (f"models:/{MODEL_ID}", ModelUri(model_id=MODEL_ID)),
        (f"models:/{MODEL_ID}/MLmodel", ModelUri(model_id=MODEL_ID, path="MLmodel")),
    ],
)
def test_model_uris(text: str, uri: ModelUri) -> None:
    assert uris.parse_model(text) == uri
    assert uris.parse_model(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models:/", "incomplete"),
        ("models:/churn", "names no version"),
        ("models:/churn/champion", "models:/churn@champion"),
        ("models:/churn@", "no alias"),
        ("models:/@a", "no name"),
        ("models://profile@databricks/churn/1", "'models:/churn/1'.*set_tracking_uri"),
        ("models://churn/1", "did you mean 'models:/churn/1'"),
        ("runs:/abc/model", "not a models:/ URI"),
        ("models:/churn/1/../../x", "leaves its root"),
    ],
)
def test_model_uris_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        uris.parse_model(text)


@pytest.mark.parametrize("text", ["runs:/", "runs:/a/../b", "file:///a", "runs://host/a/b"])
def test_run_uris_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        uris.parse_run(text)


def test_windows_drives_are_paths() -> None:
    assert uris.scheme("C:\\models") == ""
    assert uris.scheme("c:/models") == ""
    assert uris.local_path("file:///C:/a%20b") == Path("C:/a b")
    assert uris.sqlite_path("sqlite:///C:/x/store.db") == Path("C:/x/store.db")


def test_files() -> None:
    assert uris.local_path("file:/tmp/x") == Path("/tmp/x")
    assert uris.local_path("file://localhost/tmp/x") == Path("/tmp/x")
    assert uris.local_path("file:relative") == Path("relative")
    assert uris.local_path(Path("a/b")) == Path("a/b")
    assert uris.local_path("https://host/x") is None
    with pytest.raises(InvalidArgument, match="names the host"):
        uris.local_path("file://server/share")


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:x.db", "store.db"])
def test_databases_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="sqlite:///path"):
        uris.sqlite_path(text)


def test_artifact_proxies() -> None:
    assert uris.parse_artifacts("mlflow-artifacts://host:5000/0/x") == ("host:5000", "0/x")
    assert uris.parse_artifacts("mlflow-artifacts:/0/x") == ("", "0/x")
    with pytest.raises(InvalidArgument):
        uris.parse_artifacts("s3://x")


def test_joining() -> None:
    assert uris.join("s3://b/x/", "a b") == "s3://b/x/a b"
    assert uris.join("file:///r", "") == "file:///r"
    assert uris.join("/r", "a b") == "/r/a b"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\\"), min_size=1, max_size=20))
def test_a_file_uri_reads_back(name: str) -> None:
    path = Path("/base") / ("x" + name.replace("/", "_"))
    assert uris.local_path(uris.file_uri(path)) == path


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "not None of type NoneType; give runs:/"),
        (3, "not 3 of type int"),
        ("", "is empty; give runs:/"),
        ("modls:/churn/1", "did you mean 'models:/churn/1'"),
        ("model:/churn/1", "did you mean 'models:/churn/1'"),
        ("run:/4f0c/model", "did you mean 'runs:/4f0c/model'"),
    ],
)
def test_what_can_be_no_address_is_refused(given: object, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        uris.address(given)


@pytest.mark.parametrize("given", ["runs:/a/b", "s3://bucket/x", "C:/models", "churn@champion", "dbfs:/x", "gs://a/b"])
def test_other_addresses_are_left_to_those_who_open_them(given: str) -> None:
    assert uris.address(given) == given
