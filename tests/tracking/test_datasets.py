"""Data sets: what is recorded of them, their fingerprints, and where they come from."""

from __future__ import annotations

import json
import threading
import tracemalloc
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import modelwright as mw
from modelwright.core.errors import InvalidArgument, NotFound
from modelwright.tracking import dataset_sources, digests
from modelwright.tracking.datasets import MetaDataset, TensorDatasetSchema
from modelwright.tracking.entities import DatasetInput

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [1.5, 2]})


def test_a_pandas_frame_is_recorded_as_by_mlflow() -> None:
    data = mw.data.from_pandas(FRAME, source="/data/x.csv", targets="c", name="toy")
    assert data.to_dict() == {
        "name": "toy",
        "digest": "db4a33ea",  # MLflow 2.16's
        "source": '{"uri": "/data/x.csv"}',
        "source_type": "local",
        "schema": '{"mlflow_colspec": [{"type": "long", "name": "a", "required": true}, '
        '{"type": "string", "name": "b", "required": true}, {"type": "double", "name": "c", "required": true}]}',
        "profile": '{"num_rows": 2, "num_elements": 6}',
    }
    assert json.loads(data.to_json()) == data.to_dict()
    assert (data.df is FRAME, data.targets, data.predictions) == (True, "c", None)


def test_arrays_are_recorded_as_by_mlflow() -> None:
    features, targets = np.arange(6.0).reshape(2, 3), np.array([1, 2])
    data = mw.data.from_numpy(features, targets=targets)
    assert (data.name, data.digest, data.features is features, data.targets is targets) == (
        "dataset",
        "46479d83",
        True,
        True,
    )
    assert json.loads(data.to_dict()["profile"]) == {
        "features_shape": [2, 3], "features_size": 6, "features_nbytes": 48,
        "targets_shape": [2], "targets_size": 2, "targets_nbytes": 16,
    }  # fmt: skip
    tensors = json.loads(data.to_dict()["schema"])
    assert json.loads(tensors["mlflow_tensorspec"]["features"])[0]["tensor-spec"] == {
        "dtype": "float64",
        "shape": [-1, 3],
    }
    assert TensorDatasetSchema.from_dict(tensors) == data.schema
    assert "features" in repr(data.schema)
    assert len({data.schema, TensorDatasetSchema.from_dict(tensors)}) == 1
    named = mw.data.from_numpy({"x": features, "y": targets})
    assert named.profile["features_shape"] == {"x": (2, 3), "y": (2,)}
    with pytest.raises(InvalidArgument, match="mlflow_tensorspec"):
        TensorDatasetSchema.from_dict({})


def test_polars() -> None:
    frame = pl.DataFrame({"a": [1, None], "b": ["x", None], "c": [1.5, 2.0]})
    data = mw.data.from_polars(frame, targets="c")
    assert data.profile == {"num_rows": 2, "num_elements": 6}
    assert [column.name for column in data.schema.inputs] == ["a", "b", "c"]
    assert data.digest == mw.data.from_polars(frame.clone()).digest
    assert data.digest != mw.data.from_polars(frame.with_columns(a=pl.lit(0))).digest


def test_columns_that_are_not_there() -> None:
    for role in ("targets", "predictions"):
        with pytest.raises(InvalidArgument, match=f"no {role} column 'z'"):
            mw.data.from_pandas(FRAME, **{role: "z"})


def test_data_without_a_schema_is_recorded_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    data = mw.data.from_pandas(pd.DataFrame({"a": [object()]}))
    assert data.to_dict()["schema"] is None
    assert "schema was not recorded" in caplog.text


def test_only_the_source_is_known() -> None:
    data = MetaDataset(
        dataset_sources.resolve_dataset_source("s3://bucket/x"), schema=mw.data.from_pandas(FRAME).schema
    )
    assert (data.profile, len(data.digest)) == (None, 8)
    assert json.loads(data.to_dict()["schema"])["mlflow_colspec"][0]["name"] == "a"
    assert MetaDataset(data.source).digest != data.digest


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(-5, 5), st.text(max_size=3)), min_size=1), st.integers(0, 1000))
def test_a_digest_is_of_the_values(rows: list[tuple[int, str]], at: int) -> None:
    frame = pd.DataFrame(rows, columns=["n", "t"])
    assert digests.of_frame(frame) == digests.of_frame(frame.copy())
    changed = frame.copy()
    changed.loc[at % len(frame), "n"] += 1
    assert digests.of_frame(changed) != digests.of_frame(frame)
    changed = frame.copy()
    changed.loc[at % len(frame), "t"] += "!"
    assert digests.of_frame(changed) != digests.of_frame(frame)
    assert digests.of_frame(frame.rename(columns={"n": "m"})) != digests.of_frame(frame)


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.sampled_from(["f8", "f4", "i8", "u1", "bool", "U5", "O"]))
def test_array_digests_are_those_of_pandas(values: list[float], dtype: str) -> None:
    with np.errstate(all="ignore"):
        array = np.array(values).astype("i8").astype(dtype) if dtype in ("i8", "u1") else np.array(values).astype(dtype)
    expected = pd.util.hash_array(array.astype(object) if dtype == "U5" else array)
    assert (digests._cells(array) == expected).all()


def test_a_view_is_hashed_like_its_copy() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert digests.of_arrays(array.T) == digests.of_arrays(array.T.copy())
    assert digests.of_arrays(array) != digests.of_arrays(array.T)


