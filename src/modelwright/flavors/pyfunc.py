"""Python models: a wrapper object, a function, a file that is the model, or the user's own loader module.

python_model=object      python_model.pkl          loader mlflow.pyfunc.model
python_model="model.py"  model.py                  loader mlflow.pyfunc.loaders.code_model
loader_module="mine"     data/…, code/…            loader mine, which defines _load_pyfunc(data_path)
"""

from __future__ import annotations

import dis
import inspect
import json
import logging
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import CodeType, FunctionType
from typing import Any, get_origin
from urllib.parse import urlsplit, urlunsplit

from ..core.errors import CorruptModel, InvalidArgument
from ..core.paths import relative
from ..models import pickling
from ..models.flavor import Conf, Flavor, Form, Predictor, Saved, Stored
from ..models.given_files import local
from ..models.python_model import (
    FunctionModel,
    PythonModel,
    PythonModelContext,
    choosing,
    is_python_model,
    read_config,
    takes,
    the_one,
)
from ..models.type_hints import Hints, hints_of, shaped, signature_from_hints

log = logging.getLogger(__name__)

PICKLE = "python_model.pkl"
FROM_CODE = "mlflow.pyfunc.loaders.code_model"


class Pyfunc(Flavor):
    """Models of your own: a wrapper object, a function, a source file, or a loader module."""

    name = "pyfunc"
    model_arg = "python_model"
    packages = ("cloudpickle",)
    forms = (
        Form("cloudpickle", "python_model.pkl", "yes"),
        Form("source", "*.py", "yes"),
        Form("a loader module's own", "data", "yes"),
    )
    save_order = (
        "loader_module", "data_path", "code_path", "code_paths", "infer_code_paths", "conda_env", "mlflow_model",
        "python_model", "artifacts", "signature", "input_example", "pip_requirements", "extra_pip_requirements",
        "metadata", "model_config", "example_no_conversion", "streamable", "resources",
    )  # fmt: skip
    log_order = (
        "loader_module", "data_path", "code_path", "code_paths", "infer_code_paths", "conda_env", "python_model",
        "artifacts", "registered_model_name", "signature", "input_example", "await_registration_for",
        "pip_requirements", "extra_pip_requirements", "metadata", "model_config", "example_no_conversion",
        "streamable", "resources",
    )  # fmt: skip

    def save(
        self,
        model: Any,
        root: Path,
        *,
        loader_module: str | None = None,
        data_path: str | os.PathLike[str] | None = None,
        artifacts: Mapping[str, str] | None = None,
        model_config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        streamable: bool | None = None,
        resources: Any = None,
    ) -> Saved:
        """Write a Python model.

        Args:
            model: A PythonModel, a function of the data, or the path of a file that calls `set_model`.
            root: Where to.
            loader_module: Name of the module whose `_load_pyfunc(data_path)` returns the model; instead of `model`.
            data_path: A file or folder that the loader module is given.
            artifacts: Name → local path or URI of files and folders that `load_context` finds in its context.
            model_config: Configuration, a dictionary or a YAML file; it can be changed at loading.
            streamable: Whether `predict_stream` may be called; if not given, whether the model defines it.
            resources: What the model needs at serving time: MLflow's dictionary, resource objects, or a YAML file.
        """
        _check_ways(model, loader_module, data_path, artifacts)
        config = read_config(model_config)
        _check_config(config)
        conf: dict[str, Any] = {"config": config} if config else {}
        saved = Saved(None, conf, resources=_resources(resources))
        if loader_module is not None:
            conf |= {"loader_module": loader_module, "streamable": bool(streamable)}
            if data_path is not None:
                conf["data"] = _copy(Path(data_path).expanduser(), root, "data", "data_path")
            return saved
        conf["artifacts"] = _copy_artifacts(artifacts, root) if artifacts else None
        if isinstance(model, str | os.PathLike):
            conf["model_code_path"] = _copy(Path(model).expanduser(), root, "", "python_model")
            conf["loader_module"] = FROM_CODE
        else:
            model = _as_python_model(model)
            saved.modules = tuple(_dump(model, root / PICKLE))
            conf |= {"python_model": PICKLE, "loader_module": "mlflow.pyfunc.model"}
            conf["streamable"] = _streams(model) if streamable is None else streamable
        conf["cloudpickle_version"] = pickling.CLOUDPICKLE
        if "streamable" not in conf:
            conf["streamable"] = bool(streamable)
        saved.pyfunc = {key: value for key, value in conf.items() if value is not None}
        return saved

    def load(self, at: Stored) -> Any:
        config = dict(at.config) or None
        if at.code is None:
            raise CorruptModel("A Python model is loaded through the trust gate, in a namespace of its own")
        if given := at.pyfunc.get("model_code_path"):
            file = PurePosixPath(
                str(given).replace("\\", "/")
            ).name  # older models hold the path on their author's disk
            path = at.file(file, "model_code_path")
            with choosing(config or "") as chosen:
                at.code.run(path, f"model_{path.stem}" if path.stem.isidentifier() else "model")
            model = the_one(chosen, path)
            return model if is_python_model(model) else FunctionModel(model)
        if at.pyfunc.get("loader_module") == "mlflow.pyfunc.model":
            return pickling.load(at.file(at.pyfunc.get("python_model") or PICKLE, "python_model"), at.code)
        if at.pyfunc.get("loader_module") == FROM_CODE:
            raise CorruptModel(f"MLmodel's loader_module is {FROM_CODE}, and no model_code_path names the file")
        return self._by_loader_module(at, config)

    def _by_loader_module(self, at: Stored, config: dict[str, Any] | None) -> Any:
        assert at.code
        name = at.pyfunc["loader_module"]
        if not at.code.owns(name):
            at.code.descend(name)
        function = getattr(at.code.module(name), "_load_pyfunc", None)
        if not callable(function):
            raise CorruptModel(f"The loader module {name!r} defines no function _load_pyfunc(data_path)")
        data = at.file(at.pyfunc["data"], "data") if at.pyfunc.get("data") else at.root
        return function(str(data), config) if config else function(str(data))

    def wrap(self, model: Any, at: Stored) -> Predictor:
        if isinstance(model, str | os.PathLike) or model is None:
            model = self.load(at)  # while saving: the file that is the model, or what the loader module returns
        elif not is_python_model(model) and at.pyfunc.get("python_model"):
            model = FunctionModel(model)
        if not is_python_model(model):
            return _Foreign(model, at.pyfunc)
        artifacts = {
            name: str(at.file(entry["path"], f"artifacts.{name}").absolute())
            for name, entry in (at.pyfunc.get("artifacts") or {}).items()
        }
        context = PythonModelContext(artifacts, dict(at.config) or None)
        model.load_context(context)
        return Bound(model, context)

    def signature(self, model: Any, example: Any = None) -> Any:
        """What the type hints of `predict` declare: they win over an example."""
        if model is None or isinstance(model, str | os.PathLike):
            return None
        function = model.predict if is_python_model(model) else model
        return signature_from_hints(function, _position(function) if is_python_model(model) else 0, example)

    def hazard(self, at: Stored) -> str | None:
        if given := at.pyfunc.get("model_code_path"):
            return f"its file '{PurePosixPath(str(given)).name}' is executed"
        if at.pyfunc.get("loader_module") == "mlflow.pyfunc.model":
            return f"its file '{at.pyfunc.get('python_model') or PICKLE}' is a pickle"
        return f"its loader module {at.pyfunc.get('loader_module')!r} is imported and executed"

    def requirements(self, model: Any, saved: Saved) -> Iterable[str]:
        return () if model is None else super().requirements(model, saved)


