"""What a flavor is: the part of saving and loading that only one framework knows.

A flavor says what is different about its framework and nothing else. Environment files, MLmodel,
signatures, input examples, code paths, uploading and registering live once, in `save` and `load`.

    in memory ──save──▶ directory ──load──▶ native model ──wrap──▶ predictor
                            └──────────────open───────────────────────┘
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from ..core.errors import CorruptModel, Error, InvalidArgument, UntrustedModel
from ..core.frameworks import FRAMEWORKS, Framework
from ..core.paths import inside

if TYPE_CHECKING:
    from .mlmodel import Model
    from .namespace import Namespace
    from .signature import ModelSignature

Conf = Mapping[str, Any]


class Predictor(Protocol):
    """What scoring needs of a model: one method.

    One with `takes_json = True` gets dictionaries, lists and single values checked, but as they were given.
    """

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any: ...


@dataclass
class Saved:
    """What `save` wrote: the keys to record under each flavor of the MLmodel file."""

    conf: dict[str, Any] | None = field(default_factory=dict)  # None: no native flavor (python models)
    pyfunc: dict[str, Any] | None = field(default_factory=dict)  # None: cannot be scored
    packages: tuple[str, ...] = ()  # distributions needed beyond Flavor.packages
    modules: tuple[str, ...] = ()  # modules the written files refer to, where `save` knows better than a scan
    resources: dict[str, Any] | None = None  # MLmodel's entry of that name
    metadata: dict[str, Any] = field(default_factory=dict)  # entries that MLmodel's metadata gets besides the user's
    signature: ModelSignature | None = None  # used where neither the caller nor the example tells one
    prescribed: bool = False  # `signature` holds whatever the caller says
    example: Callable[[Any], Any] | None = None  # gives the input example the form that this model takes
    requirements: str | None = None  # a requirements file, in place of the inferred ones
    unseen: str | None = None  # why it is not loaded back to see whether it can be
    check: Callable[[ModelSignature], None] | None = None  # InvalidArgument for a signature the model cannot have


@dataclass(frozen=True)
class Stored:
    """A model directory as loading sees it."""

    root: Path
    conf: Conf = field(default_factory=dict)  # the native flavor's entry in MLmodel
    pyfunc: Conf = field(default_factory=dict)  # the python_function entry
    meta: Model | None = None  # all that MLmodel says
    config: Conf = field(default_factory=dict)  # model_config, with the caller's overrides applied

    code: Namespace | None = None  # where the model's own modules are imported, if loading may run any
    options: Conf = field(default_factory=dict)  # the caller's options of this load, for `hazard` to consider

    @property
    def signature(self) -> ModelSignature | None:
        """What the model takes and returns; parsed when first asked for."""
        return None if self.meta is None else self.meta.signature

    def path(self, key: str, default: str | None = None) -> Path:
        """The file that `key` of the native entry names, which must exist inside the directory."""
        return self.file(self.conf.get(key) or default or "", key)

    def file(self, given: str, key: str) -> Path:
        """The file or folder `given`, which MLmodel names under `key`; CorruptModel if it is outside or missing."""
        try:
            path = inside(self.root, given.replace("\\", "/"))  # models saved on Windows hold backslashes
        except (InvalidArgument, TypeError, AttributeError) as error:
            raise CorruptModel(f"MLmodel in '{self.root}' names {given!r} under {key!r}: {error}") from error
        if not path.exists():
            raise CorruptModel(f"The model in '{self.root}' lacks '{given}', which its MLmodel names under {key!r}")
        return path


class Form(NamedTuple):
    """One form in which a flavor writes its models, as the documentation tells it."""

    name: str  # "cloudpickle"
    file: str  # how it lies in the directory, as a pattern: "model.pkl"
    code: str  # whether loading it runs code: "yes", "no", or when


class Flavor(ABC):
    name: ClassVar[str]  # key in MLmodel, public module, file name: one word everywhere
    model_arg: ClassVar[str]  # public name of the model parameter, as MLflow spells it
    packages: ClassVar[tuple[str, ...]]  # distributions every model of this flavor needs
    types: ClassVar[tuple[str, ...]] = ()  # "package:Class" of models we accept; compared by name, never imported
    # The positional order of MLflow 2.16's functions: after (model, path), after (model, artifact_path) ...
    save_order: ClassVar[tuple[str, ...]] = (
        "conda_env", "code_paths", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order: ClassVar[tuple[str, ...]] = (
        "conda_env", "code_paths", "registered_model_name", "signature", "input_example", "await_registration_for",
        "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip
    load_order: ClassVar[tuple[str, ...]] = ("dst_path",)  # ... and after (model_uri)
    forms: ClassVar[tuple[Form, ...]]  # the default first
    scored: ClassVar[str] = "yes"  # whether its models can be scored, as the documentation tells it
    rowwise: ClassVar[bool] = False  # whether each row is predicted from itself alone, however many are given at once
    version_key: ClassVar[str] = ""  # the MLmodel key that holds the framework's version
    constants: ClassVar[Mapping[str, Any]] = {}  # further names of MLflow's module
    names: ClassVar[Mapping[str, str]] = {}  # further functions and classes of it: name to "module:attribute"

    @abstractmethod
    def save(self, model: Any, root: Path) -> Saved:
        """Write the model's own files under `root`. Options are keyword-only parameters of the override."""

    @abstractmethod
    def load(self, at: Stored) -> Any:
        """The native object. Options are keyword-only parameters of the override."""

    def wrap(self, model: Any, at: Stored) -> Predictor:
        """The native object as a predictor."""
        return Calls(model.predict)

    def open(self, at: Stored) -> Predictor:
        """A predictor straight from the directory, where that is cheaper than `wrap(load(at))`."""
        return self.wrap(self.load(at), at)

    def accelerated(self, model: Any, pyfunc: Conf, width: int) -> Callable[[Any], Any] | None:
        """A function that predicts a matrix of `width` columns by ONNX Runtime as scoring would; None if there is none.

        Args:
            model: The native object.
            pyfunc: The python_function entry in MLmodel.
            width: How many columns of numbers it takes.
        """
        return None

    def requirements(self, model: Any, saved: Saved) -> Iterable[str]:
        """Names of the distributions the model needs; the pipeline pins them."""
        return (*self.packages, *saved.packages)

    def signature(self, model: Any, example: Any = None) -> Any:
        """The signature the model declares by itself; None to infer it from the example, or to have none."""
        return None

    def hazard(self, at: Stored) -> str | None:
        """Why loading this directory may run code from it; None only where it cannot."""
        return f"the {self.name} loader was not declared safe"

    def harmless(self, at: Stored) -> Stored | None:
        """The directory seen so that loading it runs no code, where it holds the model in such a form as well."""
        return None

    @property
    def loader_module(self) -> str:
        return f"mlflow.{self.name}"  # stock MLflow reads our directories

    @property
    def framework(self) -> Framework | None:
        """Its row in the table of frameworks; None for a flavor that stands for none."""
        return FRAMEWORKS.get(self.name)

    @property
    def title(self) -> str:
        """The framework's name as people write it."""
        return self.framework.title if self.framework else self.name

    @contextmanager
    def reading(self, at: Stored, path: Path) -> Iterator[None]:
        """Whatever the framework raises in here becomes one CorruptModel that names the file and both versions."""
        try:
            yield
        except (Error, ImportError, MemoryError, Warning):
            raise
        except Exception as error:
            version = (self.framework.installed if self.framework else "") or ""
            by = f", written by {at.conf[self.version_key]}" if at.conf.get(self.version_key) else ""
            said = (str(error).strip().splitlines() or [""])[0]
            raise CorruptModel(
                f"{f'{self.title} {version}'.rstrip()} cannot read '{path}'{by}: {type(error).__name__}: {said}"
            ) from error

    def accepts(self, model: Any) -> bool:
        names = {f"{c.__module__.partition('.')[0]}:{c.__qualname__}" for c in type(model).__mro__}
        return not self.types or bool(names & set(self.types))


