"""The commands, each imported when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..core import trust
from ..core.errors import Error, UntrustedModel
from ..core.settings import TRACKING_URI

COMMANDS = {
    "exec": "modelwright.cli.exec:command",
    "demo": "modelwright.cli.demo:command",
    "runs": "modelwright.cli.runs:group",
    "experiments": "modelwright.cli.experiments:group",
    "models": "modelwright.cli.models:group",
    "artifacts": "modelwright.cli.artifacts:group",
    "serve": "modelwright.cli.serve:command",
    "batch": "modelwright.cli.batch:command",
    "deployments": "modelwright.cli.deployments:group",
}


class _Lazy(click.Group):
    """A group that imports a command when it is called, and turns our errors into one message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, attribute = COMMANDS.get(cmd_name, "").partition(":")
        return getattr(import_module(module), attribute) if module else None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _nobody_reads()
            ctx.exit(1)
        except UntrustedModel as error:
            raise click.ClickException(error.message.replace(trust.WORD, "give --trust")) from error
        except Error as error:
            raise click.ClickException(error.message) from error
        except (OSError, ImportError) as error:
            raise click.ClickException(str(error)) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise click.ClickException(f"{type(error).__name__}: {error}") from error


def _nobody_reads() -> None:
    """What is still in the buffer goes nowhere, so that Python does not complain of the closed pipe at its exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="modelwright")
@click.option("--tracking-uri", metavar="URI", help="Where runs live; instead of MODELWRIGHT_TRACKING_URI.")
def cli(tracking_uri: str | None) -> None:
    """Log, package, load and inspect models."""
    if tracking_uri:
        os.environ[TRACKING_URI.names[0]] = tracking_uri  # the script of `exec` and its children see it too
