"""PaddlePaddle layers and high-level models."""

from __future__ import annotations

import json
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.callers import stacklevel
from ..core.errors import CorruptModel, InvalidArgument
from ..core.frameworks import require
from ..core.paths import inside
from ..models import pickling
from ..models.calls import accepted
from ..models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name

_PREFIX = "model"  # the files are called model.json, model.pdiparams, ...
_WEIGHTS = (".pdparams", ".pdopt", ".pdscaler")  # of training; each a pickle
# Operators that reach beyond the numbers they are given: files, other processes, engines and functions of their own.
_REACHING = re.compile(r"(^|_)(save|load|file|engine|func|send|recv|listen|push|pull|program|custom)(_|$|v\d)")
_DIALECTS = ("0", "1", "2")  # in which a program is written down: built-in, Paddle's operators, control flow


class Paddle(Flavor):
    """PaddlePaddle models."""

    name = "paddle"
    model_arg = "pd_model"
    packages = ("paddlepaddle",)
    version_key = "paddle_version"
    forms = (
        Form("Paddle's program and weights", "model.json", "no, unless its operators reach for files or processes"),
        Form("weights and optimizer, for training", "model.pdparams", "no, unless the pickles hold more than arrays"),
    )
    types = ("paddle:Model", "paddle:Layer")
    save_order = (
        "training", "conda_env", "code_paths", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order = (
        "training", "conda_env", "code_paths", "registered_model_name", "signature", "input_example",
        "await_registration_for", "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip
    load_order = ("model", "dst_path")

    def save(self, model: Any, root: Path, *, training: bool = False) -> Saved:
        """Write the program that predicts, and what training goes on from if that is asked for.

        Args:
            model: A paddle.nn.Layer whose inputs are known (`paddle.jit.to_static` with an input_spec), or a
                paddle.Model.
            root: Where to.
            training: Write the weights and the optimizer's state of a paddle.Model too, so that
                `load_model(uri, model=...)` can put them into another one.
        """
        paddle = require("paddle")
        if not isinstance(model, (paddle.Model, paddle.nn.Layer)) and not callable(
            model
        ):  # functions have programs too
            raise InvalidArgument(f"Expected a paddle.nn.Layer or a paddle.Model, got a {class_name(model)}")
        prefix = str(root / _PREFIX)
        scored = True
        if not isinstance(model, paddle.Model):
            _told("training=True is for a paddle.Model; a layer is saved for predicting alone", when=training)
            _write(lambda: paddle.jit.save(model, prefix), model)
        elif training:
            model.save(prefix, training=True)
            scored = _also_for_predicting(model, prefix)
        else:
            _write(lambda: model.save(prefix, training=False), model)
        conf = {"pickled_model": _PREFIX, "paddle_version": paddle.__version__}
        if not scored:
            return Saved(conf, None, unseen="it holds weights alone, and loading puts them into another model")
        return Saved(conf, {"model_path": _PREFIX})

    def load(self, at: Stored, *, model: Any = None, **kwargs: Any) -> Any:
        """Read a model.

        Args:
            at: From where.
            model: A paddle.Model to put the weights of one saved with training=True into.
            **kwargs: Further options of `paddle.jit.load`, or of `paddle.Model.load` where a model is given.
        """
        paddle = require("paddle")
        prefix = self._prefix(at)
        if model is None:
            if not any(_programs(prefix)) and _beside(prefix, ".pdparams").exists():
                raise InvalidArgument(
                    f"The model in '{at.root}' was saved with training=True and holds weights alone; pass "
                    f"model=paddle.Model(...) to put them into"
                )
            with self.reading(at, prefix):
                return paddle.jit.load(str(prefix), **kwargs)
        if not isinstance(model, paddle.Model):
            raise InvalidArgument(f"model must be a paddle.Model to put the weights into, got a {class_name(model)}")
        if not _beside(prefix, ".pdparams").exists():
            raise InvalidArgument(
                f"The model in '{at.root}' was saved without training=True: it has no weights to put into another "
                f"model. Leave out model="
            )
        with self.reading(at, _beside(prefix, ".pdparams")):
            model.load(str(prefix), **kwargs)  # unpickles by itself: files that `hazard` read before, or was told of
        return model

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return _Predictor(model)

    def hazard(self, at: Stored) -> str | None:
        prefix = self._prefix(at)
        if at.options.get("model") is not None:
            weights = (_beside(prefix, suffix) for suffix in _WEIGHTS)
            return next((why for path in weights if path.exists() and (why := _beyond_arrays(path))), None)
        if prefix.is_dir():
            return f"its folder '{prefix.name}' holds programs that cannot be looked into"
        names = _beside(prefix, ".pdiparams.info")  # a pickle that Paddle before 3.0 writes and reads
        if names.exists() and (why := _beyond_arrays(names)):
            return why
        return next((why for path in _programs(prefix) if (why := _beyond_numbers(path))), None)

    def _prefix(self, at: Stored) -> Path:
        """The files' common beginning, which is no file itself."""
        key, entry = ("pickled_model", at.conf) if at.conf.get("pickled_model") else ("model_path", at.pyfunc)
        given = entry.get(key) or _PREFIX
        try:
            return inside(at.root, given.replace("\\", "/"))
        except (InvalidArgument, AttributeError) as error:
            raise CorruptModel(f"MLmodel in '{at.root}' names {given!r} under {key!r}: {error}") from error


class _Predictor:
    """Predictions as a frame."""

    def __init__(self, model: Any) -> None:
        self.native = self.pd_model = model
        self._ranks = _ranks(model)
        self._lock = threading.Lock()  # a loaded program cannot run twice at the same time

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import numpy
        import pandas

        accepted(params or {}, frozenset())
        if isinstance(data, pandas.DataFrame):
            data = data.to_numpy(dtype=numpy.float32)
        elif not isinstance(data, numpy.ndarray):
            raise InvalidArgument(f"Paddle models take a pandas.DataFrame or a numpy.ndarray, got a {class_name(data)}")
        if data.ndim not in self._ranks:
            data = numpy.squeeze(data)  # as MLflow does always, whereby the only row of a table becomes a vector
        with self._lock:
            self.native.eval()
            found = self.native(require("paddle").to_tensor(data))
        if not hasattr(found, "numpy") or found.ndim > 2:
            what = f"a tensor of the shape {list(found.shape)}" if hasattr(found, "numpy") else f"{len(found)} tensors"
            raise InvalidArgument(f"The model predicts {what}; scoring takes rows. Load it with paddle.load_model")
        return pandas.DataFrame(found.numpy())


def _ranks(model: Any) -> set[int]:
    """The numbers of axes that a loaded program's inputs have."""
    holder = getattr(model, "_program_holder_dict", {}).get("forward")
    return {len(given.shape) for given in getattr(holder, "input_vars", ())}


def _told(message: str, *, when: bool) -> None:
    if when:
        warnings.warn(message, UserWarning, stacklevel=stacklevel())


def _write(save: Any, model: Any) -> None:
    try:
        save()
    except Warning:
        raise  # the caller made an error of it
    except Exception as error:  # turning Python into a program fails with whatever its function raises
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InvalidArgument(
            f"Paddle cannot make a program of the {class_name(model)}: {said} Tell what it takes: "
            f"paddle.jit.to_static(layer, input_spec=[paddle.static.InputSpec([None, 4])], full_graph=True), or "
            f"paddle.Model(layer, inputs=[...])"
        ) from error


def _also_for_predicting(model: Any, prefix: str) -> bool:
    """Whether the program that predicts could be written beside the weights."""
    try:
        _write(lambda: model.save(prefix, training=False), model)
    except InvalidArgument as error:
        _told(f"The model can go on training, but cannot be scored: {error}", when=True)
        for path in _programs(Path(prefix)):
            path.unlink()
        return False
    return True


def _beside(prefix: Path, suffix: str) -> Path:
    return prefix.with_name(prefix.name + suffix)


def _programs(prefix: Path) -> Iterator[Path]:
    """The programs that Paddle reads by this prefix: forward's, and those of further methods."""
    for path in sorted(prefix.parent.iterdir()):
        if path.name.startswith(prefix.name) and path.suffix in (".json", ".pdmodel"):
            yield path


def _beyond_numbers(program: Path) -> str | None:
    """Why running a program may do more than compute; None if all its operators only do that."""
    if program.suffix == ".pdmodel":
        return f"its file '{program.name}' is a program that cannot be looked into"
    named: list[Any] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        named.extend(value for key, value in pairs if key == "#")
        return dict(pairs)

    try:
        json.loads(program.read_bytes(), object_pairs_hook=collect)
    except (ValueError, RecursionError) as error:
        raise CorruptModel(f"'{program}' is not a program of Paddle: {error}") from error
    strange = sorted({str(name) for name in named if _reaches(str(name))})
    return f"its program '{program.name}' holds the operators {', '.join(strange)}" if strange else None


def _reaches(name: str) -> bool:
    dialect, dot, operator = name.partition(".")
    return bool(dot) and (dialect not in _DIALECTS or bool(_REACHING.search(operator)))


def _beyond_arrays(path: Path) -> str | None:
    """Why reading a pickle may run code; None if it names nothing but arrays and numbers."""
    try:
        with open(path, "rb") as file:
            _Arrays(file, encoding="latin1").load()
    except _Strange as error:
        return f"its file '{path.name}' is a pickle that names {error}"
    except Exception as error:
        raise CorruptModel(f"'{path}' is not a whole pickle: {type(error).__name__}: {error}") from error
    return None


class _Strange(Exception):
    """The name of something that is not needed to hold numbers."""


class _Arrays(pickling.Unpickler):
    """Makes arrays, numbers, text and containers of them, and refuses everything else."""

    def find_class(self, module: str, name: str, /) -> Any:
        known = {
            ("numpy", "ndarray"), ("numpy", "dtype"), ("collections", "OrderedDict"), ("_codecs", "encode"),
            *((f"numpy.{core}.multiarray", kind) for core in ("core", "_core") for kind in ("_reconstruct", "scalar")),
            *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
        }  # fmt: skip
        if (module, name) not in known:
            raise _Strange(f"{module}.{name}")
        return super().find_class(module, name)
