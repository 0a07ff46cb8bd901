"""Adapters of peft around a model: only the adapter is stored, and the base model by its name on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.errors import MissingDependency

FOLDER = "peft"


def wraps(model: Any) -> bool:
    """Whether a model is an adapter around another; told by its class, so that peft need not be there."""
    return any(f"{c.__module__.partition('.')[0]}.{c.__qualname__}" == "peft.PeftModel" for c in type(model).__mro__)


def base(model: Any) -> Any:
    """The model inside."""
    active = (model.peft_config or {}).get(model.active_adapter)
    # Methods that learn prompts wrap once; all others put a class of their own between.
    inner = active is not None and not active.is_prompt_learning
    return model.base_model.model if inner else model.base_model


def load(model: Any, folder: Path) -> Any:
    """The adapter in `folder` around its base model."""
    try:
        import peft
    except ModuleNotFoundError as error:
        raise MissingDependency("The model is a PEFT adapter; pip install peft installs what loads it") from error
    return peft.PeftModel.from_pretrained(model, str(folder))
