"""Loading: native models and predictors from a model directory, and the table of flavors.

read MLmodel → paths lie inside → manifest fits → trust gate → namespace for its code → flavor.load | flavor.open
"""

from __future__ import annotations

import logging
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core import trust as gate
from ..core.absent import RETIRED
from ..core.callers import stacklevel
from ..core.errors import CorruptModel, Error, InvalidArgument, MissingDependency, NotFound, UntrustedModel
from ..core.frameworks import lacks
from ..core.paths import relative
from . import code, env, manifest
from .flavor import Flavor, Stored, check_options
from .installed import plugged
from .mlmodel import PYFUNC, Model
from .namespace import running
from .pyfunc import PyFuncModel
from .python_model import read_config
from .requirement_lines import differences

log = logging.getLogger(__name__)

# Names, not imports: nothing here touches a framework until somebody loads one of its models.
FLAVORS: dict[str, str] = {
    "spark": "modelwright.flavors.spark.flavor:Spark",
    "sklearn": "modelwright.flavors.sklearn:Sklearn",
    "xgboost": "modelwright.flavors.xgboost:XGBoost",
    "lightgbm": "modelwright.flavors.lightgbm:LightGBM",
    "catboost": "modelwright.flavors.catboost:CatBoost",
    "pyfunc": "modelwright.flavors.pyfunc:Pyfunc",
    "pytorch": "modelwright.flavors.pytorch.flavor:PyTorch",
    "fastai": "modelwright.flavors.fastai:Fastai",
    "paddle": "modelwright.flavors.paddle:Paddle",
    "onnx": "modelwright.flavors.onnx.flavor:Onnx",
    "statsmodels": "modelwright.flavors.statsmodels:Statsmodels",
    "pmdarima": "modelwright.flavors.pmdarima:Pmdarima",
    "prophet": "modelwright.flavors.prophet:Prophet",
    "tensorflow": "modelwright.flavors.tensorflow:TensorFlow",
    "keras": "modelwright.flavors.keras:Keras",
    "diviner": "modelwright.flavors.diviner:Diviner",
    "spacy": "modelwright.flavors.spacy.flavor:Spacy",
    "h2o": "modelwright.flavors.h2o:H2O",
    "transformers": "modelwright.flavors.transformers.flavor:Transformers",
    "sentence_transformers": "modelwright.flavors.sentence_transformers:SentenceTransformers",
}
GROUP = "modelwright.flavors"  # the entry-point group by which other distributions add flavors
# Keys of MLmodel's flavor entries that name files; none may lead out of the directory.
_PATHS = ("data", "code", "model_path", "pickled_model", "python_model", "model_data", "saved_model_dir")


def flavors() -> list[str]:
    """The names of all flavors, those that other distributions add among them."""
    return sorted({*FLAVORS, *(entry.name for entry in plugged(GROUP))})


@cache
def flavor(name: str) -> Flavor:
    """The flavor called `name`; NotFound lists those there are.

    >>> flavor("pyfunc").model_arg
    'python_model'
    """
    target = FLAVORS.get(name) or next((e.value for e in plugged(GROUP) if e.name == name), None)
    if target is None:
        raise NotFound(f"There is no flavor {name!r}. There are: {', '.join(flavors())}")
    module, _, attribute = target.partition(":")
    found: Flavor = getattr(import_module(module), attribute)()
    return found


def load_model(
    flavor: Flavor, root: str | Path, *, origin: str = "stranger", trust: bool | None = None, **options: Any
) -> Any:
    """The native model in a directory.

    Args:
        flavor: Which of the model's flavors to load.
        root: The model directory.
        origin: "store" when the configured tracking store holds it, else "stranger".
        trust: True to allow code from the directory to run, False to refuse it; None leaves it to the policy.
        **options: The flavor's own options of loading.

    Raises:
        NotFound: No model there, or not of this flavor.
        CorruptModel: A file is missing, changed or leads out of the directory.
        UntrustedModel: Loading would run code that nobody allowed.
    """
    root = Path(root)
    check_options(options, flavor.load, f"Loading a model of flavor {flavor.name}")
    meta = Model.load(root)
    conf = meta.flavors.get(flavor.name)
    if conf is None:
        raise NotFound(f"The model in '{root}' has no flavor {flavor.name!r}. It has: {_listed(meta)}")
    at = _admitted(flavor, meta, root, origin=origin, trust=trust, options=options)
    with _explained(root), running(at.code):
        model = flavor.load(at, **options)
    _note_versions(flavor, at)
    _let_go_with(model, at)
    return model


