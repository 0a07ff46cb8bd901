"""Files, texts, dicts, figures, images and tables of a run."""

import json
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from facts import fact
from PIL import Image

Path("plain.txt").write_text("hello")
Path("tree/below").mkdir(parents=True)
Path("tree/a.txt").write_text("a")
Path("tree/below/b.txt").write_text("b")
client = mlflow.MlflowClient()

with mlflow.start_run() as run:
    fact("log_artifact", lambda: mlflow.log_artifact("plain.txt"))
    fact("log_artifact path", lambda: mlflow.log_artifact(Path("plain.txt"), "docs/deep"))
    fact("log_artifact keyword", lambda: mlflow.log_artifact(local_path="plain.txt", artifact_path="kw"))
    fact("log_artifact folder", lambda: mlflow.log_artifact("tree", "folder"))
    fact("log_artifacts", lambda: mlflow.log_artifacts("tree"))
    fact("log_artifacts path", lambda: mlflow.log_artifacts("tree", artifact_path="copied"))
    fact("log_artifact missing", lambda: mlflow.log_artifact("missing.txt"))
    fact("log_artifacts missing", lambda: mlflow.log_artifacts("missing"))
    fact("log_artifact climbing", lambda: mlflow.log_artifact("plain.txt", "../up"))
    fact("log_text", lambda: mlflow.log_text("words", "notes/words.md"))
    fact("log_text html", lambda: mlflow.log_text("<h1>hi</h1>", "page.html"))
    fact("log_dict", lambda: mlflow.log_dict({"a": [1, 2]}, "d.json"))
    fact("log_dict yaml", lambda: mlflow.log_dict({"a": [1, 2]}, "d.yml"))
    fact("log_dict other", lambda: mlflow.log_dict({"a": 1}, "d.txt"))
    fact("log_dict list", lambda: mlflow.log_dict([1, 2], "l.json"))
    fact("log_dict numpy", lambda: mlflow.log_dict({"x": np.float32(1.5), "a": np.arange(2)}, "np.json"))
    fact("log_dict date", lambda: mlflow.log_dict({"x": pd.Timestamp("2020-01-01")}, "date.json"))
    figure, axes = plt.subplots()
    axes.plot([0, 1], [2, 3])
    fact("log_figure", lambda: mlflow.log_figure(figure, "figures/line.png"))
    fact("log_figure kwargs", lambda: mlflow.log_figure(figure, "line2.png", save_kwargs={"dpi": 40}))
    fact("log_figure pdf", lambda: mlflow.log_figure(figure, "line.pdf"))
    fact("log_figure wrong", lambda: mlflow.log_figure("no figure", "x.png"))
    plt.close(figure)
    array = np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    fact("log_image array", lambda: mlflow.log_image(array, "image.png"))
    fact("log_image float", lambda: mlflow.log_image(np.zeros((8, 8)), "float.png"))
    fact("log_image grey", lambda: mlflow.log_image(np.zeros((8, 8, 1), dtype=np.uint8), "grey.png"))
    fact("log_image bool", lambda: mlflow.log_image(np.zeros((8, 8), dtype=bool), "bool.png"))
    fact("log_image pil", lambda: mlflow.log_image(Image.fromarray(array), artifact_file="pil.jpg"))
    fact("log_image out of range", lambda: mlflow.log_image(np.full((8, 8), 300), "bad.png"))
    fact("log_image float range", lambda: mlflow.log_image(np.full((8, 8), 3.5), "bad2.png"))
    fact("log_image 1d", lambda: mlflow.log_image(np.zeros(8), "bad3.png"))
    fact("log_image mlflow.Image", lambda: mlflow.log_image(mlflow.Image(array), "wrapped.png"))
    fact("log_image step", lambda: mlflow.log_image(array, key="dogs", step=3))
    fact("log_image keyed", lambda: mlflow.log_image(array, key="cats/big", step=0, timestamp=1_700_000_000_000))
    fact("log_image nothing", lambda: mlflow.log_image(array))
    fact("log_image both", lambda: mlflow.log_image(array, "x.png", key="y"))
    fact("log_image text", lambda: mlflow.log_image("x", "x.png"))
    fact("log_table dict", lambda: mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json"))
    fact("log_table more", lambda: mlflow.log_table(pd.DataFrame({"q": ["c"], "n": [3]}), artifact_file="table.json"))
    fact("log_table scalars", lambda: mlflow.log_table({"q": "x", "n": 1}, "row.json"))
    fact("log_table wrong", lambda: mlflow.log_table([1, 2], "bad.json"))
    fact("log_table parquet", lambda: mlflow.log_table({"x": [1.5, 2.5]}, "t.parquet"))
    fact("log_table image", lambda: mlflow.log_table({"i": [mlflow.Image(array)], "n": [1]}, "images.json"))
    fact("stream", lambda: client.log_stream)
run_id = run.info.run_id
fact("read text", lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/notes/words.md"))
fact("read dict", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/d.json"))
fact("read numpy dict", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/np.json"))
fact("read yaml", lambda: mlflow.artifacts.load_text(run.info.artifact_uri + "/d.yml"))
fact("read txt dict", lambda: mlflow.artifacts.load_text(run.info.artifact_uri + "/d.txt"))
fact("read d.json text", lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/d.json"))
fact(
    "read image",
    lambda: [
        type(mlflow.artifacts.load_image(run.info.artifact_uri + "/image.png")).__name__,
        mlflow.artifacts.load_image(run.info.artifact_uri + "/image.png").size,
    ],
)
fact("read missing", lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/zzz.txt"))
fact("read no dict", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/notes/words.md"))
fact("load_table", lambda: mlflow.load_table("table.json"))
fact(
    "load_table runs",
    lambda: mlflow.load_table("table.json", run_ids=[run_id], extra_columns=["run_id", "status", "start_time"]),
)
fact("load_table missing", lambda: mlflow.load_table("zzz.json"))
fact("load_table bad column", lambda: mlflow.load_table("table.json", extra_columns=["zzz"]))
fact("row", lambda: mlflow.load_table("row.json", [run_id]))
fact("table tag", lambda: json.loads(mlflow.get_run(run_id).data.tags["mlflow.loggedArtifacts"]))
fact("images tag", lambda: mlflow.get_run(run_id).data.tags.get("mlflow.loggedImages"))
fact("table file", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/table.json"))
fact("list", lambda: sorted(f.path for f in client.list_artifacts(run_id)))
fact("list below", lambda: [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, "folder/tree")])
fact("list file", lambda: client.list_artifacts(run_id, "plain.txt"))
fact("list missing", lambda: client.list_artifacts(run_id, "zzz"))
fact("list climbing", lambda: client.list_artifacts(run_id, "../.."))
fact("list fluent", lambda: [f.path for f in mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="folder")])
fact("list uri", lambda: [f.path for f in mlflow.artifacts.list_artifacts(artifact_uri=f"runs:/{run_id}/folder")])
fact("list neither", lambda: mlflow.artifacts.list_artifacts())
fact("image files", lambda: sorted(f.path.split("%")[0] for f in client.list_artifacts(run_id, "images")))
target = tempfile.mkdtemp()
fact("download", lambda: os.path.relpath(client.download_artifacts(run_id, "folder", target), target))
fact("downloaded", lambda: sorted(str(p.relative_to(target)) for p in Path(target).rglob("*.txt")))
fact(
    "download one",
    lambda: Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="plain.txt")).read_text(),
)
fact("download uri", lambda: Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/plain.txt")).read_text())
fact(
    "download dst",
    lambda: os.path.relpath(
        mlflow.artifacts.download_artifacts(artifact_uri=run.info.artifact_uri + "/plain.txt", dst_path=target), target
    ),
)
fact("download all", lambda: len(list(Path(client.download_artifacts(run_id, "")).rglob("*"))) > 10)
fact("download missing", lambda: client.download_artifacts(run_id, "zzz"))
fact("download climbing", lambda: client.download_artifacts(run_id, "../../.."))
fact("download nothing", lambda: mlflow.artifacts.download_artifacts())
fact(
    "download file uri",
    lambda: Path(mlflow.artifacts.download_artifacts(Path("plain.txt").absolute().as_uri())).read_text(),
)
fact("download path", lambda: Path(mlflow.artifacts.download_artifacts("plain.txt")).read_text())
fact("download both", lambda: mlflow.artifacts.download_artifacts(f"runs:/{run_id}/plain.txt", run_id=run_id))
fact("client log_text", lambda: client.log_text(run_id, "later", "later.txt"))
fact("client log_dict", lambda: client.log_dict(run_id, {"k": 1}, "later.json"))
fact("client log_artifact", lambda: client.log_artifact(run_id, "plain.txt", "client"))
fact("client log_artifacts", lambda: client.log_artifacts(run_id, "tree", "client"))
fact("client log_image", lambda: client.log_image(run_id, array, "client.png"))
fact("client log_table", lambda: client.log_table(run_id, {"a": [1]}, "client_table.json"))
fact("client load_table", lambda: client.load_table("0", "client_table.json"))
fact("fluent run_id", lambda: mlflow.log_text("x", "by_id.txt", run_id=run_id))
fact("artifact run_id", lambda: mlflow.log_artifact("plain.txt", run_id=run_id, artifact_path="by_id"))
fact("no run opened", lambda: mlflow.active_run())
