"""`modelwright exec`: a script written for MLflow, run unchanged."""

from __future__ import annotations

import click

from . import script as runner


@click.command(
    "exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run a script with `import mlflow` answered by modelwright.",
)
@click.option("-m", "as_module", is_flag=True, help="SCRIPT is the name of a module, as after `python -m`.")
@click.argument("script")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(script: str, arguments: tuple[str, ...], as_module: bool) -> None:
    """Run SCRIPT as `python SCRIPT` would, with `import mlflow` answered by modelwright.

    ARGUMENTS reach the script as they are. Models it loads may run code, as under MLflow, unless MODELWRIGHT_TRUST
    says otherwise. The exit code is the script's.
    """
    runner.run(script, list(arguments), as_module=as_module)
