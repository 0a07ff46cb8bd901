"""`modelwright exec`: a script runs as it would under python, with mlflow answered."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def run(*arguments: str, cwd: Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "modelwright", "exec", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def script(folder: Path, text: str, name: str = "train.py") -> str:
    (folder / name).write_text(text)
    return name


def test_mlflow_is_answered_and_arguments_pass_untouched(tmp_path: Path) -> None:
    name = script(tmp_path, "import sys, mlflow\nprint(mlflow.__version__, sys.argv[1:], __name__, __file__)")
    done = run(name, "--json", "-x", "--depth=3", "--", "a b", cwd=tmp_path)
    assert done.stdout.splitlines() == ["2.16.2 ['--json', '-x', '--depth=3', '--', 'a b'] __main__ train.py"]
    assert done.returncode == 0


def test_the_exit_code_is_the_scripts(tmp_path: Path) -> None:
    assert run(script(tmp_path, "raise SystemExit(7)"), cwd=tmp_path).returncode == 7
    done = run(script(tmp_path, "import sys; sys.exit('stopped')"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "stopped\n")


def test_a_traceback_shows_only_the_script(tmp_path: Path) -> None:
    done = run(script(tmp_path, "def f():\n    raise KeyError('gone')\nf()"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[:2] == [
        "Traceback (most recent call last):",
        '  File "train.py", line 3, in <module>',
    ]
    assert done.stderr.endswith("KeyError: 'gone'\n")
    assert "cli" not in done.stderr


def test_a_syntax_error_is_pythons_own(tmp_path: Path) -> None:
    done = run(script(tmp_path, "def f(:\n"), cwd=tmp_path)
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr


def test_modules_beside_the_script_import_and_the_working_directory_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    script(tmp_path / "src", "value = 4", "helper.py")
    script(tmp_path / "src", "import helper, sys\nprint(helper.value, sys.path[0])")
    done = run("src/train.py", cwd=tmp_path)
    assert done.stdout == f"4 {tmp_path / 'src'}\n"


def test_a_module_runs_by_name(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    script(tmp_path / "pkg", "", "__init__.py")
    script(tmp_path / "pkg", "import sys, mlflow\nfrom . import __name__ as parent\nprint(parent, sys.argv[1:])")
    done = run("-m", "pkg.train", "-m", "x", cwd=tmp_path)
    assert done.stdout == "pkg ['-m', 'x']\n", done.stderr


def test_the_script_stays_main_after_its_last_line(tmp_path: Path) -> None:
    text = "import atexit, sys\nclass A: pass\natexit.register(lambda: print(sys.modules['__main__'].A is A))"
    assert run(script(tmp_path, text), cwd=tmp_path).stdout == "True\n"


def test_models_may_run_code_as_under_mlflow(tmp_path: Path) -> None:
    text = "import mlflow\nfrom modelwright.core import trust\nprint(trust.policy())"
    assert run(script(tmp_path, text), cwd=tmp_path).stdout == "all\n"


def test_a_missing_script_is_one_message(tmp_path: Path) -> None:
    done = run("nope.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"Error: There is no script 'nope.py' in {tmp_path}; give a path, or -m and a module\n"


@pytest.mark.parametrize("options", [(), ("-P",)])
def test_safe_path_is_respected(options: tuple[str, ...], tmp_path: Path) -> None:
    script(tmp_path, "value = 4", "helper.py")
    name = script(tmp_path, "try:\n    import helper\n    print('found')\nexcept ImportError:\n    print('not found')")
    assert run(name, cwd=tmp_path, options=options).stdout == ("not found\n" if options else "found\n")


def test_options_of_exec_itself_are_understood(tmp_path: Path) -> None:
    assert "Usage: modelwright exec" in run("--help", cwd=tmp_path).stdout
    assert run(cwd=tmp_path).returncode == 2
    name = script(tmp_path, "import os\nprint(os.environ['MODELWRIGHT_TRACKING_URI'])")
    command = [sys.executable, "-m", "modelwright", "--tracking-uri", "there", "exec", name]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout == "there\n"


def test_the_script_starts_without_the_command_lines_libraries(tmp_path: Path) -> None:
    name = script(tmp_path, "import sys\nprint({'click', 'rich', 'modelwright.cli.commands'} & set(sys.modules))")
    assert run(name, cwd=tmp_path).stdout == "set()\n"


def test_annotations_are_what_the_script_says(tmp_path: Path) -> None:
    name = script(tmp_path, "def f(x: list[int]): pass\nprint(f.__annotations__)")
    assert run(name, cwd=tmp_path).stdout == "{'x': list[int]}\n"


def test_processes_that_the_script_starts_import_the_same_mlflow(tmp_path: Path) -> None:
    text = """
        import multiprocessing, subprocess, sys
        def version(_):
            import mlflow
            return mlflow.__version__ + " " + mlflow.MlflowClient.__module__
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(version, [1])[0])
            code = "from mlflow.pyfunc import PythonModel; import mlflow; print(mlflow.__version__)"
            print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
    """
    done = run(script(tmp_path, textwrap.dedent(text)), cwd=tmp_path)
    assert done.stdout.split() == ["2.16.2", "modelwright.tracking.client", "2.16.2"], done.stderr


def test_mlflows_own_command_line_is_ours(tmp_path: Path) -> None:
    done = run("-m", "mlflow", "models", "serve", "--help", cwd=tmp_path)
    assert "--enable-mlserver" in done.stdout
    assert done.returncode == 0
    call = 'import subprocess, sys\nsys.exit(subprocess.call([sys.executable, "-m", "mlflow", "models", "list"]))'
    done = run(script(tmp_path, call), cwd=tmp_path)
    assert done.stderr.startswith("Error: There is no store at ")
    assert done.returncode == 1


def test_no_call_of_the_script_takes_and_gives_back_memory_for_its_frame_each_time(tmp_path: Path) -> None:
    """Under plain Python the calls of one or two of these depths cost a page of memory each."""
    text = """
        import resource

        def leaf(a=1, b=2, c=3, d=4, e=5):
            x = y = z = 0
            return a, b, c, d, e, x, y, z

        def at(depth):
            if depth:
                return at(depth - 1)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(1000):
                leaf()
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        print(max(at(depth) for depth in range(400)))
        """
    name = script(tmp_path, textwrap.dedent(text))
    assert int(run(name, cwd=tmp_path).stdout) < 500
