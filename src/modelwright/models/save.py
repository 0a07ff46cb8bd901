"""Saving: the one pipeline every flavor goes through.

    new directory → code_paths → flavor.save → input example → signature → MLmodel entries → environment files → size
    → MLmodel → manifest → load it back → one rename

Everything is written into a directory beside the target, which gets its name when it is complete: a process that dies
in between leaves no half model under the target's name.
"""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any

from yaml import YAMLError

from ..core.callers import stacklevel
from ..core.errors import AlreadyExists, BrokenModel, Error, InvalidArgument
from . import code, env, manifest, requirements
from .example import Example, example_of
from .flavor import Flavor, Saved, Stored, check_options, options_of
from .given_files import copy_extra
from .infer import as_column, infer_params, infer_schema
from .mlmodel import MLMODEL, PYFUNC, Model
from .namespace import running
from .pyfunc import PyFuncModel
from .signature import ModelSignature
from .verified import Verified
from .verify import Shown
from .verify import verify as load_back

ENV = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}


def save_model(
    flavor: Flavor,
    model: Any,
    path: str | os.PathLike[str],
    *,
    conda_env: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    code_paths: Sequence[str | os.PathLike[str]] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | bool | None = None,
    input_example: Any = None,
    pip_requirements: str | Iterable[str] | None = None,
    extra_pip_requirements: str | Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    verify: bool | None = None,
    done: str = "saved",
    staged: bool = False,
    code_path: Sequence[str | os.PathLike[str]] | None = None,
    infer_code_paths: bool = False,
    extra_files: Sequence[str | os.PathLike[str]] | None = None,
    example_no_conversion: bool | None = None,
    **options: Any,
) -> Model:
    """Write a model directory.

    Args:
        flavor: What knows how to write the model's own files.
        model: The model.
        path: The directory to make; it may exist, empty.
        conda_env: The environment: a dictionary or a YAML file. Instead of pip_requirements.
        code_paths: Python files and folders the model needs; packed with it, and importable by it alone.
        mlflow_model: The MLmodel content to complete; a new one if not given.
        signature: What the model takes and returns. If not given it is inferred from `input_example`; False: none.
        input_example: Data as `predict` takes it, or a tuple of data and params; stored with the model.
        pip_requirements: The packages the model needs: a list, or a requirements file. If not given they are inferred.
        extra_pip_requirements: Packages besides the inferred ones.
        metadata: Your own dictionary, kept in MLmodel.
        verify: Whether to load the model back: True raises if that fails, None warns, False does not look.
        done: The word for a message about what was done: "saved" or "logged".
        staged: Whether `path` is a new directory that nobody sees yet, to be filled as it is.
        code_path: The older spelling of `code_paths`.
        infer_code_paths: Pack the modules below the working directory that the model refers to.
        extra_files: Files and folders of yours to keep with the model, under extra_files/: paths or URIs.
        example_no_conversion: Accepted for older programs; examples are never converted.
        **options: The flavor's own options.

    Raises:
        TypeError: The flavor has no such option.
        AlreadyExists: The directory is not empty.
        BrokenModel: The model cannot be loaded back and `verify` is True; nothing is left at `path`.
    """
    check_options(options, flavor.save, f"Saving a model of flavor {flavor.name}")
    code_paths = _code_paths(code_paths, code_path, infer_code_paths)
    target = Path(path).expanduser().absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise AlreadyExists(f"'{target}' already exists and is not an empty directory; save to another path")
    env.check(conda_env, pip_requirements, extra_pip_requirements)
    root = target if staged else _beside(target)
    try:
        meta = mlflow_model if mlflow_model is not None else Model()
        if metadata is not None:
            meta.metadata = _plain(metadata)
        packed = code.pack(code_paths, root)
        shared = {"signature": signature, "input_example": input_example}  # for flavors whose files depend on them
        wanted = options_of(flavor.save)
        saved = flavor.save(model, root, **options, **{name: shared[name] for name in shared if name in wanted})
        if pip_requirements is None and conda_env is None:
            pip_requirements = saved.requirements
        entry = saved.pyfunc if saved.conf is None else saved.conf
        if entry is not None:
            entry.update(copy_extra(root, extra_files))
        if infer_code_paths:
            named = (saved.pyfunc or {}).get("loader_module") or ""
            packed = code.pack_inferred([*saved.modules, named], root)
        _record(flavor, meta, saved, packed, root)
        _describe(meta, saved.metadata)
        if saved.example is not None and input_example is not None:
            input_example = saved.example(input_example)
        example = None if input_example is None else example_of(input_example)
        if example is not None:
            example.write(root)
            meta.saved_input_example_info = example.info
        unseen = "verify=False" if verify is False else saved.unseen
        meta.verified = Verified(True, skipped=unseen) if unseen else None
        meta.signature = _signature(flavor, model, meta, saved, root, signature, example)
        if saved.check is not None and meta.signature is not None:
            saved.check(meta.signature)
        meta.model_size_bytes = manifest.size(root)
        env.write(
            root,
            _requirements(flavor, model, saved, root) if conda_env is None and pip_requirements is None else (),
            conda_env=conda_env,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
        )
        _write(meta, root)
        written = manifest.write(root)
        meta.verified = meta.verified or load_back(root, meta, written)
        _warn_or_raise(meta.verified, (staged and meta.artifact_path) or target.name, verify=verify, done=done)
        if not staged:
            _publish(root, target)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    return meta


