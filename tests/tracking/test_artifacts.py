"""A run's files: texts, dictionaries, figures, images, tables; by client and by address."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
import yaml

import modelwright as mw
from modelwright import MlflowClient
from modelwright.artifacts import download_artifacts, list_artifacts, load_dict, load_image, load_text
from modelwright.core.errors import InvalidArgument, NotFound


@pytest.fixture
def run_id() -> str:
    with mw.start_run() as run:
        return run.info.run_id


def names(run_id: str, path: str | None = None) -> list[str]:
    return [file.path for file in MlflowClient().list_artifacts(run_id, path)]


def test_files_and_directories(run_id: str, tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "a.txt").write_text("a")
    (tmp_path / "d" / "e" / "b.txt").write_text("bb")
    mw.log_artifact(tmp_path / "d" / "a.txt", "texts", run_id)
    mw.log_artifact(str(tmp_path / "d"), run_id=run_id)
    mw.log_artifacts(tmp_path / "d", "content", run_id)
    assert names(run_id) == ["content", "d", "texts"]
    assert names(run_id, "d") == ["d/a.txt", "d/e"]
    assert names(run_id, "content") == ["content/a.txt", "content/e"]
    listed = MlflowClient().list_artifacts(run_id, "content/e")[0]
    assert (listed.path, listed.is_dir, listed.file_size) == ("content/e/b.txt", False, 2)
    assert names(run_id, "texts/a.txt") == []
    assert names(run_id, "nothing") == []
    with pytest.raises(NotFound, match=r"gone\.txt"):
        mw.log_artifact("gone.txt", run_id=run_id)
    with pytest.raises(InvalidArgument, match="log_artifact"):
        mw.log_artifacts(tmp_path / "d" / "a.txt", run_id=run_id)


@pytest.mark.parametrize("path", ["../x.txt", "/etc/x.txt", "a/../../x.txt", "a\\b.txt", "", "."])
def test_paths_that_leave_the_run_are_refused(run_id: str, path: str, tmp_path: Path) -> None:
    before = sorted(Path("mwruns").rglob("*"))
    with pytest.raises(InvalidArgument):
        mw.log_text("x", path, run_id)
    if path not in ("", "."):
        (tmp_path / "f").write_text("x")
        for call in (mw.log_artifact, mw.log_artifacts):
            with pytest.raises(InvalidArgument):
                call(tmp_path / ("f" if call is mw.log_artifact else ""), path, run_id)
        with pytest.raises(InvalidArgument):
            MlflowClient().download_artifacts(run_id, path)
        with pytest.raises(InvalidArgument):
            MlflowClient().list_artifacts(run_id, path)
        with pytest.raises(InvalidArgument):
            load_text(f"runs:/{run_id}/{path}")
    assert sorted(Path("mwruns").rglob("*")) == before


def test_a_link_out_of_the_run_is_not_followed(run_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    mw.log_text("a", "d/a.txt", run_id)
    root = Path(download_artifacts(run_id=run_id, artifact_path="d"))
    (root / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidArgument, match="symbolic link"):
        load_text(f"runs:/{run_id}/d/link")
    assert names(run_id, "d") == ["d/a.txt"]


def test_texts_and_dictionaries(run_id: str) -> None:
    uri = f"runs:/{run_id}"
    mw.log_text("häßlich\n", "t.txt", run_id)
    mw.log_text("newer", "t.txt", run_id)
    assert load_text(f"{uri}/t.txt") == "newer"
    data = {"a": [1, None, "ü"], "b": {"c": 1.5}, "path": Path("x")}
    mw.log_dict(data, "d.json", run_id)
    mw.log_dict(data, "d.yaml", run_id)
    expected = {"a": [1, None, "ü"], "b": {"c": 1.5}, "path": "x"}
    assert load_dict(f"{uri}/d.json") == load_dict(f"{uri}/d.yaml") == expected
    assert list(yaml.safe_load(load_text(f"{uri}/d.yaml"))) == ["a", "b", "path"]
    mw.log_dict([1, 2], "list", run_id)
    assert load_dict(f"{uri}/list") == [1, 2]
    with pytest.raises(InvalidArgument, match="load_text"):
        load_dict(f"{uri}/t.txt")


def test_downloads(run_id: str, tmp_path: Path) -> None:
    mw.log_text("a", "d/e/a.txt", run_id)
    in_place = Path(download_artifacts(f"runs:/{run_id}/d"))
    assert (in_place / "e" / "a.txt").read_text() == "a"
    copy = Path(download_artifacts(f"runs:/{run_id}/d/e", dst_path=tmp_path / "by uri"))
    assert copy == tmp_path / "by uri" / "e"
    assert (copy / "a.txt").read_text() == "a"
    copy = Path(download_artifacts(run_id=run_id, artifact_path="d/e", dst_path=tmp_path / "by run"))
    assert (copy, (copy / "a.txt").read_text()) == (tmp_path / "by run" / "d" / "e", "a")
    whole = Path(download_artifacts(run_id=run_id))
    assert whole == in_place.parent
    assert Path(download_artifacts(whole.as_uri() + "/d/e/a.txt")).read_text() == "a"
    assert [f.path for f in list_artifacts(f"runs:/{run_id}/d")] == ["d/e"]
    assert [f.path for f in list_artifacts(run_id=run_id, artifact_path="d")] == ["d/e"]
    assert list_artifacts(f"runs:/{run_id}/d/e/a.txt") == []
    with pytest.raises(NotFound, match="there are 'd/e'"):
        download_artifacts(f"runs:/{run_id}/d/f")
    with pytest.raises(NotFound):
        list_artifacts(f"runs:/{run_id}/f")
    with pytest.raises(NotFound):
        MlflowClient().download_artifacts(run_id, "f")
    for given in ({}, {"artifact_uri": "x", "run_id": run_id}, {"artifact_uri": "x", "artifact_path": "y"}):
        with pytest.raises(InvalidArgument, match=r"give one of the two|goes with run_id"):
            download_artifacts(**given)
    other = mw.get_tracking_uri()
    mw.set_tracking_uri(tmp_path / "elsewhere")
    assert [f.path for f in list_artifacts(run_id=run_id, tracking_uri=other)] == ["d"]


class Figure:
    """Saves itself as matplotlib's figures do."""

    def savefig(self, path: Path, **options: object) -> None:
        path.write_text(json.dumps(options))


