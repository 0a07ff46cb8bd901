"""One model's modules, apart from everybody else's."""

from __future__ import annotations

import gc
import importlib
import pickle
import sys
import textwrap
import threading
import weakref
from pathlib import Path

import pytest

from modelwright.core.errors import CorruptModel
from modelwright.models import pickling
from modelwright.models.namespace import PRIVATE, Namespace, of, running


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / (name.replace("__DOT__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def test_modules_import_each_other_absolutely_relatively_and_late(tmp_path):
    write(
        tmp_path,
        helper="N = 7",
        main="""
        import helper
        from pkg.deep import three
        def late():
            from pkg.deep import three
            import pkg.deep as d
            import pkg.deep
            return three(), d.three(), pkg.deep.three(), helper.N
        """,
        pkg__DOT____init__="from .number import NUMBER",
        pkg__DOT__number="NUMBER = 3",
        pkg__DOT__deep="""
        from . import NUMBER
        from .number import NUMBER as again
        from pkg.number import NUMBER as absolute
        def three():
            from . import number
            return NUMBER, again, absolute, number.NUMBER
        """,
    )
    before = list(sys.path), {n for n in sys.modules if not n.startswith(PRIVATE)}
    main = Namespace(tmp_path).module("main")
    assert main.late() == ((3, 3, 3, 3),) * 3 + (7,)
    assert (list(sys.path), {n for n in sys.modules if not n.startswith(PRIVATE)}) == before


def test_folders_without_init_are_packages(tmp_path):
    write(
        tmp_path,
        plain__DOT__inner__DOT__leaf="X = 1",
        main="from plain.inner.leaf import X\nimport plain.inner.leaf as leaf",
    )
    main = Namespace(tmp_path).module("main")
    assert main.X == main.leaf.X == 1


def test_equal_names_stay_apart_in_threads(tmp_path):
    spaces = [
        Namespace(write(tmp_path / str(i), helper=f"N = {i}", main="def f():\n    import helper\n    return helper.N"))
        for i in range(10)
    ]
    wrong: list[object] = []

    def work(i: int) -> None:
        wrong.extend(found for _ in range(50) if (found := spaces[i].module("main").f()) != i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert "helper" not in sys.modules


def test_circular_imports_work_as_usual(tmp_path):
    write(tmp_path, a="import b\nX = 1\ndef f():\n    return b.Y", b="import a\nY = 2\ndef g():\n    return a.X")
    space = Namespace(tmp_path)
    assert (space.module("a").f(), space.module("b").g()) == (2, 1)


def test_the_models_own_names_come_before_installed_ones(tmp_path):
    write(tmp_path, numpy="MINE = True", main="import numpy\nimport json")
    main = Namespace(tmp_path).module("main")
    assert main.numpy.MINE
    assert main.json is sys.modules["json"]


def test_missing_modules_and_broken_ones_fail_as_usual(tmp_path):
    write(tmp_path, main="import not_there_at_all", broken="x = (", half="import other_thing_that_is_missing")
    space = Namespace(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        space.module("main")
    with pytest.raises(SyntaxError):
        space.module("broken")
    with pytest.raises(ModuleNotFoundError, match="other_thing"):
        space.module("half")
    with pytest.raises(ModuleNotFoundError):
        space.module("half")  # and again: a module that failed is not kept


def test_one_level_down_is_found_when_it_is_clear(tmp_path):
    write(tmp_path, src__DOT__loader="import sibling\nN = sibling.N", src__DOT__sibling="N = 4")
    space = Namespace(tmp_path)
    assert not space.owns("loader")
    assert space.module("loader").N == 4
    write(tmp_path, other__DOT__twice="", src__DOT__twice="")
    with pytest.raises(CorruptModel, match=r"'other/twice', 'src/twice'|'src/twice', 'other/twice'"):
        Namespace(tmp_path).module("twice")


def test_no_byte_code_is_read_or_written(tmp_path):
    write(tmp_path, helper="N = 1")
    Namespace(tmp_path).module("helper")
    assert [p.name for p in tmp_path.rglob("*")] == ["helper.py"]


def test_import_module_and_pickle_inside_the_code_find_its_modules(tmp_path):
    write(
        tmp_path,
        helper="class Thing:\n    x = 5",
        main="""
        import importlib, pickle
        import importlib.util
        from importlib import import_module
        def by_name():
            return importlib.import_module("helper").Thing.x, import_module("helper").Thing.x
        def unpickled(data):
            return pickle.loads(data)
        def reads(path):
            with open(path, "rb") as file:
                return pickle.load(file)
        def others():
            return importlib.import_module("json").__name__, importlib.util.find_spec("json").name
        """,
    )
    space = pickling.namespace(tmp_path)
    main, data = space.module("main"), b"\x80\x04\x8c\x06helper\x8c\x05Thing\x93)\x81."
    (tmp_path / "data.pkl").write_bytes(data)
    assert main.by_name() == (5, 5)
    assert main.unpickled(data).x == main.reads(tmp_path / "data.pkl").x == 5
    assert main.others() == ("json", "json")


def test_libraries_that_import_by_name_find_the_modules_while_the_model_runs(tmp_path):
    spaces = [Namespace(write(tmp_path / str(i), helper=f"class Thing:\n    x = {i}")) for i in range(4)]
    data = b"\x80\x04\x8c\x06helper\x8c\x05Thing\x93)\x81."
    found: dict[int, int] = {}
    together = threading.Barrier(4)

    def work(i: int) -> None:
        with running(spaces[i]):
            together.wait()
            found[i] = pickle.loads(data).x
            together.wait()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: i for i in range(4)}
    assert "helper" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("helper")


def test_models_that_load_models_do_not_mix(tmp_path):
    outer, inner = (Namespace(write(tmp_path / n, helper=f"class Thing:\n    x = '{n}'")) for n in ("outer", "inner"))
    data = b"\x80\x04\x8c\x06helper\x8c\x05Thing\x93)\x81."
    with running(outer):
        assert pickle.loads(data).x == "outer"
        with running(inner):
            assert pickle.loads(data).x == "inner"
        assert pickle.loads(data).x == "outer"
    assert "helper" not in sys.modules


def test_dataclasses_and_pickles_of_their_objects_work(tmp_path):
    write(
        tmp_path,
        shapes="""
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import ClassVar, get_type_hints
        @dataclass
        class Box:
            width: int
            kind: ClassVar[str] = "box"
        HINTS = get_type_hints(Box)
        """,
    )
    shapes = Namespace(tmp_path).module("shapes")
    assert shapes.Box(3).width == 3
    assert pickle.loads(pickle.dumps(shapes.Box(3))) == shapes.Box(3)
    assert shapes.HINTS["width"] is int


def test_names_go_when_forgotten_and_what_lives_on_still_works(tmp_path):
    write(tmp_path, helper="N = 2", pkg__DOT____init__="", pkg__DOT__sub="N = 3",
          main="def f():\n    import helper\n    from pkg import sub\n    return helper.N + sub.N")  # fmt: skip
    space = Namespace(tmp_path)
    main = space.module("main")
    assert main.f() == 5
    space.forget()
    assert not [name for name in sys.modules if name.startswith(f"{space.prefix}")]
    assert main.f() == 5
    space.forget()
    gone = weakref.ref(space)
    del space, main
    gc.collect()
    assert gone() is None


def test_what_is_not_its_own_is_heard(tmp_path):
    heard: set[str] = set()
    write(tmp_path, main="import helper\nimport json.decoder", helper="from textwrap import dedent")
    Namespace(tmp_path, heard=heard.add).module("main")
    assert heard >= {"json", "textwrap"}
    assert "helper" not in heard


def test_a_function_knows_its_namespace(tmp_path):
    space = Namespace(write(tmp_path, main="def f(): pass"))
    assert of(space.module("main").f.__globals__) is space
    assert of(globals()) is None


def test_code_that_imports_mlflow_gets_this_package(tmp_path):
    write(
        tmp_path,
        main="import mlflow\nimport mlflow.exceptions as e\nfrom mlflow.models.signature import ModelSignature\n"
        "import importlib\nP = importlib.import_module('mlflow.pyfunc.model')",
    )
    main = pickling.namespace(tmp_path).module("main")
    assert main.mlflow.__name__ == "modelwright"
    assert issubclass(main.e.MlflowException, Exception)
    assert main.P.PythonModel.__module__ == "modelwright.models.python_model"
    assert "mlflow" not in sys.modules