def load_pyfunc(
    root: str | Path,
    *,
    origin: str = "stranger",
    trust: bool | None = None,
    model_config: Any = None,
    heard: Callable[[str], object] | None = None,
    meta: Model | None = None,
) -> PyFuncModel:
    """The model in a directory, ready to predict whatever its flavor.

    Args:
        root: The model directory.
        origin: As in `load_model`.
        trust: As in `load_model`.
        model_config: New values for keys of the configuration it was saved with; a dictionary or a YAML file.
        heard: Called with the name of every top-level module that loading asks for and the model does not carry.
        meta: What MLmodel says, from who has just written it; then neither it nor the manifest is read.

    Raises:
        NotFound: No model there, or one that cannot be scored, or only by a flavor that is not installed.
        CorruptModel: A file is missing, changed or leads out of the directory.
        UntrustedModel: Loading would run code that nobody allowed.
    """
    root, check = Path(root), meta is None
    meta = Model.load(root) if meta is None else meta
    conf = meta.flavors.get(PYFUNC)
    if conf is None:
        raise NotFound(f"The model in '{root}' cannot be scored: it has only {_listed(meta)}")
    found = loader(conf)
    if not isinstance(conf.get("config"), dict | None):
        raise CorruptModel(f"MLmodel's {PYFUNC}.config must be a mapping, got {conf['config']!r}")
    config = _merged(conf.get("config"), read_config(model_config))
    at = _admitted(found, meta, root, origin=origin, trust=trust, config=config, heard=heard, check=check)
    _ = meta.signature  # parsed now, so that one that cannot be read is told before anybody predicts
    with _explained(root), running(at.code):
        if type(found).open is Flavor.open:
            native = found.load(at)
            predictor = found.wrap(native, at)
        else:
            predictor = found.open(at)
            native = getattr(predictor, "native", None)
    _note_versions(found, at)
    _let_go_with(predictor, at)
    return PyFuncModel(meta, predictor, native=native, root=root, code=at.code, config=config)


def _listed(meta: Model) -> str:
    """The flavors of a model, and what became of those that are no more."""
    gone = [f"; {RETIRED[name]}" for name in meta.flavors if name in RETIRED]
    return (", ".join(meta.flavors) or "no flavor") + "".join(gone)


@contextmanager
def _explained(root: Path) -> Iterator[None]:
    """An error of loading says, too, where this environment is not the one that the model asks for."""
    try:
        yield
    except Exception as error:
        with suppress(Error, OSError, ValueError):
            if strange := differences(env.read(root)):
                error.add_note(f"The model asks for other packages than those here: {'; '.join(strange)}")
        if (lacking := lacks(error)) is not None:
            raise lacking from error
        raise


def _note_versions(flavor: Flavor, at: Stored) -> None:
    """One warning where the framework that wrote the model, or the one that read it, is not a tested version."""
    if flavor.framework is None:
        return
    here, by = flavor.framework.installed, at.conf.get(flavor.version_key)
    if all(flavor.framework.covers(str(version)) for version in (here, by) if version):
        return
    warnings.warn(
        f"The model in '{at.root}' was written by {flavor.framework.title} {by or 'of an unknown version'} and read by "
        f"{here or 'an unknown version'}; tested are {flavor.framework.tested}, so check what it predicts",
        UserWarning,
        stacklevel=stacklevel(),
    )


def loader(conf: Mapping[str, Any]) -> Flavor:
    """The flavor that a `python_function` entry's loader module stands for; pyfunc for a module of the user's own."""
    name = conf.get("loader_module")
    if not isinstance(name, str) or not name:
        raise CorruptModel(f"MLmodel's {PYFUNC} entry must name a loader_module, got {name!r}")
    if not all(part.isidentifier() for part in name.split(".")):
        raise CorruptModel(f"MLmodel's loader_module is {name!r}, which is no module's name")
    package, _, rest = name.partition(".")
    if package != "mlflow" or rest.startswith("pyfunc."):
        return flavor("pyfunc")
    try:
        return flavor(rest)
    except NotFound as error:
        raise MissingDependency(
            f"The model's loader is {name}, and {error.message[0].lower()}{error.message[1:]}"
        ) from None


def hazards(root: str | Path) -> list[str]:
    """Why loading the model in a directory may run code from it, told without loading anything; empty if it cannot.

    Raises:
        NotFound: No model there.
        CorruptModel: Its MLmodel names a file that is missing or leads out of the directory.
        MissingDependency: No flavor here loads it.
    """
    root = Path(root)
    meta = Model.load(root)
    _stay_inside(root, meta)
    reasons: dict[str, None] = {}
    for one in _loaders(meta):
        at = _stored(one, meta, root, (meta.flavors.get(PYFUNC) or {}).get("config"))
        reasons.update(dict.fromkeys(_hazards(one, at)))
    return list(reasons)


