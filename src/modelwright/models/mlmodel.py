"""The MLmodel file: what a model directory says about itself.

Reading keeps every key it does not know in `Model.extra` and writes it back, so that a file made by a later version
survives a round trip. A key from a file never becomes an attribute: `save: pwned` in MLmodel stays a word in a dict.
To add a key of our own: a line in `Model.__init__`, one in `_KNOWN`, one in `to_dict`.
"""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import yaml

from ..core import lazy
from ..core.errors import CorruptModel, MissingFile
from .example import read_example, read_params, read_serving_input
from .signature import ModelSignature

if TYPE_CHECKING:
    from .schema import ParamSchema, Schema
    from .verified import Verified

MLMODEL = "MLmodel"
PYFUNC = "python_function"
MLFLOW_VERSION = "2.16.2"  # the version whose format we write; readers decide by it what to expect
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100
_KEPT = 100_000  # characters of a file whose content is remembered
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_KNOWN: dict[str, tuple[type, ...]] = {
    "artifact_path": (str,),
    "run_id": (str,),
    "model_id": (str,),
    "utc_time_created": (str, datetime),
    "flavors": (dict,),
    "signature": (dict,),
    "saved_input_example_info": (dict,),
    "model_uuid": (str,),
    "mlflow_version": (str,),
    "metadata": (dict,),
    "model_size_bytes": (int,),
    "resources": (dict,),
}


@dataclass
class ModelInfo:
    """What `log_model` returns: where the model lies and what it is.

    >>> Model(run_id="r1", artifact_path="m").get_model_info().model_uri
    'runs:/r1/m'
    """

    artifact_path: str | None
    flavors: dict[str, Any]
    model_uri: str
    model_uuid: str | None
    run_id: str | None
    saved_input_example_info: dict[str, Any] | None
    signature: ModelSignature | None
    utc_time_created: str
    mlflow_version: str | None
    metadata: dict[str, Any] | None = None
    registered_model_version: int | None = None
    model_id: str | None = None
    verified: Verified | None = None

    @property
    def name(self) -> str | None:
        """The name the model was logged under."""
        return self.artifact_path

    @property
    def signature_dict(self) -> dict[str, Any] | None:
        """The signature as a dictionary; `signature` is the newer spelling."""
        warnings.warn("signature_dict is deprecated; use signature", FutureWarning, stacklevel=2)
        return self.signature.to_dict() if self.signature else None


