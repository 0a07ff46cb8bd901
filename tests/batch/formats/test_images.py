"""Images as arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batch.inline import model, read
from modelwright.batch.formats import ENDINGS
from modelwright.batch.formats.base import Wanted
from modelwright.batch.formats.images import ImagePiece
from modelwright.batch.job import File
from modelwright.core.errors import InvalidArgument
from modelwright.models.schema import ColSpec, Schema, TensorSpec
from modelwright.models.signature import ModelSignature

Image = pytest.importorskip("PIL.Image")

GREY = np.arange(24, dtype="uint8").reshape(4, 6) * 9
COLOUR = np.stack([GREY, GREY + 1, GREY + 2], axis=2)


def saved(path: Path, pixels: Any, mode: str | None = None) -> File:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path)
    return File(str(path), path.name, "image", 1, 1)


def tensor(*shape: int, dtype: str = "uint8", name: str | None = None) -> ModelSignature:
    return ModelSignature(Schema([TensorSpec(np.dtype(dtype), (-1, *shape), name)]))


def data(signature: ModelSignature | None, *images: File) -> Any:
    return ImagePiece(images, Wanted(signature)).data()


def test_as_they_are_without_a_signature(tmp_path: Path) -> None:
    found = data(None, saved(tmp_path / "a.png", COLOUR), saved(tmp_path / "b.bmp", COLOUR))
    assert (found.shape, found.dtype) == ((2, 4, 6, 3), np.uint8)
    assert (found[1] == COLOUR).all()
    assert (data(None, saved(tmp_path / "c.tiff", GREY))[0, :, :, 0] == GREY).all()


@pytest.mark.parametrize(
    ("signature", "pixels", "wanted"),
    [
        (tensor(4, 6, 3), COLOUR, COLOUR),
        (tensor(-1, -1, 3), COLOUR, COLOUR),
        (tensor(3, 4, 6), COLOUR, COLOUR.transpose(2, 0, 1)),  # channels first
        (tensor(4, 6), GREY, GREY),
        (tensor(4, 6, 1), GREY, GREY[:, :, None]),
        (tensor(4, 6, 3), GREY, np.dstack([GREY] * 3)),
        (tensor(4, 6, 1), np.dstack([GREY] * 3), GREY[:, :, None]),
        (tensor(4, 6, 3), np.dstack([COLOUR, np.full((4, 6), 255, "uint8")]), COLOUR),
        (tensor(4, 6, 4), COLOUR, np.dstack([COLOUR, np.full((4, 6), 255, "uint8")])),
    ],
    ids=str,
)
def test_channels_as_the_tensor_has_them(signature: Any, pixels: Any, wanted: Any, tmp_path: Path) -> None:
    found = data(signature, saved(tmp_path / "a.png", pixels))
    assert found.shape[1:] == wanted.shape
    assert (found[0] == wanted).all()


@pytest.mark.parametrize(
    ("signature", "pixels", "said"),
    [
        (tensor(4, 6, 1), COLOUR, "it has 3 channels, and the model takes 1"),
        (tensor(4, 6, 3), np.dstack([COLOUR, GREY]), "it has 4 channels, and the model takes 3"),
        (tensor(5), GREY, "an image has 3 dimensions"),
        (ModelSignature(Schema([ColSpec("double", "x")])), GREY, "an image is a tensor or binary"),
        (ModelSignature(Schema([ColSpec("binary", "x"), ColSpec("long", "y")])), GREY, "the model takes 2"),
    ],
    ids=str,
)
def test_nothing_is_made_up_or_thrown_away(signature: Any, pixels: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=said):
        data(signature, saved(tmp_path / "a.png", pixels))


def test_palettes_and_bits_are_colours(tmp_path: Path) -> None:
    palette = data(tensor(4, 6, 3), saved(tmp_path / "a.gif", COLOUR // 64 * 64, "P"))
    assert palette.shape == (1, 4, 6, 3)
    bits = data(tensor(4, 6), saved(tmp_path / "b.png", GREY > 99))
    assert set(np.unique(bits)) == {0, 255}


def test_named_tensors_and_files_as_bytes(tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", GREY)
    assert list(data(tensor(4, 6, name="pixels"), image)) == ["pixels"]
    frame = data(ModelSignature(Schema([ColSpec("binary", "file")])), image)
    assert frame["file"].tolist() == [(tmp_path / "a.png").read_bytes()]


def test_a_folder(tmp_path: Path, scored: Callable[..., Any]) -> None:
    """Sizes that differ, one file that is no image, and one that the model does not take."""
    folder = tmp_path / "images"
    for number in range(4):
        path = folder / f"{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        saved(path, np.full((4, 4, 3), number, "uint8"))
    (folder / "1" / "4.jpg").write_bytes(b"no image")
    saved(folder / "5.png", np.zeros((2, 2, 3), "uint8"))
    path = model(tmp_path / "m", lambda x: x.mean(axis=(1, 2, 3)), tensor(4, 4, 3, dtype="float32"))
    done = scored(path, folder, tmp_path / "out.jsonl", rows=3)
    names = ["0/0.png", "0/2.png", "1/1.png", "1/3.png", "1/4.jpg", "5.png"]
    assert [(row["file_name"], row["row"], row["prediction"]) for row in read(tmp_path / "out.jsonl")] == [
        (name, 0, value) for name, value in zip(names, [0.0, 2.0, 1.0, 3.0, None, None], strict=True)
    ]
    assert (done.rows, done.failed_rows, done.failed_files) == (6, 2, 2)
    listed = Path(done.errors or "").read_text()
    assert '"1/4.jpg","rows":[0,0],"error":"UnidentifiedImageError' in listed
    assert "needs shape (-1, 4, 4, 3)" in listed
    free = model(tmp_path / "free", lambda x: x.shape[1] * np.ones(len(x)))
    scored(free, folder, tmp_path / "free.jsonl")
    assert [row["prediction"] for row in read(tmp_path / "free.jsonl")] == [4, 4, 4, 4, None, 2]


def test_endings() -> None:
    assert {ending for ending, kind in ENDINGS.items() if kind == "image"} == {
        ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif",
    }  # fmt: skip