def takes_any(function: Callable[..., Any]) -> bool:
    """Whether a function ends in `**kwargs`: options beyond its own go on to the framework."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())


def options_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the keyword-only parameters: a flavor's options.

    >>> options_of(lambda model, root, *, model_format="ubj": None)
    ('model_format',)
    """
    return _options_of(getattr(function, "__func__", function))


@lru_cache(256)
def _options_of(function: Callable[..., Any]) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def check_options(given: Iterable[str], function: Callable[..., Any], what: str) -> None:
    """TypeError for an option that `function` does not have, naming the one that was probably meant."""
    given = list(given)
    if not given or takes_any(function):
        return
    known = sorted(options_of(function))
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f" Did you mean {close[0]!r}?" if close else f" It takes: {', '.join(known)}."
            raise TypeError(f"{what} has no option {name!r}.{hint}")


class Calls:
    """A plain function as a predictor."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def predict(self, data: Any, params: Conf | None = None) -> Any:
        return self._function(data, **(params or {}))


def class_name(model: object) -> str:
    return f"{type(model).__module__}.{type(model).__name__}"


def known_class(dotted: str, *, inside: str) -> Any:
    """Import a class named by a model file, only from the package that may own it."""
    module, _, name = str(dotted).rpartition(".")
    if module.partition(".")[0] != inside:
        raise UntrustedModel(f"The model file names class {dotted!r}; this flavor loads only {inside}.* classes")
    try:
        return getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and not f"{module}.".startswith(f"{error.name}."):
            raise  # the class is there, but something it needs is not
        raise CorruptModel(
            f"The model file names class {dotted!r}, which the installed {inside} does not have"
        ) from error
