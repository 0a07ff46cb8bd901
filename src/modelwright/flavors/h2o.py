"""H2O models, which live in a Java server and are written in its binary format.

The server that reads such a file must be of the version that wrote it. `h2o.yaml` beside the file holds the settings
of the server that scoring starts if there is none; MLflow writes absolute paths there, we write names only, so that a
model can be moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import CorruptModel, InvalidArgument, MissingDependency
from ..core.frameworks import require
from ..models.calls import accepted
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

_FOLDER, _SETTINGS = "model.h2o", "h2o.yaml"
_ADDRESS = {"url", "ip", "port"}  # arguments of h2o.init that say which server


class H2O(Flavor):
    """H2O models."""

    name = "h2o"
    model_arg = "h2o_model"
    packages = ("h2o",)
    version_key = "h2o_version"
    forms = (Form("H2O's binary format", "model.h2o/h2o.yaml", "yes"),)
    types = ("h2o:ModelBase",)
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "settings", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "registered_model_name", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip

    def save(self, model: Any, root: Path, *, settings: Mapping[str, Any] | None = None) -> Saved:
        """Write a trained model.

        Args:
            model: A trained H2O estimator, or the leader of an AutoML run.
            root: Where to.
            settings: What to keep in h2o.yaml; under "init" the arguments of `h2o.init` for scoring, where no server
                is connected.
        """
        h2o = require("h2o")
        if not isinstance(model, require("h2o", "h2o.model").ModelBase):
            raise InvalidArgument(
                f"Expected an H2O estimator, got a {class_name(model)}; of an H2OAutoML pass its leader"
            )
        if not model.model_id:
            raise InvalidArgument(f"The {type(model).__name__} is not trained; train it, then save it")
        kept = _settings(settings)
        _connected(h2o, f"The model {model.model_id} lives in an H2O server")
        (root / _FOLDER).mkdir()
        file = Path(h2o.download_model(model, path=str(root / _FOLDER))).name
        kept |= {"full_file": f"{_FOLDER}/{file}", "model_file": file, "model_dir": _FOLDER}
        (root / _FOLDER / _SETTINGS).write_text(_yaml(kept), "utf-8")
        return Saved({"data": _FOLDER, "h2o_version": h2o.__version__}, {"data": _FOLDER})

    def load(self, at: Stored) -> Any:
        h2o = require("h2o")
        _connected(h2o, "Loading an H2O model needs a server")
        return self._upload(h2o, at)

    def open(self, at: Stored) -> Predictor:
        h2o = require("h2o")
        init = self._kept(at).get("init") or {}
        if not _has_server(h2o) or _ADDRESS & set(init):
            try:
                h2o.init(**init)
            except (h2o.exceptions.H2OStartupError, h2o.exceptions.H2OServerError) as error:
                raise MissingDependency(
                    f"No H2O server could be started: {error}. H2O needs Java; or call h2o.init() yourself first"
                ) from error
        return self.wrap(self._upload(h2o, at), at)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Scorer(model)

    def hazard(self, at: Stored) -> str | None:
        file = self._file(at, self._kept(at))
        started = "" if not self._kept(at).get("init") else f", and '{_SETTINGS}' says how to start it"
        return f"an H2O server builds the Java objects that its file '{file.name}' names{started}"

    def _upload(self, h2o: Any, at: Stored) -> Any:
        file = self._file(at, self._kept(at))
        with self.reading(at, file), _no_progress(h2o):
            return h2o.upload_model(str(file))

    def _file(self, at: Stored, kept: Mapping[str, Any]) -> Path:
        name = kept.get("model_file")
        if not isinstance(name, str) or not name:
            raise CorruptModel(f"'{at.path('data', _FOLDER) / _SETTINGS}' must name a model_file, got {name!r}")
        return at.file(f"{at.conf.get('data') or _FOLDER}/{name}", "model_file")

    def _kept(self, at: Stored) -> dict[str, Any]:
        """What h2o.yaml says."""
        path = at.path("data", _FOLDER) / _SETTINGS
        with self.reading(at, path):
            found = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(found, dict) or not isinstance(found.get("init") or {}, dict):
            raise CorruptModel(f"'{path}' must be a mapping with model_file and, if need be, init; got {found!r:.80}")
        return found


def _settings(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not isinstance(given.get("init") or {}, Mapping):
        raise InvalidArgument(f"settings must be a dictionary, such as {{'init': {{'nthreads': 1}}}}, got {given!r}")
    return dict(given)


def _yaml(kept: dict[str, Any]) -> str:
    try:
        return yaml.safe_dump(kept)
    except yaml.YAMLError as error:
        raise InvalidArgument(f"settings can hold only texts, numbers, lists and dictionaries: {error}") from error


def _has_server(h2o: Any) -> bool:
    connection = h2o.connection()
    return connection is not None and bool(connection.connected)


def _connected(h2o: Any, why: str) -> None:
    if not _has_server(h2o):
        raise InvalidArgument(f"{why}, and none is connected; call h2o.init() first")


@contextmanager
def _no_progress(h2o: Any) -> Iterator[None]:
    """No progress bars on standard output inside; outside as the user has them."""
    shown = require("h2o", "h2o.job").H2OJob.__PROGRESS_BAR__
    h2o.no_progress()
    try:
        yield
    finally:
        if shown:
            h2o.show_progress()


class _Scorer:
    """Sends a frame to the server and gets one back, with the index that it had."""

    def __init__(self, model: Any) -> None:
        self.native = self.h2o_model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        h2o = require("h2o")
        accepted(params or {}, frozenset())  # there are none; those given are named in the log
        with _no_progress(h2o):
            found = self.native.predict(h2o.H2OFrame(data)).as_data_frame()
        if hasattr(data, "index") and hasattr(data, "columns"):
            found.index = data.index
        return found
