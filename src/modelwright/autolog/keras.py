"""Keras 3 with any backend: what a `fit` was told, its metrics, early stopping, a summary, the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import keras_fit
from .integration import Call, Family, Integration, Options, Session, Watch
from .keras_callbacks import MlflowCallback, checked_frequency


class Keras(Integration):
    name = imports = "keras"

    def configure(
        self,
        log_every_epoch: bool = True,
        log_every_n_steps: int | None = None,
        log_models: bool = True,
        log_model_signatures: bool = True,
        save_exported_model: bool = False,
        log_datasets: bool = True,
        log_input_examples: bool = False,
        disable: bool = False,
        exclusive: bool = False,
        disable_for_unsupported_versions: bool = False,
        silent: bool = False,
        registered_model_name: str | None = None,
        save_model_kwargs: Mapping[str, Any] | None = None,
        extra_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record what Keras trains: parameters, metrics, early stopping, a summary of the model, the model.

        Where `tensorflow.autolog` is on as well, the one that was turned on last records.

        Args:
            log_every_epoch: Whether metrics are recorded at the end of each epoch.
            log_every_n_steps: Record them every so many steps instead.
            save_exported_model: Whether the model is logged as a graph for scoring instead of a `.keras` file.
            save_model_kwargs: Options of `keras.Model.save`.

        Raises:
            InvalidArgument: Metrics are to be recorded by epochs and by steps, or by neither.

        >>> import modelwright
        >>> modelwright.keras.autolog(log_models=False)
        >>> modelwright.autolog(disable=True)
        """
        checked_frequency(log_every_epoch, log_every_n_steps)

    def watches(self, options: Options) -> Iterator[Watch | Family]:
        yield Watch("keras:Model.fit", _fit)


def _fit(call: Call, session: Session) -> Any:
    if keras_fit.declined(call, "keras"):
        return
    options = session.options
    first = keras_fit.begin(call, session, MlflowCallback, keras_fit.frequency(options))
    history = yield
    keras_fit.end(call, session, history)
    keras_fit.model(
        session, call.arguments["self"], first, flavor="keras",
        save_exported_model=options["save_exported_model"], save_model_kwargs=options["save_model_kwargs"],
    )  # fmt: skip