class Model:
    """The content of an MLmodel file.

    Args:
        artifact_path: Where the model lies in its run.
        run_id: The run that logged it.
        utc_time_created: When it was made; now, if not given.
        flavors: Name of each flavor → how it is loaded.
        signature: What the model takes and returns; a ModelSignature, or its dictionary as the file holds it.
        saved_input_example_info: Where the stored input example lies and what it is.
        model_uuid: An id, or a function that makes one; 32 hexadecimal digits if not given.
        mlflow_version: The version of the format.
        metadata: The user's own dictionary.
        model_size_bytes: Size in bytes of the files the model is made of.
        resources: What the model needs at serving time, as MLflow describes it.
        model_id: The id of the logged model (`m-…`), when it was logged under a name.
        **kwargs: Keys this version does not know; kept in `extra`.

    >>> model = Model(model_uuid="u").add_flavor("mine", data="model.bin")
    >>> Model.from_dict(model.to_dict()).flavors
    {'mine': {'data': 'model.bin'}}
    """

    def __init__(
        self,
        artifact_path: str | None = None,
        run_id: str | None = None,
        utc_time_created: datetime | str | None = None,
        flavors: dict[str, Any] | None = None,
        signature: ModelSignature | Mapping[str, Any] | None = None,
        saved_input_example_info: dict[str, Any] | None = None,
        model_uuid: str | Callable[[], str] | None = lambda: uuid.uuid4().hex,
        mlflow_version: str | None = MLFLOW_VERSION,
        metadata: dict[str, Any] | None = None,
        model_size_bytes: int | None = None,
        resources: Any = None,
        model_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.artifact_path = artifact_path
        self.run_id = run_id
        self.model_id = model_id
        self.utc_time_created = str(utc_time_created or datetime.now(UTC).replace(tzinfo=None))
        self.flavors: dict[str, Any] = flavors if flavors is not None else {}
        self.saved_input_example_info = saved_input_example_info
        self.model_uuid = model_uuid() if callable(model_uuid) else model_uuid
        self.mlflow_version = mlflow_version
        self.metadata = metadata
        self.model_size_bytes = model_size_bytes
        self.resources = resources
        self.extra: dict[str, Any] = kwargs
        self.verified: Verified | None = None  # what loading back at log time found; never written
        self._signature: ModelSignature | Mapping[str, Any] | None = None
        self.dated = True  # whether the file says when the model was made
        self._nulls: set[str] = set()  # known keys the file holds without a value; written back so
        self.signature = signature

    @property
    def signature(self) -> ModelSignature | None:
        """What the model takes and returns."""
        if isinstance(self._signature, Mapping):  # as the file has it; parsed by the first who asks
            try:
                self._signature = ModelSignature.from_dict(dict(self._signature))
            except Exception as error:
                raise CorruptModel(f"The signature in {MLMODEL} cannot be read: {error}") from error
        return self._signature

    @signature.setter
    def signature(self, value: Any) -> None:
        if value is not False:  # False means "do not infer one" where a signature is asked for
            self._signature = value

    def get_input_schema(self) -> Schema | None:
        """The schema of the input, if the signature has one."""
        return self.signature.inputs if self.signature else None

    def get_output_schema(self) -> Schema | None:
        """The schema of the output, if the signature has one."""
        return self.signature.outputs if self.signature else None

    def get_params_schema(self) -> ParamSchema | None:
        """The schema of the params, if the signature has one."""
        return self.signature.params if self.signature else None

    def load_input_example(self, path: str | Path) -> Any:
        """The stored input example of the model directory `path`, as predict takes it; None without one."""
        return read_example(Path(path), self.saved_input_example_info, self.get_input_schema())

    def load_input_example_params(self, path: str | Path) -> dict[str, Any] | None:
        """The params stored with the input example; None without any."""
        return read_params(Path(path), self.saved_input_example_info)

    def get_serving_input(self, path: str | Path) -> str | None:
        """The request body, as JSON text, that sends the stored input example to a scoring server; None without one."""
        return read_serving_input(Path(path), self.saved_input_example_info)

    def add_flavor(self, name: str, **params: Any) -> Model:
        """Record how the model is loaded as flavor `name`."""
        self.flavors[name] = params
        return self

    def get_model_info(self) -> ModelInfo:
        """The same facts as `log_model` returns."""
        uri = f"models:/{self.model_id}" if self.model_id else ""
        if self.run_id and self.artifact_path:
            uri = f"runs:/{self.run_id}/{self.artifact_path}"
        return ModelInfo(
            artifact_path=self.artifact_path,
            flavors=self.flavors,
            model_uri=uri,
            model_uuid=self.model_uuid,
            run_id=self.run_id,
            saved_input_example_info=self.saved_input_example_info,
            signature=self.signature,
            utc_time_created=self.utc_time_created,
            mlflow_version=self.mlflow_version,
            metadata=self.metadata,
            model_id=self.model_id,
            verified=self.verified,
        )

    def get_tags_dict(self) -> dict[str, Any]:
        """What a run's history tag records of the model."""
        facts = {
            "run_id": self.run_id,
            "utc_time_created": self.utc_time_created,
            "artifact_path": self.artifact_path,
            "model_uuid": self.model_uuid,
        }
        tags: dict[str, Any] = {
            k: v for k, v in facts.items() if v is not None or k == "model_uuid" or k in self._nulls
        }
        tags["flavors"] = {
            name: {k: v for k, v in conf.items() if k != "config"} if isinstance(conf, dict) else conf
            for name, conf in self.flavors.items()
        }
        return tags

    def to_dict(self) -> dict[str, Any]:
        """The file's content; keys without a value are left out."""
        body = {
            **self.extra,
            "artifact_path": self.artifact_path,
            "run_id": self.run_id,
            "model_id": self.model_id,
            "utc_time_created": self.utc_time_created,
            "flavors": self.flavors,
            "signature": self._signature.to_dict() if isinstance(self._signature, ModelSignature) else self._signature,
            "saved_input_example_info": self.saved_input_example_info,
            "model_uuid": self.model_uuid,
            "mlflow_version": self.mlflow_version,
            "metadata": self.metadata,
            "model_size_bytes": self.model_size_bytes,
            "resources": self.resources,
        }
        optional = _KNOWN.keys() - {"flavors", "model_uuid"} - self._nulls
        return {k: v for k, v in body.items() if v is not None or k not in optional}

    @classmethod
    def from_dict(cls, model_dict: Mapping[str, Any]) -> Model:
        """The model whose file holds `model_dict`."""
        body = {"model_uuid": None, "mlflow_version": None, **model_dict}
        model = cls(**{k: body.pop(k) for k in _KNOWN if k in body})
        model.dated = model_dict.get("utc_time_created") is not None
        model._nulls = {key for key in _KNOWN if model_dict.get(key, key) is None}
        model.extra = body  # never as keyword arguments: a file's keys must not reach `__init__`
        return model

    def to_yaml(self, stream: IO[str] | None = None) -> str | None:
        """The file's text, or None after writing it to `stream`."""
        text: str | None = yaml.dump(
            self.to_dict(), stream, Dumper=_DUMPER, default_flow_style=False, allow_unicode=True
        )
        return text

    def to_json(self) -> str:
        """The content as JSON."""
        return json.dumps(self.to_dict())

    def save(self, path: str | Path) -> None:
        """Write the MLmodel file at `path`."""
        Path(path).write_text(self.to_yaml() or "", "utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read an MLmodel file.

        Args:
            path: The file, the directory it lies in, or a `runs:/` or `models:/` address.

        Raises:
            NotFound: There is no such file.
            CorruptModel: It is not YAML, or not the YAML of a model; the message names file and line.
        """
        if isinstance(path, str) and path.startswith(("runs:/", "models:/", "file:")):
            path = lazy.resolve("modelwright.tracking.resolve:local_path")(path).path
        file = Path(path)
        if file.is_dir():
            file = file / MLMODEL
        elif not file.exists():
            raise MissingFile(f"No model at '{file}': there is nothing of that name")
        return cls.from_dict(_read(file))

    @classmethod
    def log(cls, artifact_path: str | None, flavor: Any, *args: Any, **kwargs: Any) -> ModelInfo:
        """Log a model with a module's own `save_model(path=…, mlflow_model=…, **kwargs)`; for flavors of your own."""
        info: ModelInfo = lazy.resolve("modelwright.tracking.log_model:log_module")(
            artifact_path, flavor, *args, **kwargs
        )
        return info

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # it changes while it is built

    def __str__(self) -> str:
        return self.to_yaml() or ""


class _Loader(_SAFE):  # type: ignore[misc, valid-type]  # chosen above
    """Refuses a key given twice: two readers could each take another one for the model's."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
                seen.add(key.value)
        body: dict[Any, Any] = super().construct_mapping(node, deep)
        return body


def _not_too_deep(text: str) -> None:
    """Refuse brackets within brackets by the thousand: reading those recurses in C, until the process dies."""
    if sum(map(text.count, "[{-?:")) < _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, _SAFE):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} levels, one in another")


@lru_cache(32)
def _parsed(text: str) -> Any:
    _not_too_deep(text)
    return yaml.load(text, _Loader)


def _body(text: str) -> Any:
    """What the text says; of a text read before, a copy of what it said then."""
    if len(text) > _KEPT or "&" in text or "!" in text:  # aliases and tags make what is no plain tree
        return _parsed.__wrapped__(text)
    return _copied(_parsed(text))


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if type(value) is list else value


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise CorruptModel(f"'{file.parent}' is not a model directory: it has no {MLMODEL} file") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise CorruptModel(f"'{file}' is not a text file: {error}") from error
    try:
        body = _body(text)
    except yaml.YAMLError as error:
        raise CorruptModel(f"{_at(file, getattr(error, 'problem_mark', None))} is not YAML: {error}") from error
    except (ValueError, RecursionError) as error:  # a thirteenth month, a number without digits, a thousand brackets
        raise CorruptModel(f"'{file}' holds a value that cannot be read: {error}") from error
    if not isinstance(body, dict):
        raise CorruptModel(f"'{file}', line 1: expected a mapping of keys, got {_kind(body)}")
    for key, kinds in _KNOWN.items():
        value = body.get(key)
        if value is not None and not isinstance(value, kinds):
            expected = " or ".join(_NOUNS.get(kind, kind.__name__) for kind in kinds)
            raise CorruptModel(f"{_at(file, _mark(text, key))}: {key!r} must be {expected}, got {_kind(value)}")
    for name, conf in (body.get("flavors") or {}).items():
        if not isinstance(name, str) or not isinstance(conf, dict):
            mark = _mark(text, "flavors", name)
            raise CorruptModel(f"{_at(file, mark)}: flavor {name!r} must be a mapping, got {_kind(conf)}")
    if isinstance(body.get("utc_time_created"), datetime):
        body["utc_time_created"] = str(body["utc_time_created"])
    return body


_NOUNS: dict[type, str] = {dict: "a mapping", str: "text", int: "a whole number", datetime: "a time", list: "a list"}


def _kind(value: object) -> str:
    return "nothing" if value is None else _NOUNS.get(type(value), type(value).__name__)


def _at(file: Path, mark: Any) -> str:
    return f"'{file}', line {mark.line + 1}" if mark else f"'{file}'"


def _mark(text: str, *keys: object) -> Any:
    """Where the value under `keys` begins; parsed a second time, and only to say so in an error."""
    node: Any = yaml.compose(text, _SAFE)
    for key in keys:
        node = next((value for name, value in node.value if name.value == str(key)), node)
    return node.start_mark
