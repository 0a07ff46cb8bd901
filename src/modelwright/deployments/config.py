"""What the options of endpoints and deployments mean: the flags of `modelwright serve`, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from ..core import settings
from ..core.errors import InvalidArgument
from ..serving import flags
from ..serving.options import Options, Source

Config = Mapping[str, Any]

ENDPOINT = ("host", "port", "timeout", "queue", "max_body", "redact", "grace")
DEPLOYMENT = ("workers", "max_batch", "batching", "accelerate", "extra_columns", "trust")
_FLAGS = click.Command("config", params=click.command()(flags.serving(lambda **given: given)).params)
_SWITCHES = {param.name for param in _FLAGS.params if getattr(param, "is_flag", False)}


def checked(config: Config | None, known: Iterable[str], more: Iterable[str] = ()) -> dict[str, Any]:
    """The options of `config`, without those set to None; InvalidArgument when one is unknown or means nothing.

    Args:
        config: Name → value; a text may stand for any value, as the command line gives it.
        known: Names of the server's flags that are understood.
        more: Names of others, whose values somebody else checks.

    >>> checked({"workers": "2", "redact": True}, ("workers", "redact"))
    {'workers': '2', 'redact': True}
    """
    given = dict(config or {})
    if unknown := [name for name in given if name not in (*known, *more)]:
        raise InvalidArgument(f"config has {unknown}, which is not understood; it takes {', '.join((*known, *more))}")
    found = {name: value for name, value in given.items() if value is not None}
    options((), {name: value for name, value in found.items() if name in known})
    return found


def options(models: tuple[Source, ...], config: Config) -> Options:
    """The options of a server.

    >>> options((), {"workers": "2", "redact": "yes"}).workers
    2
    """
    line = flags.arguments({name: flag(name, value) if name in _SWITCHES else value for name, value in config.items()})
    try:
        with _FLAGS.make_context("config", line) as context:
            return flags.options(models, context.params)
    except click.ClickException as error:
        raise InvalidArgument(f"config: {error.format_message()}") from None


def flag(name: str, value: Any) -> bool:
    """The value of an option that is on or off, which a text may stand for.

    >>> flag("redact", "yes"), flag("redact", False)
    (True, False)
    """
    if isinstance(value, bool):
        return value
    try:
        return settings.flag(str(value))
    except ValueError as error:
        raise InvalidArgument(f"{name} is true or false, got {value!r}") from error