class Plot:
    """Saves itself as plotly's figures do."""

    def write_html(self, path: Path, **options: object) -> None:
        path.write_text(f"html {options}")

    def write_image(self, path: Path, **options: object) -> None:
        path.write_text("image")


def test_figures(run_id: str) -> None:
    with mw.start_run(run_id):
        mw.log_figure(Figure(), "f.png", save_kwargs={"dpi": 10})
        mw.log_figure(Plot(), "p.html")
        mw.log_figure(Plot(), "p.svg")
        with pytest.raises(InvalidArgument, match=r"p\.docx"):
            mw.log_figure(Plot(), "p.docx")
        with pytest.raises(TypeError, match="matplotlib or plotly"):
            mw.log_figure("a text", "x.png")
    assert load_dict(f"runs:/{run_id}/f.png") == {"dpi": 10}
    assert load_text(f"runs:/{run_id}/p.html").startswith("html {'include_plotlyjs': 'cdn'")
    assert load_text(f"runs:/{run_id}/p.svg") == "image"
    assert names(run_id) == ["f.png", "p.html", "p.svg"]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 6), "uint8"),
        np.zeros((4, 6, 3), "int64"),
        np.ones((4, 6, 4)),
        np.ones((4, 6, 1), bool),
        PIL.Image.new("RGB", (6, 4)),
        mw.Image(np.zeros((4, 6))),
        mw.Image([[0] * 6] * 4),
    ],
)
def test_images(run_id: str, image: object) -> None:
    with mw.start_run(run_id):
        mw.log_image(image, "i.png")
    assert load_image(f"runs:/{run_id}/i.png").size == (6, 4)


def test_pixels_survive(run_id: str) -> None:
    pixels = np.arange(24, dtype="uint8").reshape(2, 4, 3)
    with mw.start_run(run_id):
        mw.log_image(pixels, "i.png")
    assert (np.asarray(load_image(f"runs:/{run_id}/i.png")) == pixels).all()
    assert (mw.Image(pixels).to_array() == pixels).all()
    assert mw.Image(pixels).resize((2, 2)).size == (2, 2)
    assert len(mw.Image(pixels).to_list()) == 8


def test_a_series_of_images(run_id: str) -> None:
    with mw.start_run(run_id):
        mw.log_image(np.zeros((4, 600), "uint8"), key="my/dogs", step=3, timestamp=7)
        operation = mw.log_image(np.zeros((4, 4), "uint8"), key="cats", synchronous=False)
        assert operation is None or operation.wait() is None
        mw.flush_artifact_async_logging()
    found = names(run_id, "images")
    dogs = [name for name in found if name.startswith("images/my#dogs%step%3%timestamp%7%")]
    assert (len(found), len(dogs)) == (4, 2)
    small = next(name for name in dogs if name.endswith("%compressed.webp"))
    assert load_image(f"runs:/{run_id}/{small}").size == (256, 1)
    assert mw.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"


