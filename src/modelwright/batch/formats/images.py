"""Image files as arrays: height, width and channels as the model's tensor has them, and no value changed.

A grey image becomes three equal channels and one whose channels are equal becomes grey; an opaque alpha channel goes.
What would lose something, such as colours or a size, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.errors import InvalidArgument
from ...core.extras import need
from ...models.datatypes import DataType
from ...models.schema import TensorSpec
from ..job import Chunk, File
from .base import Format, Piece, Wanted, unreadable

_TOGETHER = 16  # images in a mini-batch, where the number is not given


class ImagePiece(Piece):
    """Image files that are predicted together; each is one row, numbered 0."""

    def __init__(self, images: Sequence[File], wanted: Wanted) -> None:
        import numpy as np

        self.images, self.wanted, self.name = list(images), wanted, images[0].name if images else ""
        self.rows = np.zeros(len(images), "int64")

    def take(self, wanted: Any) -> ImagePiece:
        return ImagePiece([self.images[position] for position in wanted], self.wanted)

    def data(self) -> Any:
        import numpy as np
        import pandas as pd

        inputs = self.wanted.inputs
        spec = inputs.inputs[0] if inputs is not None else None
        if inputs is not None and len(inputs) > 1:
            raise InvalidArgument(f"an image is one input, and the model takes {len(inputs)}: {inputs.input_names()}")
        if spec is not None and spec.type is DataType.binary:
            return pd.DataFrame({inputs.input_names()[0]: [_bytes(image) for image in self.images]})  # type: ignore[union-attr]
        if spec is not None and not isinstance(spec, TensorSpec):
            raise InvalidArgument(f"an image is a tensor or binary, and the model takes {spec.type!r}")
        arrays = [_shaped(_pixels(image), spec) for image in self.images]
        if sizes := sorted({array.shape for array in arrays})[1:]:
            raise InvalidArgument(f"images of different sizes cannot be one tensor: {arrays[0].shape}, {sizes[0]}")
        stacked = np.stack(arrays) if arrays else np.zeros((0, 1, 1, 3), "uint8")
        return {spec.name: stacked} if spec is not None and spec.name is not None else stacked

    def kept(self) -> dict[str, Any]:
        return {}

    def files(self) -> Any:
        import pyarrow as pa

        return pa.array([image.name for image in self.images], pa.string()).dictionary_encode()

    def file(self, position: int) -> str:
        return self.images[position].name


class Images(Format):
    """Images. Several files are one chunk."""

    def tasks(self, files: Sequence[tuple[int, File]], rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        size = rows or _TOGETHER
        for begun in range(0, len(files), size):
            some = files[begun : begun + size]
            problem = unreadable(InvalidArgument("images have no columns to keep")) if wanted.keep else ""
            yield Chunk(
                some[0][0], 0, size, tuple(i for i, _ in some), sum(f.size for _, f in some), problem, len(some)
            )

    def chunks(self, number: int, file: File, rows: int | None, wanted: Wanted) -> Iterator[Chunk]:
        yield from self.tasks([(number, file)], rows, wanted)

    def pieces(self, files: Sequence[File], chunk: Chunk, wanted: Wanted) -> Iterator[Piece]:
        yield ImagePiece([files[index] for index in chunk.at], wanted)


def _bytes(image: File) -> bytes:
    with open(image.path, "rb") as file:
        return file.read()


def _pixels(image: File) -> Any:
    """Height × width × channels."""
    import numpy as np

    pil = need("PIL.Image", "images", "read images")
    with pil.open(image.path) as opened:
        if opened.mode == "1":
            opened = opened.convert("L")
        elif opened.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
            opened = opened.convert("RGBA" if "transparency" in opened.info or opened.mode == "PA" else "RGB")
        found = np.asarray(opened)
    return found if found.ndim == 3 else found[:, :, None]


def _shaped(pixels: Any, spec: TensorSpec | None) -> Any:
    """The pixels with as many channels, in such a place, as the tensor has them."""
    if spec is None:
        return pixels
    shape = spec.shape[1:]  # the first is the number of images
    if len(shape) not in (2, 3):
        raise InvalidArgument(f"an image has 3 dimensions, and the tensor of one row has shape {shape}")
    if len(shape) == 2:
        return _channels(pixels, 1)[:, :, 0]
    first = shape[2] not in (1, 3, 4, -1) and shape[0] in (1, 3, 4)
    wanted = shape[0] if first else shape[2]
    found = pixels if wanted == -1 else _channels(pixels, wanted)
    return found.transpose(2, 0, 1) if first else found


def _channels(pixels: Any, wanted: int) -> Any:
    import numpy as np

    have = pixels.shape[2]
    if have in (2, 4) and wanted in (1, 3) and bool((pixels[:, :, -1] == np.iinfo(pixels.dtype).max).all()):
        pixels, have = pixels[:, :, :-1], have - 1
    if have == 1 and wanted == 3:
        return np.repeat(pixels, 3, axis=2)
    if have == 3 and wanted == 1 and bool((pixels == pixels[:, :, :1]).all()):
        return pixels[:, :, :1]
    if have == 3 and wanted == 4:
        return np.dstack([pixels, np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)])
    if have != wanted:
        raise InvalidArgument(f"it has {have} channels, and the model takes {wanted}; convert the image")
    return pixels
