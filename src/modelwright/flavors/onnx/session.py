"""Sessions of ONNX Runtime: what MLmodel says about providers and options, checked when it is written and when read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ...core.callers import stacklevel
from ...core.errors import CorruptModel, InvalidArgument, MissingDependency

DEFAULT_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
_CPU = "CPUExecutionProvider"
_THREADS = ("intra_op_num_threads", "inter_op_num_threads")
_MODES = {"sequential": "ORT_SEQUENTIAL", "parallel": "ORT_PARALLEL"}
_LEVELS = (0, 1, 2, 99)
_OPTIONS = (*_THREADS, "execution_mode", "graph_optimization_level", "extra_session_config")
# Entries of extra_session_config that are switches. Others name files, or libraries that a provider would load.
_SWITCHES = (
    "session.disable_", "session.enable_", "session.use_", "session.force_spinning_stop", "session.qdqisint8allowed",
    "session.set_denormal_as_zero", "session.intra_op.allow_spinning", "session.inter_op.allow_spinning",
    "session.dynamic_block_base", "session.x64quantprecision", "session.strict_shape_type_inference", "optimization.",
)  # fmt: skip


def checked_providers(given: Any) -> list[Any]:
    """What MLmodel records of the execution providers."""
    if given is None:
        return list(DEFAULT_PROVIDERS)
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(map(_is_provider, given)) or not given:
        raise InvalidArgument(
            f"onnx_execution_providers={given!r}; expected a list of names such as {_CPU!r}, or of tuples of a name "
            f"and its options"
        )
    return [one if isinstance(one, str) else [one[0], dict(one[1])] for one in given]


def _is_provider(one: Any) -> bool:
    if isinstance(one, str):
        return True
    return isinstance(one, Sequence) and len(one) == 2 and isinstance(one[0], str) and isinstance(one[1], Mapping)


def checked_options(given: Any) -> dict[str, Any] | None:
    """What MLmodel records of the session's options."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidArgument(f"onnx_session_options={given!r}; expected a dictionary of options")
    for key, value in given.items():
        if reason := _wrong(key, value):
            raise InvalidArgument(f"onnx_session_options holds {key!r}: {value!r}; {reason}")
    if unused := [key for key in given if key not in _OPTIONS]:
        warnings.warn(
            f"onnx_session_options {', '.join(map(repr, unused))} are recorded, but not used when the model is scored; "
            f"used are {', '.join(_OPTIONS)}",
            UserWarning,
            stacklevel=stacklevel(),
        )
    return dict(given)


def _wrong(key: str, value: Any) -> str | None:
    """What is expected of an option instead of `value`; None if it is right."""
    if key not in _OPTIONS:  # MLflow lets any attribute of the runtime's options be recorded
        return None if hasattr(_runtime().SessionOptions, key) else f"the options are {', '.join(_OPTIONS)}"
    if key == "execution_mode" and (not isinstance(value, str) or value.lower() not in _MODES):
        return "expected 'sequential' or 'parallel'"
    if key == "graph_optimization_level" and value not in _LEVELS:
        return f"expected one of {', '.join(map(str, _LEVELS))}"
    if key in _THREADS and (not isinstance(value, int) or value < 0):
        return "expected a number of threads, or 0 for as many as there are processors"
    if key == "extra_session_config" and not isinstance(value, Mapping):
        return "expected a dictionary of texts"
    return None


def start(path: Path, conf: Mapping[str, Any]) -> Any:
    """A session of the model at `path`, as its entry in MLmodel wants it."""
    onnxruntime = _runtime()
    return onnxruntime.InferenceSession(
        str(path), sess_options=_options(onnxruntime, conf), providers=_providers(onnxruntime, conf)
    )


def hazard(conf: Mapping[str, Any]) -> str | None:
    """Why a session as MLmodel wants it may run code; None if it cannot."""
    given = conf.get("providers")
    if given is not None and not (isinstance(given, list) and all(isinstance(one, str) for one in given)):
        return "its MLmodel gives execution providers options, which can name libraries to load"
    options = conf.get("onnx_session_options") or {}
    extra = options.get("extra_session_config") if isinstance(options, dict) else None
    if names := [str(name) for name in extra or () if not str(name).startswith(_SWITCHES)]:
        return f"its MLmodel sets {', '.join(map(repr, names))} of ONNX Runtime, which can name files or libraries"
    return None


def _runtime() -> Any:
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise  # it is there, and lacks something itself
        raise MissingDependency(
            "ONNX Runtime is not installed; pip install 'modelwright[onnx]' installs it, and a computer with a GPU "
            "may have onnxruntime-gpu in its place"
        ) from error


def _providers(onnxruntime: Any, conf: Mapping[str, Any]) -> list[Any]:
    """Those of the model's providers that are there; the CPU where none is."""
    wanted = conf.get("providers") or list(DEFAULT_PROVIDERS)
    if not isinstance(wanted, list) or not all(map(_is_provider, wanted)):
        raise CorruptModel(f"MLmodel's providers are {wanted!r}; expected a list of names")
    wanted = [one if isinstance(one, str) else (one[0], dict(one[1])) for one in wanted]
    here = onnxruntime.get_available_providers()
    names = [one if isinstance(one, str) else one[0] for one in wanted]
    found = [one for one, name in zip(wanted, names, strict=True) if name in here] or [_CPU]
    if (lacking := [name for name in names if name not in here]) and names != list(DEFAULT_PROVIDERS):
        warnings.warn(
            f"ONNX Runtime has no {', '.join(lacking)} here, so the model runs with "
            f"{', '.join(one if isinstance(one, str) else one[0] for one in found)}; there are {', '.join(here)}",
            UserWarning,
            stacklevel=stacklevel(),
        )
    return found


def _options(onnxruntime: Any, conf: Mapping[str, Any]) -> Any:
    found = onnxruntime.SessionOptions()
    given = conf.get("onnx_session_options") or {}
    known = {key: value for key, value in given.items() if key in _OPTIONS} if isinstance(given, dict) else None
    wrong = None if known is None else [f"{key}: {value!r}" for key, value in known.items() if _wrong(key, value)]
    if known is None or wrong:
        raise CorruptModel(f"MLmodel's onnx_session_options cannot be used: {wrong or given!r}")
    for key in _THREADS:
        if key in known:
            setattr(found, key, known[key])
    if "execution_mode" in known:
        found.execution_mode = getattr(onnxruntime.ExecutionMode, _MODES[known["execution_mode"].lower()])
    if "graph_optimization_level" in known:
        found.graph_optimization_level = onnxruntime.GraphOptimizationLevel(known["graph_optimization_level"])
    for key, value in (known.get("extra_session_config") or {}).items():
        found.add_session_config_entry(str(key), str(value))
    return found