def admit(root: str | Path, *, origin: str = "stranger", trust: bool | None = None) -> None:
    """Return if the model in a directory would be let through to loading, else raise what loading it would.

    Args:
        root: The model directory.
        origin: As in `load_model`.
        trust: As in `load_model`.

    Raises:
        NotFound: No model there.
        CorruptModel: A file is missing, changed or leads out of the directory.
        MissingDependency: No flavor here loads it.
        UntrustedModel: Loading would run code that nobody allowed.
    """
    root = Path(root)
    meta = Model.load(root)
    for one in _loaders(meta):
        _judged(one, meta, root, origin=origin, trust=trust, config=(meta.flavors.get(PYFUNC) or {}).get("config"))


def _loaders(meta: Model) -> list[Flavor]:
    """The flavors that may come to load a model: the one its predictor names, else all it has."""
    pyfunc = meta.flavors.get(PYFUNC)
    return [loader(pyfunc)] if pyfunc else [flavor(name) for name in meta.flavors]


def _stored(flavor: Flavor, meta: Model, root: Path, config: Any = None, options: Any = None) -> Stored:
    conf, pyfunc = meta.flavors.get(flavor.name) or {}, meta.flavors.get(PYFUNC) or {}
    return Stored(root, conf, pyfunc, meta, config or {}, options=options or {})


def _folder(at: Stored) -> str | None:
    """The model's folder of modules, by its name in the directory."""
    return at.conf.get("code") or at.pyfunc.get("code")


def _hazards(flavor: Flavor, at: Stored) -> list[str]:
    reasons = [reason for reason in (flavor.hazard(at),) if reason]
    if folder := _folder(at):
        if not (path := at.file(folder, "code")).is_dir() or path == at.root:
            raise CorruptModel(f"MLmodel in '{at.root}' names {folder!r} under 'code', which is no folder of its own")
        reasons.append(f"it carries modules of its own in '{folder}'")
    return reasons


def _admitted(
    flavor: Flavor,
    meta: Model,
    root: Path,
    *,
    origin: str,
    trust: bool | None,
    config: Mapping[str, Any] | None = None,
    heard: Callable[[str], object] | None = None,
    options: Mapping[str, Any] | None = None,
    check: bool = True,
) -> Stored:
    """The directory as the flavor sees it, once its files and its origin have passed."""
    at, reasons = _judged(flavor, meta, root, origin=origin, trust=trust, config=config, options=options, check=check)
    return replace(at, code=code.namespace(root, _folder(at), heard) if reasons else None, options={})


def _judged(
    flavor: Flavor,
    meta: Model,
    root: Path,
    *,
    origin: str,
    trust: bool | None,
    config: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    check: bool = True,
) -> tuple[Stored, list[str]]:
    """The one decision: paths stay inside, files are those that were saved, and who wrote them may run code."""
    _stay_inside(root, meta)
    at = _stored(flavor, meta, root, config, options)
    written = manifest.check(root, _folder(at)) if check else None
    reasons = _hazards(flavor, at)
    if written is not None and written.sealed:
        origin = "store"
    try:
        gate.allow(reasons, root=root, origin=origin, trust=trust)
    except UntrustedModel:
        other = flavor.harmless(at)
        if other is None or _hazards(flavor, other):
            raise
        return other, []
    return at, reasons


def _stay_inside(root: Path, meta: Model) -> None:
    for name, conf in meta.flavors.items():
        named = {key: conf.get(key) for key in _PATHS}
        artifacts = conf.get("artifacts")
        for key, entry in artifacts.items() if isinstance(artifacts, dict) else ():
            named[f"artifacts.{key}.path"] = entry.get("path") if isinstance(entry, dict) else None
        for key, given in named.items():
            try:
                if isinstance(given, str):
                    relative(given.replace("\\", "/"))
            except InvalidArgument as error:
                raise CorruptModel(f"MLmodel in '{root}' leads out of its directory: {name}.{key}: {error}") from error


def _merged(saved: Any, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """The model's configuration with the caller's values; only keys it was saved with can be given."""
    if not given:
        return saved if saved is None else dict(saved)
    saved = dict(saved or {})
    unknown = [key for key in given if key not in saved]
    if unknown:
        known = f"it has {', '.join(saved)}" if saved else "it was saved without model_config"
        warnings.warn(f"model_config keys {unknown} are ignored: the model has no such key; {known}", stacklevel=3)
    return {**saved, **{key: value for key, value in given.items() if key in saved}} or None


def _let_go_with(model: Any, at: Stored) -> None:
    """When the model goes, so do the private names of its modules."""
    if at.code is not None:
        try:
            weakref.finalize(model, at.code.forget).atexit = False
        except TypeError:
            log.debug("load: %s cannot be watched, so the names of its modules stay", type(model).__name__)