class Bound:
    """A PythonModel with its context: what PyFuncModel calls."""

    def __init__(self, python_model: Any, context: PythonModelContext) -> None:
        self.python_model, self.context = python_model, context
        self._predict = _call(python_model.predict, context, _hint(python_model))
        if _streams(python_model):
            self.predict_stream = _call(python_model.predict_stream, context, None)

    def predict(self, data: Any, params: Conf | None = None) -> Any:
        return self._predict(data, params)


class _Foreign:
    """What a loader module returned: any object with a method predict."""

    def __init__(self, native: Any, conf: Conf) -> None:
        name = conf.get("predict_fn") or "predict"
        if not callable(getattr(native, name, None)):
            raise CorruptModel(
                f"_load_pyfunc of {conf.get('loader_module')!r} returned {type(native).__name__}, "
                f"which has no method {name!r}"
            )
        self.native = native
        self.predict = getattr(native, name)
        stream = getattr(native, conf.get("predict_stream_fn") or "predict_stream", None)
        if stream is not None:
            self.predict_stream = stream


def _call(function: Any, context: PythonModelContext, hint: Any) -> Any:
    """`function(data, params)` for a method written with or without `context` and with or without `params`."""
    first = (context,) if _position(function) else ()
    with_params = takes(function, "params")

    def call(data: Any, params: Any) -> Any:
        if hint is not None:
            data = shaped(data, hint)
        if with_params:
            return function(*first, data, params=params)
        if params:
            log.warning("params %s are ignored: the model's predict does not take any", sorted(params))
        return function(*first, data)

    return call


