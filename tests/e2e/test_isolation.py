"""Models kept apart from one another, and logging kept apart from everything else."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

import modelwright

COUNT = 10
LOADER = """
from helper import ANSWER
import helper


class Answers:
    def predict(self, data):
        import helper as again
        from helper import ANSWER as late
        return [ANSWER, helper.ANSWER, again.ANSWER, late, helper.deep()]


def _load_pyfunc(path):
    return Answers()
"""


def write_loader_models(folder: Path) -> list[Path]:
    """Ten directories, each with a `helper.py` of its own."""
    made = []
    for number in range(COUNT):
        source = folder / f"source{number}"
        source.mkdir()
        (source / "helper.py").write_text(f"ANSWER = {number}\n\n\ndef deep():\n    return ANSWER\n")
        (source / "loader_module.py").write_text(LOADER)
        (folder / f"data{number}").write_text("")
        made.append(folder / f"model{number}")
        modelwright.pyfunc.save_model(
            str(made[-1]),
            loader_module="loader_module",
            data_path=str(folder / f"data{number}"),
            code_paths=[str(source / "helper.py"), str(source / "loader_module.py")],
            pip_requirements=[],
        )
    return made


def test_ten_models_with_their_own_helper_give_ten_right_answers(tmp_path: Path) -> None:
    paths = write_loader_models(tmp_path)
    before = list(sys.path), set(sys.modules)
    models = [modelwright.pyfunc.load_model(str(path)) for path in paths]
    assert list(sys.path) == before[0]
    visible = {name for name in set(sys.modules) - before[1] if name in ("helper", "loader_module")}
    assert not visible
    for _ in range(3):
        for number, model in enumerate(models):
            assert model.predict([0]) == [number] * 5
    assert list(sys.path) == before[0]
    assert "helper" not in sys.modules


def test_ten_models_loaded_and_called_from_threads(tmp_path: Path) -> None:
    paths = write_loader_models(tmp_path)
    wrong: list[Any] = []
    barrier = threading.Barrier(COUNT)

    def work(number: int) -> None:
        try:
            barrier.wait()
            model = modelwright.pyfunc.load_model(str(paths[number]))
            wrong.extend(found for _ in range(20) if (found := model.predict([0])) != [number] * 5)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(COUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert "helper" not in sys.modules


def test_wrappers_with_their_own_package_from_threads(tmp_path: Path) -> None:
    """PythonModels whose code imports a package, relatively and late."""

    class Late(modelwright.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            from kit.inner import early

            self.early = early

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            from kit import inner

            return [self.early(), inner.early(), inner.other()]

    paths = []
    for number in range(COUNT):
        kit = tmp_path / f"kit{number}" / "kit"
        kit.mkdir(parents=True)
        (kit / "__init__.py").write_text("")
        (kit / "number.py").write_text(f"NUMBER = {number}\n")
        (kit / "inner.py").write_text(
            textwrap.dedent("""
                from .number import NUMBER
                def early():
                    return NUMBER
                def other():
                    from kit.number import NUMBER as late
                    return late
            """)
        )
        paths.append(tmp_path / f"wrapper{number}")
        modelwright.pyfunc.save_model(
            str(paths[-1]), python_model=Late(), code_paths=[str(kit)], pip_requirements=[], verify=False
        )
    models = [modelwright.pyfunc.load_model(str(path)) for path in paths]
    found: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda n=number, m=model: found.update({n: [m.predict([0]) for _ in range(10)]}))
        for number, model in enumerate(models)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [[number] * 3] * 10 for number in range(COUNT)}
    assert not [name for name in sys.modules if name.partition(".")[0] == "kit"]


WATCHED = """
import json, sys
events = {}
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
             "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
             "socket.__new__", "urllib.Request", "http.client.connect")
way = None
def hook(event, arguments):
    if way and event in FORBIDDEN:
        events[way].append([event, repr(arguments)[:200]])
import modelwright
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier
modelwright.set_tracking_uri(sys.argv[1])
X, y = load_iris(return_X_y=True, as_frame=True)
forest = RandomForestClassifier(5, n_jobs=1, random_state=0).fit(X, y)
trees = XGBClassifier(n_estimators=3, n_jobs=1).fit(X, y)
class Wrapper(modelwright.pyfunc.PythonModel):
    def __init__(self, model):
        self.model = model
    def predict(self, context, data, params=None):
        return self.model.predict_proba(data)
sys.addaudithook(hook)
for name, code in WAYS.items():
    way, events[name] = name, []
    eval(code)
    way = None
print(json.dumps(events))
"""
WAYS = {
    "inferred": "modelwright.sklearn.log_model(forest, 'a')",
    "example": "modelwright.sklearn.log_model(forest, 'b', input_example=X.head(3))",
    "registered": "modelwright.sklearn.log_model(forest, 'c', registered_model_name='forest')",
    "xgboost": "modelwright.xgboost.log_model(trees, 'd', input_example=X.head(3))",
    "wrapper": "modelwright.pyfunc.log_model('e', python_model=Wrapper(forest), input_example=X.head(3))",
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pytest.importorskip("sklearn")
    pytest.importorskip("xgboost")
    folder = tmp_path_factory.mktemp("watched")
    (folder / "watched.py").write_text(WATCHED.replace("WAYS", repr(WAYS)))
    command = [sys.executable, str(folder / "watched.py"), str(folder / "store")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", WAYS)
def test_log_model_starts_no_process_and_opens_no_socket(way: str, watched: dict[str, Any]) -> None:
    assert watched[way] == []


def test_log_model_keeps_one_copy_beyond_verification(tmp_path: Path) -> None:
    """Saving 60 MB of numbers must not hold another 60 MB pickled in memory."""
    np = pytest.importorskip("numpy")
    import tracemalloc

    class Table(modelwright.pyfunc.PythonModel):
        def __init__(self) -> None:
            self.numbers = np.zeros(60_000_000 // 8)

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return self.numbers[:1]

    modelwright.set_tracking_uri(str(tmp_path / "store"))
    model = Table()
    with modelwright.start_run():
        modelwright.pyfunc.log_model("small", python_model=lambda model_input: model_input, pip_requirements=[])
        tracemalloc.start()
        modelwright.pyfunc.log_model("model", python_model=model, pip_requirements=[], verify=False)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 30_000_000


def test_importing_brings_in_almost_nothing() -> None:
    source = Path(modelwright.__file__).parents[1]
    script = f"""
import sys
sys.path.append({str(source)!r})
before = set(sys.modules)
import modelwright
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    brought = done.stdout.split()
    foreign = [name for name in brought if name.partition(".")[0] not in {"modelwright", *sys.stdlib_module_names}]
    assert foreign == []
    assert len(brought) <= 40


def test_importing_is_quick() -> None:
    """A guard against an accident: the benchmarks measure the time."""
    script = f"""
import sys
sys.path.append({str(Path(__file__).parents[1])!r})
from costs import calls
print(calls(lambda: __import__("modelwright")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 5000


def test_threads_lose_no_metric(tmp_path: Path) -> None:
    """Each thread writes to the run it opened."""
    modelwright.set_tracking_uri(str(tmp_path / "store"))
    found: dict[int, str] = {}

    def work(number: int) -> None:
        with modelwright.start_run() as run:
            found[number] = run.info.run_id
            for step in range(200):
                modelwright.log_metric("step", step * number, step=step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = modelwright.MlflowClient()
    for number, run_id in found.items():
        history = client.get_metric_history(run_id, "step")
        assert [metric.value for metric in sorted(history, key=lambda m: m.step)] == [s * number for s in range(200)]
