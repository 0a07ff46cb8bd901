"""`modelwright exec`: a script written for MLflow, run unchanged."""

from __future__ import annotations

import builtins
import os
import runpy
import sys
from pathlib import Path
from types import ModuleType, TracebackType

import click

from .. import install_as_mlflow


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
    if not as_module and not Path(script).is_file():
        raise click.ClickException(f"There is no script {script!r} in {Path.cwd()}; give a path, or -m and a module")
    install_as_mlflow()
    sys.argv = [script, *arguments]
    try:
        if as_module:
            _first_on_path(Path.cwd())
            runpy.run_module(script, run_name="__main__", alter_sys=True)
        else:
            _run(Path(script))
    except SystemExit:
        raise
    except BaseException as error:
        error = error.with_traceback(_theirs(error.__traceback__, as_module=as_module))
        sys.excepthook(type(error), error, error.__traceback__)
        sys.stderr.flush()
        raise SystemExit(130 if isinstance(error, KeyboardInterrupt) else 1) from None


def _run(script: Path) -> None:
    """The file as `__main__`, which it stays: threads, exit handlers and pickles look there after the last line."""
    _first_on_path(script.resolve().parent)
    main = ModuleType("__main__")
    vars(main).update(__file__=str(script), __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    exec(compile(script.read_bytes(), str(script), "exec"), vars(main))


def _first_on_path(folder: Path) -> None:
    """As Python does it: in place of the folder of the command that was started, and not under `-P`."""
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)


def _theirs(trace: TracebackType | None, *, as_module: bool) -> TracebackType | None:
    """The traceback from the script's first line on."""
    ours = {os.path.realpath(__file__), *([os.path.realpath(runpy.__file__)] if as_module else [])}
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if os.path.realpath(name) not in ours and name != "<frozen runpy>":
            return trace
        trace = trace.tb_next
    return None
