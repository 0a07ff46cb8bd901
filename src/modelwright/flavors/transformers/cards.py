"""The model card and the licence that lie beside the weights."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from ...core.errors import InvalidArgument
from .entry import on_hub

log = logging.getLogger(__name__)

CARD, CARD_DATA, LICENSE = "model_card.md", "model_card_data.yaml", "LICENSE.txt"
_LICENSES = re.compile(r"license(\.[a-z]+|$)", re.IGNORECASE)


def write(root: Path, given: Any, source: str) -> None:
    """Write both: the card that was given, else what the hub says of `source`.

    Args:
        root: The model directory.
        given: A ModelCard of huggingface_hub, or None.
        source: The name of the model, which may be one on the hub.
    """
    if given is not None and not (hasattr(given, "text") and hasattr(getattr(given, "data", None), "to_dict")):
        raise InvalidArgument(f"model_card must be a huggingface_hub.ModelCard, got a {type(given).__name__}")
    hub: Any = _hub() if on_hub(source) else None
    card = given if given is not None else _asked(hub, lambda: hub.ModelCard.load(source))
    if card is not None:
        (root / CARD).write_text(card.text, encoding="utf-8")
        (root / CARD_DATA).write_text(yaml.safe_dump(card.data.to_dict(), default_flow_style=False), encoding="utf-8")
    if not _asked(hub, lambda: _copy_license(hub, source, root)):
        (root / LICENSE).write_text(_unknown_license(source, card), encoding="utf-8")


def _hub() -> Any:
    try:
        import huggingface_hub
    except ModuleNotFoundError:
        return None
    return huggingface_hub


def _asked(hub: Any, question: Any) -> Any:
    """The hub's answer; None where there is none, which is no reason not to save a model."""
    if hub is None:
        return None
    try:
        return question()
    except Exception as error:
        log.debug("transformers: the hub did not answer: %s", error)
        return None


def _copy_license(hub: Any, source: str, root: Path) -> bool:
    name = next((name for name in hub.list_repo_files(source) if _LICENSES.search(name)), None)
    if name is None:
        return False
    shutil.copy(hub.hf_hub_download(repo_id=source, filename=name), root / Path(name).name)
    return True


def _unknown_license(source: str, card: Any) -> str:
    at = f" at https://huggingface.co/{source}" if source and not Path(source).exists() else ""
    text = f"No licence file was found for the model '{source}'. Look up under which terms it may be used{at}."
    declared = getattr(card.data, "license", None) if card is not None else None
    return f"{text}\nThe declared license type is: '{declared}'" if declared not in (None, "other") else text
