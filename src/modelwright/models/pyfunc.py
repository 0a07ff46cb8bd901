"""A loaded model that predicts: data in, schema enforced, predictions out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument, NotFound
from . import enforce
from .enforce_frame import Extra
from .flavor import Predictor
from .mlmodel import PYFUNC, Model
from .namespace import Namespace, running
from .python_model import is_python_model, takes

log = logging.getLogger(__name__)


class PyFuncModel:
    """A model of any flavor, with one way to call it. `load_model` makes it; it is not constructed directly.

    Args:
        model_meta: The content of its MLmodel file.
        model_impl: What predicts: an object with `predict(data, params)` or `predict(data)`.
        native: The flavor's own object behind it.
        root: The directory it was loaded from.
        code: The namespace of the modules it carries.
        config: Its configuration, the caller's changes applied.
    """

    def __init__(
        self,
        model_meta: Model,
        model_impl: Any,
        *,
        native: Any = None,
        root: Path | None = None,
        code: Namespace | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        if not callable(getattr(model_impl, "predict", None)):
            raise InvalidArgument(f"{type(model_impl).__name__} has no method predict, so it cannot be a model")
        self._model_meta, self._model_impl = model_meta, model_impl
        self._native, self._root, self._config = native, root, config
        self._code = code if code is not None and code.names else None
        self._plan: enforce.Plan | None = None
        self._predict = _adapted(model_impl.predict)

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The predictions for `data`.

        Args:
            data: A frame, an array, a dictionary of arrays, a list, or whatever the signature describes. With a
                signature it is checked first, and converted where nothing is lost.
            params: Parameters of this call; the signature says which there are, and their defaults.

        Raises:
            SchemaMismatch: The data does not fit the signature; the message lists every column that does not.
        """
        plan = self._plan or self._compiled()
        data, params = plan(data, params)
        if self._code is None:
            return self._predict(data, params)
        with running(self._code):
            return self._predict(data, params)

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Predictions for one input, piece after piece.

        Raises:
            InvalidArgument: The model was not saved as streamable, or `data` is more than one input.
        """
        if not self._conf.get("streamable") or not hasattr(self._model_impl, "predict_stream"):
            raise InvalidArgument("This model does not support predict_stream; save it with a predict_stream method")
        data, params = (self._plan or self._compiled())(data, params)
        if isinstance(data, list):
            if len(data) != 1:
                raise InvalidArgument(f"predict_stream takes one input, got {len(data)}")
            data = data[0]
        pieces = _adapted(self._model_impl.predict_stream)(data, params)
        return pieces if self._code is None else _inside(self._code, pieces)

    def call(self, method: str, data: Any, *args: Any, **kwargs: Any) -> Any:
        """Call another method of the model, its input checked like predict's: `model.call("predict_proba", data)`.

        Args:
            method: Name of a public method: of the native model, or of the PythonModel. A PythonModel's method gets
                the context first if it has a parameter of that name.
            data: As for `predict`.
            *args: Passed on.
            **kwargs: Passed on.

        Raises:
            NotFound: There is no such method; the message lists those there are.
            SchemaMismatch: The data does not fit the signature.
        """
        if method == "predict":
            return self.predict(data, *args, **kwargs)
        function = self._method(method)
        data, _ = (self._plan or self._compiled())(data, None)
        with running(self._code):
            return function(data, *args, **kwargs)

    def methods(self) -> list[str]:
        """Names of the methods that `call` finds."""
        return sorted({name for owner in (self._native, self._model_impl) for name in _public_methods(owner)})

    @property
    def metadata(self) -> Model:
        """The content of the MLmodel file."""
        return self._model_meta

    @property
    def model_config(self) -> dict[str, Any]:
        """The configuration the model was saved with, with the changes given at loading."""
        return dict(self._conf.get("config") or {} if self._config is None else self._config)

    @property
    def loader_module(self) -> str | None:
        """The name of the module that loads the model."""
        return self._conf.get("loader_module")

    @property
    def input_schema(self) -> Any:
        """The schema of the input, or None."""
        return self._model_meta.get_input_schema()

    @property
    def params_schema(self) -> Any:
        """The schema of the params, or None."""
        return self._model_meta.get_params_schema()

    @property
    def input_example(self) -> Any:
        """The stored input example, as `predict` takes it; None without one."""
        return self._model_meta.load_input_example(self._root) if self._root else None

    def unwrap_python_model(self) -> Any:
        """The PythonModel that was saved.

        Raises InvalidArgument for a model of another kind; `get_raw_model` gives the native object of any.
        """
        if not is_python_model(self._native):
            raise InvalidArgument("Unable to retrieve base model object from pyfunc: it was not saved as a PythonModel")
        return self._native

    def get_raw_model(self) -> Any:
        """The native object behind the model: an estimator, a booster, a PythonModel."""
        if callable(own := getattr(self._model_impl, "get_raw_model", None)):
            return own()
        if self._native is None:
            raise NotImplementedError("This model has no native object of its own")
        return self._native

    @property
    def _conf(self) -> Mapping[str, Any]:
        conf: Mapping[str, Any] = self._model_meta.flavors.get(PYFUNC) or {}
        return conf

    @property
    def takes_json(self) -> bool:
        """Whether dictionaries, lists and single values reach the model checked, but as they were given."""
        return bool(getattr(self._model_impl, "takes_json", False)) or (
            is_python_model(self._native)
            and enforce.takes_json(self._model_meta.signature, self._model_meta.saved_input_example_info)
        )

    def enforcing(self, *, extra_columns: Extra = "ignore", redact: bool = False) -> None:
        """Say how the signature is enforced from now on.

        Args:
            extra_columns: "ignore" drops columns that it does not name, "error" refuses them, "pass" hands them on.
            redact: Leave the data's values out of error messages.
        """
        signature = self._model_meta.signature
        self._plan = enforce.compile(signature, native=self.takes_json, extra_columns=extra_columns, redact=redact)

    def rows(self, names: Sequence[str]) -> Callable[[Any], Any] | None:
        """A quicker way to predict a matrix of numbers whose columns are `names` in order, where the flavor has one.

        It checks nothing, and takes no params.
        """
        quick = getattr(self._model_impl, "rows", None)
        return quick(names) if quick is not None and self._code is None else None

    def _compiled(self) -> enforce.Plan:
        self.enforcing()
        assert self._plan is not None
        return self._plan

    def _method(self, name: str) -> Any:
        """A public method by name; the predictor's own come before the native object's."""
        for owner in (self._model_impl, self._native):
            function = None if name.startswith("_") else getattr(owner, name, None)
            if callable(function):
                if owner is self._native and is_python_model(owner) and takes(function, "context"):
                    return partial(function, getattr(self._model_impl, "context", None))
                return function
        known = self.methods()
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise NotFound(f"The model has no method {name!r}. {hint}It has: {', '.join(known)}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PyFuncModel) and self._model_meta == other._model_meta

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        facts = {"run_id": self._model_meta.run_id, "artifact_path": self._model_meta.artifact_path}
        lines = [f"  {key}: {value}" for key, value in facts.items() if value is not None]
        return "\n".join(["mlflow.pyfunc.loaded_model:", *lines, f"  flavor: {self.loader_module}", ""])


def _adapted(function: Any) -> Any:
    """`function(data, params)` for a function that may take no params."""
    if takes(function, "params"):
        return lambda data, params: function(data, params=params)

    def without(data: Any, params: Any) -> Any:
        if params:
            log.warning("params %s are ignored: the model's predict does not take any", sorted(params))
        return function(data)

    return without


def _inside(code: Namespace, pieces: Iterator[Any]) -> Iterator[Any]:
    pieces = iter(pieces)
    while True:
        with running(code):
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece


def _public_methods(owner: Any) -> list[str]:
    return [
        name for name in dir(type(owner)) if not name.startswith("_") and callable(getattr(type(owner), name, None))
    ]


__all__ = ["Predictor", "PyFuncModel"]