def test_images_that_are_none(run_id: str) -> None:
    client, pixels = MlflowClient(), np.zeros((2, 2), "uint8")
    for given in ({}, {"artifact_file": "a", "key": "b"}, {"artifact_file": "a", "step": 1}):
        with pytest.raises(TypeError):
            client.log_image(run_id, pixels, **given)
    for key in ("a%b", "ä"):
        with pytest.raises(InvalidArgument, match="image key"):
            client.log_image(run_id, pixels, key=key)
    for bad, kind in [
        (np.zeros((2, 2, 2)), InvalidArgument),
        (np.full((2, 2), 256), InvalidArgument),
        (np.array([["a"]]), TypeError),
        ([[1]], TypeError),
    ]:
        with pytest.raises(kind):
            client.log_image(run_id, bad, "a.png")
    with pytest.warns(UserWarning, match="scaled"):
        client.log_image(run_id, np.array([[0.0, 2.0]]), "a.png")
    assert np.asarray(load_image(f"runs:/{run_id}/a.png")).tolist() == [[0, 255]]


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_tables_grow(run_id: str, ending: str) -> None:
    name = f"tables/t.{ending}"
    mw.log_table({"a": [1, 2], "b": ["x", "2020-01-01"]}, name, run_id)
    mw.log_table(pd.DataFrame({"a": [3], "b": ["z"]}), name, run_id)
    table = mw.load_table(name)
    assert table.to_dict("list") == {"a": [1, 2, 3], "b": ["x", "2020-01-01", "z"]}
    assert json.loads(mw.get_run(run_id).data.tags["mlflow.loggedArtifacts"]) == [{"path": name, "type": "table"}]


def test_a_scalar_row_and_new_columns(run_id: str) -> None:
    mw.log_table({"a": 2**60 + 1}, "t.json", run_id)
    mw.log_table({"a": [1], "b": [None]}, "t.json", run_id)
    assert load_dict(f"runs:/{run_id}/t.json") == {"columns": ["a", "b"], "data": [[2**60 + 1, None], [1, None]]}


def test_tables_of_many_runs() -> None:
    ids = []
    for i in range(3):
        with mw.start_run(tags={"i": i}) as run:
            mw.log_param("p", i)
            mw.log_table({"a": [i]}, "t.json")
        ids.append(run.info.run_id)
    table = mw.load_table("t.json", extra_columns=["run_id", "params.p", "tags.i", "metrics.none"])
    assert sorted(zip(table["a"], table["run_id"], table["params.p"], strict=True)) == [
        (i, ids[i], str(i)) for i in range(3)
    ]
    assert mw.load_table("t.json", run_ids=ids[:2])["a"].tolist() == [0, 1]
    with pytest.raises(NotFound, match=r"other\.json"):
        mw.load_table("other.json")
    with pytest.raises(InvalidArgument, match="no column 'x'"):
        mw.load_table("t.json", extra_columns=["x"])


def test_tables_with_images(run_id: str) -> None:
    image = mw.Image([[0, 255]])
    frame = pd.DataFrame({"q": ["a", "b"], "i": [image, image]})
    mw.log_table(frame, "d/t.json", run_id)
    cells = load_dict(f"runs:/{run_id}/d/t.json")["data"]
    assert load_image(f"runs:/{run_id}/{cells[0][1]['filepath']}").size == (2, 1)
    assert cells[0][1]["filepath"].startswith("table_images/d/t/")
    assert cells[1][1]["type"] == "image"
    assert frame["i"].tolist() == [image, image]  # the user's frame is as it was
    with pytest.raises(InvalidArgument, match="mixes"):
        mw.log_table({"i": [image, "no"]}, "u.json", run_id)


def test_tables_that_are_none(run_id: str) -> None:
    for name in ("t.csv", "a:b.json", "a'b.json"):
        with pytest.raises(InvalidArgument, match="table's name"):
            mw.log_table({"a": [1]}, name, run_id)
    with pytest.raises(InvalidArgument, match="list"):
        mw.log_table([1], "t.json", run_id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas' own, about recursion depth
        looped: list[object] = []
        looped.append(looped)
        with pytest.raises(InvalidArgument, match="JSON"):
            mw.log_table({"a": [looped]}, "t.json", run_id)


def test_artifact_uri() -> None:
    with mw.start_run() as run:
        assert mw.get_artifact_uri() == run.info.artifact_uri
        assert mw.get_artifact_uri("a b").endswith("/artifacts/a%20b")
        mw.log_text("x", "a b")
        assert load_text(mw.get_artifact_uri("a b")) == "x"
