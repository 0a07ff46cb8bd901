"""The YAML of an Azure batch deployment, as options of a batch."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import InvalidArgument

log = logging.getLogger(__name__)
_ELSEWHERE = (
    "$schema", "name", "type", "endpoint_name", "model", "compute", "resources", "description", "tags", "properties",
    "environment", "code_configuration",
)  # fmt: skip


def read(path: str | Path) -> dict[str, Any]:
    """The options that a batchDeployment's `settings` stand for; `output` among them is the name of a file.

    `mini_batch_size` is passed over: Azure counts files in it, and reads each as a whole.

    Args:
        path: The file. What says where the deployment runs, and which model it has, is passed over.
    """
    try:
        body = yaml.safe_load(Path(path).read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"'{path}' is not YAML: {error}") from error
    if not isinstance(body, dict):
        raise InvalidArgument(f"'{path}' must hold a mapping with the key 'settings', got {type(body).__name__}")
    own = {key: value for key, value in body.items() if key not in _ELSEWHERE}
    settings = (body["settings"] or {}) if "settings" in body else own
    return options(settings)


def options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the settings alone.

    >>> options({"output_file_name": "p.csv", "mini_batch_size": 2, "retry_settings": {"timeout": 30}})
    {'output': 'p.csv', 'timeout': 30}
    """
    if not isinstance(settings, Mapping):
        raise InvalidArgument(f"'settings' must be a mapping, got {type(settings).__name__}")
    left = dict(settings)
    retry = left.pop("retry_settings", None) or {}
    action = left.pop("output_action", None) or "append_row"
    if str(action) not in ("append_row", "AppendRow"):
        raise InvalidArgument(f"output_action is {action!r}, which writes no predictions; only append_row is offered")
    found = {ours: left.pop(theirs) for theirs, ours in _NAMES.items() if left.get(theirs) is not None}
    for name in ("max_retries", "timeout"):
        if retry.get(name) is not None:
            found[name] = retry[name]
    if "mini_batch_size" in left:
        log.info("batch: mini_batch_size counts files, and is passed over; see rows")
    if unknown := [name for name in left if name not in ("mini_batch_size", "logging_level", *_NAMES)]:
        raise InvalidArgument(
            f"The settings {unknown} are not known; known are {', '.join([*_NAMES, 'retry_settings'])}"
        )
    return found


_NAMES = {
    "max_concurrency_per_instance": "workers",
    "error_threshold": "error_threshold",
    "output_file_name": "output",
    "environment_variables": "environment",
}