def _position(function: Any) -> int:
    """Which argument takes the data: 1 after a context, 0 without (MLflow 3 allows `predict(self, model_input)`)."""
    try:
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "params"]
    except (TypeError, ValueError):
        return 1
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return 0 if len(positional) == 1 and not any(p.kind is p.VAR_POSITIONAL for p in parameters) else 1


def _annotations(model: Any) -> dict[Any, dict[str, Any]]:
    """The type hints of `predict` that matter at scoring, resolved while the names in them mean something."""
    function, position, hints = _hints(model)
    if hints is None or get_origin(hints.input) is not list:
        return {}
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    found = {names[position]: hints.input, **({} if hints.output is None else {"return": hints.output})}
    return {getattr(function, "__func__", function): found}


def _hint(model: Any) -> Any:
    """The type hint of the data, where it asks for lists."""
    hints = _hints(model)[2]
    return hints.input if hints is not None and get_origin(hints.input) is list else None


def _hints(model: Any) -> tuple[Any, int, Hints | None]:
    """The function that predicts, which of its arguments takes the data, and its type hints."""
    function: Any = getattr(model, "func", None) if isinstance(model, FunctionModel) else model.predict
    try:
        position = 0 if isinstance(model, FunctionModel) else _position(function)
        return function, position, hints_of(function, position)
    except (TypeError, ValueError):  # a built-in has no signature
        return function, 0, None


def _check_ways(model: Any, loader_module: str | None, data_path: Any, artifacts: Any) -> None:
    if model is None and loader_module is None:
        raise InvalidArgument(
            "Pass python_model (a PythonModel, a function, or the path of a file that calls set_model) or loader_module"
        )
    given = {"loader_module": loader_module, "data_path": data_path}, {"python_model": model, "artifacts": artifacts}
    both = [[name for name, value in side.items() if value is not None] for side in given]
    if all(both):
        raise InvalidArgument(
            f"{' and '.join(both[0])} cannot be combined with {' and '.join(both[1])}: "
            f"a loader module gets its files through data_path, a Python model through artifacts"
        )


def _as_python_model(model: Any) -> Any:
    if is_python_model(model):
        return model
    if isinstance(model, type) and any(base.__name__ == "PythonModel" for base in model.__mro__):
        raise InvalidArgument(f"python_model is the class {model.__name__}; pass an instance: {model.__name__}(…)")
    if not callable(model):
        raise InvalidArgument(
            f"python_model must be a PythonModel, a function, or a path, got {type(model).__name__}; "
            f"wrap it in a class derived from PythonModel"
        )
    if isinstance(model, FunctionType) and not model.__code__.co_argcount and not model.__code__.co_flags & 0x04:
        raise InvalidArgument(f"The function {model.__name__} must take the data as its first argument")
    return FunctionModel(model)


def _dump(model: Any, path: Path) -> set[str]:
    try:
        modules = pickling.dump(model, path, annotations=_annotations(model))
    except Exception as error:
        if "pickle" not in str(error).lower():
            raise
        raise InvalidArgument(
            f"The model cannot be pickled: {error}. Keep what cannot be pickled out of the object: save it to a file, "
            f"pass the file in artifacts=, and read it in load_context"
        ) from error
    for function in _functions(model):
        modules |= _imported(function.__code__)
    return modules


