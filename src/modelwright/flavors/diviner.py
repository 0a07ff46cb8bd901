"""Diviner: one forecaster per group of a data set, by Prophet or by pmdarima.

Diviner 0.1.1, its last version, forecasts only beside pandas before 3; fitting, saving and loading work beside pandas 3
too. Models fit in Spark exist only in the Diviner of one vendor's platform.
"""

from __future__ import annotations

import io
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from ..core.frameworks import require
from ..models import pickling
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from ..models.namespace import Namespace

_FILE = "model.div"
_TEXT, _PICKLES = "GroupedProphet", "GroupedPmdarima"
# What the frame of a prediction says to us; the rest of its columns are arguments of GroupedPmdarima's own method.
_OURS = ("n_periods", "horizon", "frequency", "groups")


class Diviner(Flavor):
    """Diviner models."""

    name = "diviner"
    model_arg = "diviner_model"
    packages = ("diviner",)
    version_key = "diviner_version"
    forms = (
        Form("JSON, of Prophet models", "model.div", "no"),
        Form("pickles, of pmdarima models", "model.div", "yes"),
    )
    types = ("diviner:GroupedProphet", "diviner:GroupedPmdarima")

    def save(
        self,
        model: Any,
        root: Path,
        *,
        partition_by: list[str] | None = None,
        partition_count: int | None = None,
        dfs_tmpdir: str | None = None,
    ) -> Saved:
        """Write a fitted grouped forecaster.

        Args:
            model: A fitted GroupedProphet or GroupedPmdarima.
            root: Where to.
            partition_by: Accepted for older programs; concerns models fit in Spark.
            partition_count: The same.
            dfs_tmpdir: The same.
        """
        diviner = require("diviner")
        if not isinstance(model, (diviner.GroupedProphet, diviner.GroupedPmdarima)):
            raise InvalidArgument(
                f"Expected a diviner.GroupedProphet or a diviner.GroupedPmdarima, got a {class_name(model)}"
            )
        kind = type(model).__name__
        if getattr(model, "_fit_with_spark", False):
            raise InvalidArgument(f"The {kind} was fit in Spark, which is not supported; fit it on a pandas DataFrame")
        if kind not in (_TEXT, _PICKLES):
            raise InvalidArgument(f"A {class_name(model)} would be loaded as its base class; save a plain {_TEXT}")
        if not model.model:
            raise InvalidArgument(f"The {kind} is not fitted; fit it, then save it")
        model.save(str(root / _FILE))
        conf = {
            "data": _FILE,
            "diviner_version": diviner.__version__,
            "fit_with_spark": False,
            "model_type": kind,
        }
        return Saved(conf, {"data": _FILE})

    def load(self, at: Stored, **kwargs: Any) -> Any:
        """Read a grouped forecaster.

        Args:
            at: From where.
            **kwargs: Accepted for older programs; concerns models fit in Spark.
        """
        diviner = require("diviner")
        kind, path = _kind(at), at.path("data", _FILE)
        with self.reading(at, path):
            return diviner.GroupedProphet.load(str(path)) if kind == _TEXT else _grouped_pmdarima(path, at.code)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Forecaster(model)

    def hazard(self, at: Stored) -> str | None:
        if _kind(at) == _TEXT:
            return None  # JSON, and group keys that are read as Python literals
        return f"its file '{at.path('data', _FILE).name}' holds pickles"


def _kind(at: Stored) -> str:
    """The class of the stored model, which is one of two."""
    if at.conf.get("fit_with_spark"):
        raise InvalidArgument(
            f"The model in '{at.root}' was fit in Spark, by a Diviner that only its vendor's platform has; load it "
            f"there"
        )
    kind = at.conf.get("model_type")
    if kind not in (_TEXT, _PICKLES):
        raise UntrustedModel(f"The model file names class {kind!r}; this flavor loads only {_TEXT} and {_PICKLES}")
    return str(kind)


