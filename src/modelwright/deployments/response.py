"""The answer of a scoring server, and the predictions in it as a frame or an array."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument


class PredictionsResponse(dict[str, Any]):
    """An answer with the key "predictions"; a dictionary, so that other keys of it can be read too.

    >>> PredictionsResponse.from_json('{"predictions": [1, 2]}')
    {'predictions': [1, 2]}
    """

    def get_predictions(self, predictions_format: str = "dataframe", dtype: Any = None) -> Any:
        """The predictions.

        Args:
            predictions_format: "dataframe" or "ndarray".
            dtype: The type of an array's values; numpy chooses when left out.

        >>> PredictionsResponse(predictions=[1, 2]).get_predictions("ndarray", dtype="float32")
        array([1., 2.], dtype=float32)
        """
        found = self["predictions"]
        if predictions_format == "ndarray":
            import numpy as np

            return np.array(found, dtype=dtype)
        if predictions_format == "dataframe":
            import pandas as pd

            columns = isinstance(found, dict) and any(isinstance(value, list) for value in found.values())
            return pd.DataFrame(found if columns or isinstance(found, list) else [found])
        raise InvalidArgument(f'predictions_format is "dataframe" or "ndarray", got {predictions_format!r}')

    def to_json(self, path: str | PathLike[str] | None = None) -> str | None:
        """The answer as JSON.

        Args:
            path: A file to write it to; the text is returned when left out.
        """
        text = json.dumps(dict(self))
        if path is None:
            return text
        Path(path).write_text(text, "utf-8")
        return None

    @classmethod
    def from_json(cls, json_str: str | bytes) -> PredictionsResponse:
        """The answer that a text holds.

        Args:
            json_str: JSON: an object with the key "predictions".

        Raises:
            InvalidArgument: It is something else.
        """
        try:
            found = json.loads(json_str)
        except ValueError as error:
            raise InvalidArgument(f"The answer is not JSON: {error}") from error
        if not isinstance(found, dict) or "predictions" not in found:
            raise InvalidArgument(f"An answer is an object with the key 'predictions'; got {found!r}")
        return cls(found)