def _plain(metadata: Any) -> dict[str, Any]:
    if not isinstance(metadata, Mapping):
        raise InvalidArgument(f"metadata must be a dictionary, got {metadata!r}")
    return dict(metadata)


def _describe(meta: Model, own: Mapping[str, Any]) -> None:
    """Add the flavor's entries to the metadata; a user's entry that says otherwise is a mistake."""
    given = dict(meta.metadata or {})
    for key, value in own.items():
        if given.setdefault(key, value) != value:
            raise InvalidArgument(f"metadata says {key}={given[key]!r}, but the model is saved with {key}={value!r}")
    if own:
        meta.metadata = given


def _write(meta: Model, root: Path) -> None:
    try:
        meta.save(root / MLMODEL)
    except (YAMLError, UnicodeEncodeError) as error:
        raise InvalidArgument(
            f"{MLMODEL} cannot hold a value of metadata, model_config or resources: {error}; give text, numbers, "
            f"lists and dictionaries"
        ) from error


def _code_paths(code_paths: Any, code_path: Any, infer: bool) -> Any:
    given = {"code_paths": code_paths, "code_path": code_path, "infer_code_paths": infer or None}
    used = [name for name, value in given.items() if value is not None]
    if len(used) > 1:
        raise InvalidArgument(f"Pass only one of code_paths, code_path and infer_code_paths, not {' and '.join(used)}")
    if code_path is not None:
        warnings.warn("code_path is now called code_paths", FutureWarning, stacklevel=stacklevel())
    return code_paths if code_path is None else code_path


def _record(flavor: Flavor, meta: Model, saved: Saved, packed: str | None, root: Path) -> None:
    """The flavors' entries of MLmodel."""
    if saved.pyfunc is not None:
        named = saved.pyfunc.get("loader_module")
        folder = code.import_root(named, root, packed) if named and packed else packed
        meta.flavors[PYFUNC] = {
            "loader_module": flavor.loader_module,
            "python_version": platform.python_version(),
            "env": dict(ENV),
            **({"code": folder} if folder or saved.conf is None else {}),
            **saved.pyfunc,
        }
    if saved.conf is not None:
        meta.flavors[flavor.name] = {**saved.conf, "code": packed}
    if saved.resources is not None:
        meta.resources = saved.resources


def _signature(
    flavor: Flavor, model: Any, meta: Model, saved: Saved, root: Path, given: Any, example: Example | None
) -> ModelSignature | None:
    """The signature given, the flavor's own, or the one the example shows."""
    if saved.prescribed:
        if given not in (None, False, saved.signature):
            warnings.warn(
                f"The given signature is not used: what a model saved with {saved.metadata} takes and gives is fixed",
                stacklevel=stacklevel(),
            )
        return saved.signature
    if given is False or (given is None and meta.signature is not None):
        return meta.signature
    if given is not None:
        if not isinstance(given, ModelSignature):
            raise InvalidArgument(
                f"signature must be a ModelSignature (see infer_signature) or False, got {type(given).__name__}"
            )
        return given
    declared = None if example is None else example.data if example.params is None else (example.data, example.params)
    hinted: ModelSignature | None = flavor.signature(model, declared)
    if example is None or hinted is not None or saved.pyfunc is None:
        return hinted or saved.signature
    found, lack = None, None
    try:
        found, lack = _signature_by_example(flavor, model, meta, root, example)
    except Exception as error:
        has = "only its default signature" if saved.signature is not None else "no signature"
        lack = (
            f"The model has {has}: it failed on its input example: {type(error).__name__}: {error}. "
            f"Pass signature=infer_signature(data, predictions), or signature=False if it shall have none"
        )
    if lack:
        warnings.warn(lack, stacklevel=stacklevel())
    return found or saved.signature


