"""Running somebody's script as Python would, with `import mlflow` answered by modelwright.

Free of click: what runs here is somebody's training, and should start as fast as under `python` itself.
"""

from __future__ import annotations

import builtins
import os
import runpy
import sys
from types import ModuleType, TracebackType

from .. import install_as_mlflow

# Python takes room for its frames from the system in pieces of 16 KiB, and gives a piece back when the first frame in
# it returns: a loop that calls across such an edge costs two system calls each time. A script whose own frame asks for
# 256 KiB has a piece of 512 KiB, and what it calls fits in the rest. Nothing of it is touched before it is used.
STACK = 2**15


def run(script: str, arguments: list[str], *, as_module: bool = False) -> None:
    """Run a file, or a module by its name; the script's SystemExit passes through.

    Raises SystemExit with Python's own exit codes after an error of the script, whose traceback is printed.
    """
    if not as_module and not os.path.isfile(script):
        sys.exit(f"Error: There is no script {script!r} in {os.getcwd()}; give a path, or -m and a module")
    install_as_mlflow()
    _for_children()
    sys.argv = [script, *arguments]
    try:
        if as_module:
            _first_on_path(os.getcwd())
            module = "modelwright" if script == "mlflow" else script  # `python -m mlflow` is MLflow's command line
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            _run_file(script)
    except SystemExit:
        raise
    except BaseException as error:
        error = error.with_traceback(_theirs(error.__traceback__))
        sys.excepthook(type(error), error, error.__traceback__)
        sys.stderr.flush()
        raise SystemExit(130 if isinstance(error, KeyboardInterrupt) else 1) from None


def _for_children() -> None:
    """A new interpreter that the script starts imports what the script does.

    Python reads the variable; multiprocessing and joblib give their workers this process's path.
    """
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compat", "children")
    if folder not in sys.path:
        sys.path.insert(1, folder)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if folder not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *filter(None, paths)])


def _run_file(script: str) -> None:
    """The file as `__main__`, which it stays: threads, exit handlers and pickles look there after the last line."""
    _first_on_path(os.path.dirname(os.path.realpath(script)))
    main = ModuleType("__main__")
    vars(main).update(__file__=script, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    with open(script, "rb") as file:
        source = file.read()
    code = compile(source, script, "exec", dont_inherit=True)  # or this file's own __future__ would apply
    exec(code.replace(co_stacksize=max(code.co_stacksize, STACK)), vars(main))


def _first_on_path(folder: str) -> None:
    """As Python does it: in place of the folder of the command that was started, and not under `-P`."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _theirs(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the script's first line on."""
    ours = (os.path.realpath(__file__), "<frozen runpy>", os.path.realpath(runpy.__file__))
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name not in ours and os.path.realpath(name) not in ours:
            return trace
        trace = trace.tb_next
    return None
