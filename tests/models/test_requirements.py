"""What a model needs installed."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from importlib.metadata import version

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from costs import calls
from modelwright.models.requirements import imported, infer

BASE = ["numpy", "pandas"]  # pandas, because this process has imported it


def names(*given, **options):
    return [line.partition("==")[0] for line in infer(given, **options)]


def test_everything_is_pinned_and_sorted():
    assert infer(["xgboost", "cloudpickle"]) == sorted(
        f"{name}=={version(name)}" for name in ("cloudpickle", "numpy", "pandas", "scipy", "xgboost")
    )


def test_pickles_name_what_they_need(tmp_path):
    from sklearn.linear_model import LinearRegression

    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(LinearRegression().fit([[0.0], [1.0]], [0, 1])))
    assert names(pickles=[path]) == [*BASE, "scikit-learn", "scipy"]
    path.write_bytes(cloudpickle.dumps(lambda data: np.log(pd.DataFrame(data))))
    assert names("cloudpickle", pickles=[path]) == ["cloudpickle", *BASE]


def test_what_is_required_anyway_is_left_out():
    assert names("scikit-learn", modules=["joblib", "threadpoolctl", "scipy.sparse"]) == [
        *BASE,
        "scikit-learn",
        "scipy",
    ]


def test_what_the_flavor_names_is_kept_even_so():
    assert "joblib" in names("scikit-learn", "joblib")


def test_ourselves_mlflow_and_the_standard_library_do_not_count():
    assert names(modules=["modelwright.models", "mlflow.pyfunc", "json", "os.path", "__main__", "setuptools"]) == [
        "pandas"
    ]


def test_a_distribution_that_is_not_installed_is_named_without_a_version():
    assert "no-such-thing" in infer(["no-such-thing"])


def test_sources(tmp_path):
    code = tmp_path / "code"
    (code / "package").mkdir(parents=True)
    (code / "package/__init__.py").write_text("from .inner import x\n")
    (code / "package/inner.py").write_text("import yaml, click.core\nx = 1\n")
    (code / "helper.py").write_text("import package, numpy  # click would be a namesake\n")
    (code / "click.py").write_text("")  # the model's own: the distribution of that name is not needed
    (code / "broken.py").write_text("def (:\n")
    assert names(sources=[code]) == [*BASE, "pyyaml"]
    assert names(sources=[code / "helper.py"]) == BASE
    assert names(sources=["import yaml"]) == ["pandas", "pyyaml"]


def test_import_statements_of_all_kinds():
    source = """
        import a.b as c, d
        from e.f import g
        from . import no
        from .no import no
        try:
            import h
        except ImportError:
            h = None
        if TYPE_CHECKING:
            import no
        else:
            import i
        if typing.TYPE_CHECKING:
            from no import no
        async def f():
            import j
            importlib.import_module("k.l")
            __import__("m")
            import_module(name)
            import_module(".no", "x")
        class C:
            import n
    """
    assert imported(source) == {"a.b", "d", "e.f", "h", "i", "j", "k.l", "m", "n"}
    assert imported(b"\xff\xfe") == set()


def test_pandas_counts_when_the_process_uses_it():
    script = """
        from modelwright.models.requirements import infer
        print([line.partition("==")[0] for line in infer(["scikit-learn"])])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['numpy', 'scikit-learn', 'scipy']"


def test_an_editable_install_is_pointed_out(tmp_path, monkeypatch):
    import json

    site, source = tmp_path / "site", tmp_path / "project"
    info = site / "mine-1.0.dist-info"
    info.mkdir(parents=True)
    (source / "mine").mkdir(parents=True)
    (source / "mine/__init__.py").write_text("")
    (info / "METADATA").write_text("Name: mine\nVersion: 1.0\n")
    (info / "RECORD").write_text("")
    (info / "direct_url.json").write_text(json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}}))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.syspath_prepend(str(source))
    with pytest.warns(UserWarning, match=r"'mine', installed in editable mode .* code_paths="):
        assert infer([], modules=["mine.part"]) == infer([])
    assert "mine==1.0" in infer(["mine"], modules=["mine.part"])


def test_files_that_are_no_pickles_count_for_nothing(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"")
    (tmp_path / "b.pkl").write_bytes(b"\x1f\x8b compressed")
    assert infer([], pickles=tmp_path.glob("*.pkl")) == infer([])


def test_it_is_done_in_process_without_importing_anything(tmp_path):
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04\x8c\x14sklearn.linear_model\x8c\x10LinearRegression\x93.")
    script = f"""
        import sys
        from pathlib import Path
        from modelwright.models.requirements import infer
        def watch(event, arguments):
            if event.startswith(("subprocess.", "socket.", "os.exec", "os.fork", "os.spawn", "pickle.")):
                raise SystemExit(event)
        sys.addaudithook(watch)
        before = set(sys.modules)
        assert any(line.startswith("scikit-learn==") for line in infer(["xgboost"], pickles=[Path({str(path)!r})]))
        strange = {{name.partition(".")[0] for name in set(sys.modules) - before}} - set(sys.stdlib_module_names)
        assert not strange, strange
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_what_is_installed_is_looked_through_once():
    def once():
        return infer(["scikit-learn", "cloudpickle"], modules=["numpy", "sklearn.tree._tree"])

    once()
    assert calls(once) < 1500  # looking through all file lists takes many thousands