def _signature_by_example(
    flavor: Flavor, model: Any, meta: Model, root: Path, example: Example
) -> tuple[ModelSignature, str | None]:
    """The signature of the example and of what the model makes of it, and what it had to leave out."""
    data, params = example.data, dict(example.params) if example.params else None
    inputs, declared = infer_schema(data), infer_params(params) if params else None
    provisional = Model(signature=ModelSignature(inputs, None, declared), flavors=meta.flavors, metadata=meta.metadata)
    provisional.saved_input_example_info = example.info
    shown = Shown(data)
    if meta.verified is None:
        found = load_back(root, provisional, shown=shown)
        meta.verified = found if found.ok else None  # else it is told once the signature is known
    predictions = shown.predictions if shown.known else _predicted(flavor, model, provisional, root, data, params)
    try:
        outputs = infer_schema(predictions if inputs.is_tensor_spec() else as_column(predictions))
    except Error as error:
        lack = f"The signature tells no outputs: what the model made of its input example has no signature: {error}"
        return ModelSignature(inputs, None, declared), lack
    return ModelSignature(inputs, outputs, declared), None


def _predicted(flavor: Flavor, model: Any, provisional: Model, root: Path, data: Any, params: Any) -> Any:
    """What the model in memory makes of the example."""
    conf, pyfunc = provisional.flavors.get(flavor.name) or {}, provisional.flavors[PYFUNC]
    modules = code.namespace(root, pyfunc.get("code"))
    at = Stored(root, conf, pyfunc, provisional, pyfunc.get("config") or {}, modules)
    try:
        with running(modules):
            predictor = flavor.wrap(model, at)
        wrapped = PyFuncModel(provisional, predictor, native=getattr(predictor, "python_model", model), code=modules)
        return wrapped.predict(deepcopy(data), params)
    finally:
        modules.forget()


def _requirements(flavor: Flavor, model: Any, saved: Saved, root: Path) -> list[str]:
    pickles = [path for path in root.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib") and path.is_file()]
    sources: list[Path | str] = [root / code.FOLDER] if (root / code.FOLDER).is_dir() else []
    if saved.pyfunc and (file := saved.pyfunc.get("model_code_path")):
        sources.append(root / file)
    return requirements.infer(
        flavor.requirements(model, saved), pickles=pickles, sources=sources, modules=saved.modules
    )


def _warn_or_raise(found: Verified, name: str, *, verify: bool | None, done: str) -> None:
    """Tell the user what loading back found."""
    if not found.ok:
        if verify:
            raise BrokenModel(f"The model would be {done}, but cannot be loaded: {found.reason}")
        warnings.warn(
            f"The model '{PurePosixPath(name).name}' was {done}, but cannot be loaded: {found.reason}",
            stacklevel=stacklevel(),
        )
    elif found.note:
        warnings.warn(f"The model '{PurePosixPath(name).name}' loads only here: {found.note}", stacklevel=stacklevel())


def _beside(target: Path) -> Path:
    """A new directory beside the target."""
    target.parent.mkdir(parents=True, exist_ok=True)
    root = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    root.mkdir()
    return root


def _publish(root: Path, target: Path) -> None:
    """Give the finished directory its name."""
    try:
        if target.exists() and target.samefile(Path.cwd()):  # renaming over it would take the ground from under us
            raise OSError
        os.rename(root, target)  # replaces an empty directory
    except OSError:
        if not target.is_dir():
            raise
        for item in sorted(root.iterdir(), key=lambda item: item.name == MLMODEL):  # MLmodel last: then it is one
            os.rename(item, target / item.name)
        root.rmdir()