def _functions(model: Any) -> list[FunctionType]:
    """The functions whose code travels in the pickle: methods of the class, or the function itself."""
    owners = [base for base in type(model).__mro__ if base not in (object, PythonModel, FunctionModel)]
    found = [value for owner in owners for value in vars(owner).values() if isinstance(value, FunctionType)]
    wrapped = getattr(model, "func", None)
    return [*found, wrapped] if isinstance(wrapped, FunctionType) else found


def _imported(code: CodeType) -> set[str]:
    """Names of the modules that import statements in `code`, nested functions included, ask for."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME"}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _imported(constant)
    return {name for name in names if name}


def _streams(model: Any) -> bool:
    own = getattr(type(model), "predict_stream", None)
    return own is not None and own is not PythonModel.predict_stream


def _copy(source: Path, root: Path, folder: str, what: str) -> str:
    """Copy a file or folder into a folder of the model; its path there."""
    if not source.exists():
        raise InvalidArgument(f"{what} names '{source}', which does not exist (looked in '{Path.cwd()}')")
    into, name = root / folder, source.name or source.resolve().name
    into.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        home = root.resolve()  # may lie in the folder that is copied, which would never end
        shutil.copytree(
            source, into / name, ignore=lambda folder, names: {n for n in names if Path(folder, n).resolve() == home}
        )
    else:
        shutil.copyfile(source, into / name)
    return f"{folder}/{name}" if folder else name


def _copy_artifacts(artifacts: Mapping[str, Any], root: Path) -> dict[str, dict[str, str]]:
    """Copy each artifact; two of the same file name lie in folders named after their keys."""
    sources = {}
    if not isinstance(artifacts, Mapping):
        raise InvalidArgument(f"artifacts must be a dictionary of names and paths or URIs, got {artifacts!r}")
    for name, given in artifacts.items():
        if not isinstance(name, str) or not isinstance(given, str | os.PathLike) or not os.fspath(given):
            raise InvalidArgument(f"artifacts must map names to paths or URIs, got {name!r}: {given!r}")
        sources[name] = local(f"artifacts[{name!r}]", os.fspath(given))
    bases = [source.name for source in sources.values()]
    entries = {}
    for index, (name, source) in enumerate(sources.items()):
        folder = "artifacts" if bases.count(source.name) == 1 else f"artifacts/{_folder(name, index, bases)}"
        path = _copy(source, root, folder, f"artifacts[{name!r}]")
        entries[name] = {"path": path, "uri": _redacted(os.fspath(artifacts[name]))}
    return entries


def _folder(name: str, index: int, taken: Sequence[str]) -> str:
    try:
        clean = relative(name).replace("/", "_")
    except InvalidArgument:
        clean = ""
    return clean if clean and clean not in taken else f"{index}_{clean or 'artifact'}"


def _redacted(given: str) -> str:
    """Where an artifact came from, without secrets and without the author's folders."""
    parts = urlsplit(given)
    if len(parts.scheme) < 2 or parts.scheme == "file":
        return PurePosixPath(parts.path if parts.scheme == "file" else given.replace("\\", "/")).name
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _check_config(config: Mapping[str, Any] | None) -> None:
    try:
        json.dumps(config)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"model_config must be plain data, as JSON can hold: {error}") from error
    if config and not all(isinstance(key, str) for key in config):
        raise InvalidArgument(f"model_config's keys must be text, got {list(config)}")


def _resources(given: Any) -> dict[str, Any] | None:
    """MLmodel's form of the resources a model needs at serving time."""
    if given is None or isinstance(given, Mapping):
        return None if given is None else dict(given)
    if isinstance(given, str | os.PathLike):
        return read_config(given)
    body: dict[str, Any] = {"api_version": "1", "databricks": {}}
    for resource in given:
        for kind, entries in resource.to_dict().items():
            body["databricks"].setdefault(kind, []).extend(entries)
    return body
