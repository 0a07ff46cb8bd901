"""A session that predicts: arrays, dictionaries of arrays or frames in, the same kind of thing out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ...core.errors import InvalidArgument
from ...models.flavor import class_name

log = logging.getLogger(__name__)


class OnnxPredictor:
    """Scores as MLflow does.

    A frame gives a frame: each output, flattened, is a column. An array or a dictionary gives a dictionary of arrays.
    Doubles are made floats where the model takes floats, since JSON knows no floats.

    Args:
        session: An onnxruntime.InferenceSession.
    """

    def __init__(self, session: Any) -> None:
        self.native = self.rt = session
        self._inputs = {one.name: one for one in session.get_inputs()}
        self.inputs = [(one.name, one.type) for one in self._inputs.values()]
        self.output_names = [one.name for one in session.get_outputs()]

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params:
            log.warning("params %s are ignored: a model of the onnx flavor takes none", sorted(params))
        frame = hasattr(data, "iloc") and hasattr(data, "columns")
        feeds = {name: self._fit(name, value) for name, value in self._feeds(data, frame).items()}
        found = dict(zip(self.output_names, self._run(feeds), strict=True))
        return _as_frame(found) if frame else found

    def _run(self, feeds: Mapping[str, Any]) -> list[Any]:
        from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument as Unfit

        try:
            return list(self.rt.run(self.output_names, feeds))
        except Unfit as error:
            wanted = ", ".join(f"{one.name!r}: {one.type} of shape {one.shape}" for one in self._inputs.values())
            raise InvalidArgument(f"The data does not fit the model, which takes {wanted}: {error}") from error

    def _feeds(self, data: Any, frame: bool) -> dict[str, Any]:
        """What each input of the model gets."""
        if isinstance(data, Mapping):
            self._require(data)
            return dict(data)
        names = list(self._inputs)
        if frame and len(names) > 1:
            self._require(data.columns)
            return {name: self._column(name, data[name]) for name in names}
        if frame:
            return {names[0]: data.to_numpy()}
        if not (hasattr(data, "dtype") and hasattr(data, "shape")) or hasattr(data, "iloc"):
            raise InvalidArgument(
                f"An ONNX model takes a pandas.DataFrame, a numpy array, or a dictionary of arrays, got a "
                f"{class_name(data)}"
            )
        if len(names) != 1:
            raise InvalidArgument(
                f"One array was given, and the model has the inputs {', '.join(map(repr, names))}; give a dictionary "
                f"or a DataFrame with all of them"
            )
        return {names[0]: data}

    def _require(self, given: Any) -> None:
        if lacking := [name for name in self._inputs if name not in given]:
            raise InvalidArgument(
                f"The model's inputs {', '.join(map(repr, lacking))} are missing from the data, which has "
                f"{', '.join(map(repr, given)) or 'nothing'}"
            )

    def _column(self, name: str, column: Any) -> Any:
        """A column as an array; one of a value a row, for an input of one column, is made such."""
        values = column.to_numpy()
        shape = self._inputs[name].shape
        return values.reshape(-1, 1) if values.ndim == 1 and len(shape) == 2 and shape[1] == 1 else values

    def _fit(self, name: str, value: Any) -> Any:
        import numpy as np

        known = self._inputs.get(name)
        if known is None:
            return value  # the runtime names it in its error
        array = np.asarray(value)
        if known.type == "tensor(float)" and array.dtype == np.float64:
            return array.astype(np.float32)
        if known.type == "tensor(string)" and array.dtype.kind not in "OUS":
            return array.astype(object)
        return array


def _as_frame(outputs: Mapping[str, Any]) -> Any:
    import numpy as np
    import pandas as pd

    columns = {name: np.asarray(value).reshape(-1) for name, value in outputs.items()}
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name!r} of shape {np.asarray(value).shape}" for name, value in outputs.items())
        raise InvalidArgument(
            f"The model's outputs do not fit into one frame: {sizes}. Give an array or a dictionary of arrays instead "
            f"of a DataFrame, to get a dictionary of them"
        )
    return pd.DataFrame(columns)
