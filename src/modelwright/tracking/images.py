"""Pictures: from numpy arrays, nested lists, PIL images and figures to files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument, MissingDependency
from ..core.given import shown

_THUMBNAIL = 256


class Image:
    """A picture made from a numpy array, nested lists, a PIL image or an image file.

    Args:
        image: An array of shape (height, width) or (height, width, 1, 3 or 4), integers 0 to 255 or floats 0 to 1;
            the same as lists; a `PIL.Image.Image`; or a path.

    >>> Image([[0, 255]]).size
    (2, 1)
    """

    def __init__(self, image: Any) -> None:
        pillow = _pillow()
        if isinstance(image, str | Path):
            self.image = pillow.open(image)
        elif isinstance(image, pillow.Image):
            self.image = image
        else:
            import numpy

            self.image = from_array(numpy.asarray(image))
        self.size: tuple[int, int] = self.image.size

    def to_list(self) -> list[Any]:
        flat = getattr(self.image, "get_flattened_data", None) or self.image.getdata  # Pillow 12.1 renamed it
        return list(flat())

    def to_array(self) -> Any:
        import numpy

        return numpy.array(self.image)

    def to_pil(self) -> Any:
        return self.image

    def save(self, path: str) -> None:
        self.image.save(path)

    def resize(self, size: tuple[int, int]) -> Image:
        return Image(self.image.resize(size))


def to_pil(image: Any) -> Any:
    """A PIL image of anything `log_image` takes."""
    if isinstance(image, Image):
        return image.to_pil()
    if isinstance(image, _pillow().Image):
        return image
    if type(image).__module__ == "numpy" and hasattr(image, "shape"):
        return from_array(image)
    raise TypeError(
        f"An image is a numpy array, a PIL image or a modelwright.Image; got {shown(image)}; use log_artifact for files"
    )


def is_image(value: Any) -> bool:
    """Whether a table's cell is a picture, told by what it can do."""
    return all(callable(getattr(value, name, None)) for name in ("save", "resize")) and hasattr(value, "size")


def thumbnail(image: Any) -> Any:
    """The picture at most 256 pixels wide and high."""
    width, height = image.size
    scale = _THUMBNAIL / max(width, height, 1)
    return image.resize((max(1, int(width * scale)), max(1, int(height * scale))))


def from_array(array: Any) -> Any:
    """A PIL image of an array, after the checks that keep a picture from being nonsense."""
    import numpy

    if array.dtype.kind not in "buif":
        raise TypeError(f"An image array has dtype {array.dtype}; give bool, integers 0 to 255 or floats 0 to 1")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InvalidArgument(
            f"An image array has shape {array.shape}; give (height, width) or (height, width, 1, 3 or 4)"
        )
    if array.dtype.kind != "b" and array.size:
        array = _in_range(array)
    if array.dtype.kind in "bf":
        array = array * 255
    array = array.astype(numpy.uint8)
    return _pillow().fromarray(array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array)


def save_figure(figure: Any, path: Path, **save_kwargs: Any) -> None:
    """Write a matplotlib or plotly figure, told by their methods; a plotly figure's format by the file's ending."""
    if hasattr(figure, "savefig"):
        figure.savefig(path, **save_kwargs)
    elif hasattr(figure, "write_html"):
        ending = path.suffix.lower()
        if ending in ("", ".html", ".htm"):
            figure.write_html(path, **{"include_plotlyjs": "cdn", "auto_open": False, **save_kwargs})
        elif ending in (".png", ".jpeg", ".jpg", ".webp", ".svg", ".pdf"):
            figure.write_image(path, **save_kwargs)
        else:
            raise InvalidArgument(f"A plotly figure was to be saved as {path.name!r}; end the name in .html or .png")
    else:
        raise TypeError(f"A figure comes from matplotlib or plotly; got {shown(figure)}; use log_artifact for files")


def _in_range(array: Any) -> Any:
    low, high = array.min(), array.max()
    if array.dtype.kind in "ui":
        if low < 0 or high > 255:
            raise InvalidArgument(f"An image array has integers from {low} to {high}; give 0 to 255")
    elif low < 0 or high > 1:
        warnings.warn(f"An image array has floats from {low} to {high}; scaled to 0 to 1", UserWarning, stacklevel=5)
        return (array - low) / (high - low or 1)
    return array


def _pillow() -> Any:
    try:
        from PIL import Image as PillowImage
    except ImportError as error:
        raise MissingDependency("Images need Pillow; run: pip install 'modelwright[images]'") from error
    return PillowImage