def _grouped_pmdarima(path: Path, code: Namespace | None) -> Any:
    """What `GroupedPmdarima.load` makes, with our unpickler in place of the plain one."""
    serializer = require("diviner", "diviner.serialize.pmdarima_serializer")

    class Decoder(serializer.PmdarimaDecoder):  # type: ignore[misc, name-defined]
        @staticmethod
        def _byte_decode(payload: str) -> Any:
            return pickling.Unpickler(io.BytesIO(urlsafe_b64decode(payload)), code).load()

    found = Decoder().decode(json.loads(path.read_text("utf-8")))
    if not isinstance(found.get("model"), dict):
        raise CorruptModel(f"'{path}' holds no models")
    model = require("diviner").GroupedPmdarima(found.get("_model_template"))
    vars(model).update(found)
    return model


class _Forecaster:
    """Forecasts as one row of a frame asks for: how far, how often, for which groups."""

    def __init__(self, model: Any) -> None:
        self.native = self.diviner_model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if not hasattr(data, "to_dict") or not hasattr(data, "columns") or not len(data):
            raise InvalidArgument(
                f"Expected a DataFrame with one row that says what to forecast, such as {{'horizon': 30, "
                f"'frequency': 'D'}}; got {'no row' if hasattr(data, 'columns') else class_name(data)}"
            )
        asked = data.iloc[:1].to_dict(orient="records")[0]
        periods, groups = _periods(asked), _groups(asked.get("groups"))
        try:
            if type(self.native).__name__ == _TEXT:
                return self._by_prophet(asked, periods, groups)
            rest = {name: value for name, value in asked.items() if name not in _OURS}
            if groups is None:
                return self.native.predict(n_periods=periods, **rest)
            return self.native.predict_groups(groups=groups, n_periods=periods, **rest)
        except ValueError as error:
            if "Cannot specify both 'axis'" not in str(error):
                raise
            raise MissingDependency(
                f"Diviner {require('diviner').__version__} forecasts only beside pandas before 3, and here is "
                f"{require('diviner', 'pandas').__version__}; pip install 'pandas<3'"
            ) from error

    def _by_prophet(self, asked: Mapping[str, Any], periods: int, groups: list[tuple[Any, ...]] | None) -> Any:
        frequency = asked.get("frequency")
        if not frequency:
            raise InvalidArgument(
                f"A GroupedProphet needs a column 'frequency', such as 'D'; the frame has {', '.join(map(str, asked))}"
            )
        if groups is None:
            found = self.native.forecast(horizon=periods, frequency=frequency)
        else:
            more = {name: asked[name] for name in ("predict_col", "on_error") if name in asked}
            found = self.native.predict_groups(groups=groups, horizon=periods, frequency=frequency, **more)
        return found.rename(columns={"yhat": asked["predict_col"]}) if asked.get("predict_col") is not None else found


def _periods(asked: Mapping[str, Any]) -> int:
    """How far to forecast, under either of its names."""
    periods, horizon = asked.get("n_periods"), asked.get("horizon")
    if periods and horizon and periods != horizon:
        raise InvalidArgument(f"n_periods={periods!r} and horizon={horizon!r} mean the same; give only one of them")
    found = periods or horizon
    if not found:
        raise InvalidArgument(
            f"Expected a column 'n_periods' or 'horizon', how far to forecast; the frame has "
            f"{', '.join(map(str, asked))}"
        )
    if not isinstance(found, int):
        raise InvalidArgument(f"n_periods must be a whole number, got {found!r}")
    return found


def _groups(given: Any) -> list[tuple[Any, ...]] | None:
    """The groups to forecast; JSON has no tuples, so lists stand for them too."""
    if given is None or (isinstance(given, list) and not given):
        return None
    if not isinstance(given, list):
        raise InvalidArgument(f"groups must be a list of tuples, each the key of a group, got {given!r}")
    return [tuple(group) for group in given]