def test_digests_are_bounded() -> None:
    rng = np.random.default_rng(0)
    large = pd.DataFrame(rng.normal(size=(100_000, 30))).assign(text="some text", day=pd.Timestamp("2024-01-01"))
    array = rng.normal(size=(2000, 2000)).T
    frame_digest, array_digest = digests.of_frame(large), digests.of_arrays(array)
    large.loc[10_000:, 0] = 0.0  # nobody looks there
    array.flat[10_000:] = 0.0
    assert (digests.of_frame(large), digests.of_arrays(array)) == (frame_digest, array_digest)
    assert _memory(lambda: (digests.of_frame(large), digests.of_arrays(array))) < 6_000_000  # of 56 million bytes


def _memory(call) -> int:  # type: ignore[no-untyped-def]
    """The most bytes that are in use while `call` runs, over those before."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- sources ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kind", "recorded"),
    [
        ("data.csv", "local", {"uri": "data.csv"}),
        (Path("d/x"), "local", {"uri": "d/x"}),
        ("file:///d/x", "local", {"uri": "file:///d/x"}),
        ("https://example.org/x.csv", "http", {"url": "https://example.org/x.csv"}),
        ("s3://bucket/x", "s3", {"uri": "s3://bucket/x"}),
        ("abfss://c@a.dfs.core.windows.net/x", "abfss", {"uri": "abfss://c@a.dfs.core.windows.net/x"}),
    ],
)
def test_sources_round_trip(given: object, kind: str, recorded: dict[str, str]) -> None:
    source = dataset_sources.resolve_dataset_source(given)
    assert (source._get_source_type(), source.to_dict()) == (kind, recorded)
    again = dataset_sources.dataset_source_from_json(source.to_json(), kind)
    assert (type(again), again.to_dict()) == (type(source), recorded)


def test_without_a_source_the_code_is_it() -> None:
    source = mw.data.from_pandas(FRAME).source
    assert source._get_source_type() == "code"
    assert source.to_dict()["tags"]["mlflow.source.type"] == "LOCAL"
    with pytest.raises(InvalidArgument, match="run that again"):
        source.load()


def test_sources_that_nobody_knows() -> None:
    with pytest.raises(NotFound, match="weird://"):
        dataset_sources.resolve_dataset_source("weird://x")
    with pytest.raises(NotFound, match="'delta' is not known"):
        dataset_sources.dataset_source_from_json("{}", "delta")
    with pytest.raises(InvalidArgument, match="no 'uri'"):
        dataset_sources.dataset_source_from_json("{}", "local")


def test_a_source_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Weird(dataset_sources.FileSystemDatasetSource):
        @staticmethod
        def _get_source_type() -> str:
            return "weird"

        @staticmethod
        def _can_resolve(raw_source: object) -> bool:
            return str(raw_source).startswith("weird://")

    monkeypatch.setattr(dataset_sources, "SOURCES", list(dataset_sources.SOURCES))
    mw.data.register_dataset_source(Weird)
    assert isinstance(dataset_sources.resolve_dataset_source("weird://x"), Weird)


def test_local_data_is_loaded_in_place(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a")
    source = dataset_sources.resolve_dataset_source(tmp_path / "x.csv")
    assert source.load() == str(tmp_path / "x.csv")
    assert Path(source.load(str(tmp_path / "copy"))).read_text() == "a"
    with pytest.raises(NotFound):
        dataset_sources.resolve_dataset_source(tmp_path / "y.csv").load()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/named":
            self.send_header("Content-Disposition", 'attachment; filename="n.csv"')
        if self.path == "/evil":
            self.send_header("Content-Disposition", 'attachment; filename="../evil"')
        self.end_headers()
        self.wfile.write(b"a,b")

    def log_message(self, *args: object) -> None:
        pass


def test_data_on_the_web(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        for path, name in (("/d/x.csv", "x.csv"), ("/named", "n.csv"), ("/", "dataset_source")):
            found = Path(dataset_sources.resolve_dataset_source(base + path).load(str(tmp_path)))
            assert (found.name, found.read_text()) == (name, "a,b")
        with pytest.raises(InvalidArgument, match="which is a path"):
            dataset_sources.resolve_dataset_source(f"{base}/evil").load(str(tmp_path))
        server.shutdown()


# --- on a run ---------------------------------------------------------------------------------------------------------


def test_a_run_records_its_inputs() -> None:
    data = mw.data.from_pandas(FRAME, source="x.csv", name="toy")
    with mw.start_run() as run:
        mw.log_input(data, "training", {"fold": "1"})
        mw.log_input(data, context="testing")
        mw.log_inputs([mw.data.from_numpy(np.zeros(2), name="z")], ["eval"], [{"a": "b"}])
    found = {used.tags[-1].value: used for used in mw.get_run(run.info.run_id).inputs.dataset_inputs}
    assert found.keys() == {"training", "testing", "eval"}
    used = found["training"]
    assert isinstance(used, DatasetInput)
    assert [(tag.key, tag.value) for tag in used.tags] == [("fold", "1"), ("mlflow.data.context", "training")]
    assert (used.dataset.name, used.dataset.digest) == ("toy", data.digest)
    for known in (used, used.dataset, data):
        assert mw.data.get_source(known).to_dict() == {"uri": "x.csv"}
    with pytest.raises(InvalidArgument, match="no data set"):
        mw.data.get_source("x.csv")
    assert len(mw.search_runs(filter_string="dataset.name = 'toy'", output_format="list")) == 1
