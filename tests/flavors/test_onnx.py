"""ONNX: weights beside the model, sessions as recorded, and what they take and give."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper

from contracts.flavor import WITHOUT, FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from modelwright.flavors.onnx import external
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

ROWS = np.arange(12, dtype="float32").reshape(3, 4) / 7
CPU = ["CPUExecutionProvider"]


def tensor(name, kind, *shape):
    return helper.make_tensor_value_info(name, kind, list(shape))


def proto(nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(
        nodes, "graph", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in weights]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def linear(columns=2):
    """y = x W, W large enough for a file of its own from 64 columns on."""
    weights = np.linspace(-1, 1, 4 * columns, dtype="float32").reshape(4, columns)
    return proto(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        [tensor("x", TensorProto.FLOAT, None, 4)],
        [tensor("y", TensorProto.FLOAT, None, columns)],
        [("W", weights)],
    )


def two_inputs(shape=(None,)):
    return proto(
        [helper.make_node("Add", ["a", "b"], ["total"]), helper.make_node("Mul", ["a", "b"], ["product"])],
        [tensor("a", TensorProto.FLOAT, *shape), tensor("b", TensorProto.FLOAT, *shape)],
        [tensor("total", TensorProto.FLOAT, *shape), tensor("product", TensorProto.FLOAT, *shape)],
    )


def with_branches():
    """The weights lie in the branches of an If."""
    branches = [
        helper.make_graph(
            [helper.make_node("Identity", [name], [f"{name}_out"])],
            name,
            [],
            [tensor(f"{name}_out", TensorProto.FLOAT, 400)],
            [numpy_helper.from_array(np.full(400, value, "float32"), name)],
        )
        for name, value in (("yes", 1.0), ("no", 2.0))
    ]
    node = helper.make_node("If", ["flag"], ["y"], then_branch=branches[0], else_branch=branches[1])
    return proto([node], [tensor("flag", TensorProto.BOOL)], [tensor("y", TensorProto.FLOAT, 400)])


def run(model, data):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=CPU)
    names = [one.name for one in session.get_outputs()]
    return dict(
        zip(names, session.run(names, {session.get_inputs()[0].name: np.asarray(data, "float32")}), strict=True)
    )


class TestArrays(FlavorContract):
    name, imports = "onnx", "onnx"

    def model(self):
        return linear()

    def example(self):
        return ROWS

    def predictions(self, model, data):
        return run(model, data)


class TestFrames(TestArrays):
    """Weights in a file of their own, rows as a frame of doubles."""

    def model(self):
        return proto(
            [helper.make_node("MatMul", ["x", "W"], ["h"]), helper.make_node("ReduceSum", ["h", "last"], ["y"])],
            [tensor("x", TensorProto.FLOAT, None, 4)],
            [tensor("y", TensorProto.FLOAT, None, 1)],
            [("W", np.linspace(-1, 1, 400, dtype="float32").reshape(4, 100)), ("last", np.array([1]))],
        )

    def example(self):
        return pd.DataFrame(ROWS.astype("float64"), columns=list("abcd"))


def save(tmp_path, model, **options):
    return save_model(load.flavor("onnx"), model, tmp_path / "m", **{"pip_requirements": [], **options})


def predict(tmp_path, data, **options):
    return load.load_pyfunc(tmp_path / "m", trust=False).predict(data, **options)


def test_keys_and_files_are_mlflows(tmp_path):
    meta = save(tmp_path, linear(100))
    assert meta.flavors["onnx"] == {
        "onnx_version": onnx.__version__, "data": "model.onnx", "code": None, "onnx_session_options": None,
        "providers": ["CUDAExecutionProvider", "CPUExecutionProvider"],
    }  # fmt: skip
    assert meta.flavors["python_function"]["data"] == "model.onnx"
    assert (tmp_path / "m/model.onnx.data").stat().st_size == 4 * 4 * 100
    assert external.locations(tmp_path / "m/model.onnx") == ["model.onnx.data"]


@pytest.mark.parametrize(("model", "apart"), [(linear(100), False), (linear(2), True)])
def test_weights_stay_in_the_file_where_they_are_small_or_shall(tmp_path, model, apart):
    save(tmp_path, model, save_as_external_data=apart)
    assert not (tmp_path / "m/model.onnx.data").exists()
    assert external.locations(tmp_path / "m/model.onnx") == []
    same(predict(tmp_path, ROWS), run(model, ROWS))


def test_the_users_model_keeps_its_weights(tmp_path):
    model = linear(100)
    before = model.SerializeToString()
    save(tmp_path, model)
    assert model.SerializeToString() == before


@pytest.mark.parametrize("flag", [True, False])
def test_weights_of_branches(tmp_path, flag):
    model = with_branches()
    save(tmp_path, model)
    assert set(predict(tmp_path, {"flag": np.array(flag)})["y"]) == {1.0 if flag else 2.0}
    assert external.locations(tmp_path / "m/model.onnx") == ["model.onnx.data"]


def test_every_place_of_a_weight_is_looked_into(tmp_path):
    """Initializers, attributes, branches, sparse tensors, functions, training."""

    def outside(name):
        made = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
        made.external_data.add(key="offset", value="0")
        made.external_data.add(key="location", value=name)
        return made

    model = linear()
    model.graph.initializer.append(outside("initializer"))
    node = model.graph.node.add(op_type="Constant", output=["c"])
    node.attribute.append(onnx.AttributeProto(name="value", type=onnx.AttributeProto.TENSOR, t=outside("t")))
    node.attribute.append(
        onnx.AttributeProto(name="values", type=onnx.AttributeProto.TENSORS, tensors=[outside("tensors")])
    )
    inner = onnx.GraphProto(initializer=[outside("inner")])
    node.attribute.append(onnx.AttributeProto(name="g", type=onnx.AttributeProto.GRAPH, g=inner))
    sparse = onnx.SparseTensorProto(values=outside("values"), indices=outside("indices"))
    node.attribute.append(onnx.AttributeProto(name="s", type=onnx.AttributeProto.SPARSE_TENSOR, sparse_tensor=sparse))
    model.graph.sparse_initializer.append(onnx.SparseTensorProto(values=outside("sparse")))
    function = model.functions.add(name="f")
    function.node.add(op_type="Constant").attribute.append(
        onnx.AttributeProto(name="value", type=onnx.AttributeProto.TENSOR, t=outside("function"))
    )
    model.training_info.add(algorithm=onnx.GraphProto(initializer=[outside("training")]))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert sorted(external.locations(tmp_path / "m.onnx")) == [
        "function", "indices", "initializer", "inner", "sparse", "t", "tensors", "training", "values"
    ]  # fmt: skip


@pytest.mark.parametrize("location", ["../out.data", "/etc/hostname", "a/../../out.data", "link.data", ""])
def test_weights_outside_of_the_directory_are_refused(tmp_path, location):
    save(tmp_path, linear(100))
    path = tmp_path / "m/model.onnx"
    (tmp_path / "out.data").write_bytes((tmp_path / "m/model.onnx.data").read_bytes())
    (tmp_path / "m/link.data").symlink_to(tmp_path / "out.data")
    (tmp_path / "m" / manifest.NAME).unlink()
    model = onnx.load(str(path), load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        entry.value = location if entry.key == "location" else entry.value
    path.write_bytes(model.SerializeToString())
    for read in (load.load_pyfunc, lambda root: load.load_model(load.flavor("onnx"), root)):
        with pytest.raises(CorruptModel, match=r"outside of its directory|lacks"):
            read(tmp_path / "m")


def test_weights_that_are_not_there(tmp_path):
    save(tmp_path, linear(100))
    (tmp_path / "m/model.onnx.data").unlink()
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"lacks 'model\.onnx\.data', where 'model\.onnx' keeps weights"):
        load.load_pyfunc(tmp_path / "m")


def test_a_tensor_without_its_weights_cannot_be_saved(tmp_path):
    save(tmp_path, linear(100))
    hollow = onnx.load(str(tmp_path / "m/model.onnx"), load_external_data=False)
    with pytest.raises(InvalidArgument, match=r"tensors 'W' are not in memory; .*onnx\.load\(path\)"):
        save_model(load.flavor("onnx"), hollow, tmp_path / "n")


def test_the_native_model_is_checked(tmp_path):
    broken = linear()
    broken.graph.node[0].input[0] = "nothing"
    with pytest.warns(UserWarning, match="cannot be loaded"):
        save(tmp_path, broken)
    with pytest.raises(CorruptModel, match=rf"ONNX {onnx.__version__} cannot read .*model\.onnx.*ValidationError"):
        load.load_model(load.flavor("onnx"), tmp_path / "m")


@pytest.mark.parametrize(
    "content", [b"", b"junk" * 9, b"\x3a\xff", b"\x08" + b"\xff" * 11, b"\x0b", b"\x3a\x02\x2d\x01"]
)
def test_a_file_that_is_no_model(tmp_path, content):
    save(tmp_path, linear())
    (tmp_path / "m/model.onnx").write_bytes(content)
    (tmp_path / "m" / manifest.NAME).unlink()
    for read in (load.load_pyfunc, lambda root: load.load_model(load.flavor("onnx"), root)):
        with pytest.raises(CorruptModel, match=r"model\.onnx"):
            read(tmp_path / "m")


def test_scoring_leaves_the_onnx_package_alone(tmp_path):
    save(tmp_path, linear())
    script = (
        "import sys, numpy; from modelwright.models import load; m = load.load_pyfunc(sys.argv[1]);"
        "m.predict(numpy.zeros((1, 4))); sys.exit('onnx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "m"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_missing_runtime_is_named(tmp_path):
    save(tmp_path, linear())
    script = WITHOUT.replace("load.load_model(load.flavor(flavor), root, trust=True)", "load.load_pyfunc(root)")
    done = subprocess.run(
        [sys.executable, "-c", script, "onnxruntime", "onnx", tmp_path / "m"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "ONNX Runtime is not installed; pip install 'modelwright[onnx]'" in done.stdout, done.stderr
    assert issubclass(MissingDependency, ImportError)


def test_serialized_bytes_are_taken(tmp_path):
    save(tmp_path, linear().SerializeToString())
    assert load.load_model(load.flavor("onnx"), tmp_path / "m") == linear()


class Program:
    model_proto = linear()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, r"Expected an onnx\.ModelProto, got a builtins\.dict; pass what onnx\.load gives"),
        (Program(), r"got a .*Program; pass its model_proto"),
        ("model.onnx", r"got a builtins\.str"),
        (b"\xff\xff", "no serialized ONNX model"),
        (onnx.ModelProto(), "it has no graph"),
    ],
)
def test_what_is_no_model(tmp_path, given, said):
    with pytest.raises(InvalidArgument, match=said):
        save(tmp_path, given)
    assert not list(tmp_path.iterdir())


def test_one_input_takes_arrays_dictionaries_and_frames(tmp_path):
    save(tmp_path, linear())
    wanted = ROWS @ np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2)
    for data in (ROWS, ROWS.astype("float64"), {"x": ROWS}, {"x": ROWS.astype("float64")}, {"x": ROWS.tolist()}):
        found = predict(tmp_path, data)
        assert list(found) == ["y"]
        assert found["y"].dtype == np.float32
        np.testing.assert_allclose(found["y"], wanted, rtol=1e-6)
    frame = predict(tmp_path, pd.DataFrame(ROWS.astype("float64")))
    assert isinstance(frame, pd.DataFrame)
    np.testing.assert_allclose(frame["y"], wanted.reshape(-1), rtol=1e-6)  # flattened, as MLflow does it


def test_what_was_given_is_left_as_it_is(tmp_path):
    save(tmp_path, linear())
    given = {"x": ROWS.astype("float64")}
    predict(tmp_path, given)
    assert given["x"].dtype == np.float64


@pytest.mark.parametrize("shape", [(None,), (None, 1)])
def test_several_inputs_take_a_column_each(tmp_path, shape):
    save(tmp_path, two_inputs(shape))
    frame = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 4.0], "more": ["x", "y"]})
    found = predict(tmp_path, frame)
    assert found.to_dict("list") == {"total": [4.0, 6.0], "product": [3.0, 8.0]}
    values = {name: frame[name].to_numpy().reshape([2, *shape[1:]]) for name in "ab"}
    assert predict(tmp_path, values)["product"].reshape(-1).tolist() == [3.0, 8.0]


def test_what_several_inputs_cannot_be_given(tmp_path):
    save(tmp_path, two_inputs())
    with pytest.raises(InvalidArgument, match="One array was given, and the model has the inputs 'a', 'b'"):
        predict(tmp_path, ROWS)
    with pytest.raises(InvalidArgument, match="inputs 'b' are missing from the data, which has 'a', 'c'"):
        predict(tmp_path, pd.DataFrame({"a": [1.0], "c": [2.0]}))
    with pytest.raises(InvalidArgument, match="inputs 'a' are missing"):
        predict(tmp_path, {"b": ROWS})
    with pytest.raises(InvalidArgument, match=r"takes a pandas\.DataFrame, a numpy array, or .*builtins\.list"):
        predict(tmp_path, [1.0])
    with pytest.raises(InvalidArgument, match=r"pandas\..*Series"):
        predict(tmp_path, pd.Series([1.0]))


@pytest.mark.parametrize(
    "data", [ROWS[:, :3], ROWS[0], ROWS.astype("int64"), {"x": ROWS, "z": ROWS}, pd.DataFrame({"t": ["a"]})]
)
def test_data_that_does_not_fit(tmp_path, data):
    save(tmp_path, linear())
    with pytest.raises(InvalidArgument, match=r"does not fit the model, which takes 'x': tensor\(float\) of shape"):
        predict(tmp_path, data)


def test_outputs_that_make_no_frame(tmp_path):
    model = proto(
        [helper.make_node("ReduceSum", ["x"], ["one"]), helper.make_node("Identity", ["x"], ["all"])],
        [tensor("x", TensorProto.FLOAT, None, 4)],
        [tensor("one", TensorProto.FLOAT), tensor("all", TensorProto.FLOAT, None, 4)],
    )
    save(tmp_path, model)
    with pytest.raises(InvalidArgument, match=r"'all' of shape \(3, 4\)\. Give an array or a dictionary of arrays"):
        predict(tmp_path, pd.DataFrame(ROWS))
    assert set(predict(tmp_path, ROWS)) == {"one", "all"}


def test_texts(tmp_path):
    model = proto(
        [helper.make_node("Identity", ["t"], ["out"]), helper.make_node("Identity", ["n"], ["number"])],
        [tensor("t", TensorProto.STRING, None), tensor("n", TensorProto.INT64, None)],
        [tensor("out", TensorProto.STRING, None), tensor("number", TensorProto.INT64, None)],
    )
    save(tmp_path, model)
    found = predict(tmp_path, pd.DataFrame({"t": ["a", "b"], "n": [1, 2]}))
    assert found.to_dict("list") == {"out": ["a", "b"], "number": [1, 2]}


def test_params_are_named_in_the_log(tmp_path, caplog):
    save(tmp_path, linear())
    predictor = load.load_pyfunc(tmp_path / "m")._model_impl
    same(predictor.predict(ROWS, {"k": 1}), run(linear(), ROWS))
    assert "params ['k'] are ignored" in caplog.text


def test_the_raw_model_is_the_session(tmp_path):
    save(tmp_path, linear())
    assert isinstance(load.load_pyfunc(tmp_path / "m").get_raw_model(), onnxruntime.InferenceSession)


def test_session_options_reach_the_session(tmp_path):
    options = {
        "intra_op_num_threads": 2, "inter_op_num_threads": 3, "execution_mode": "PARALLEL",
        "graph_optimization_level": 0, "extra_session_config": {"session.intra_op.allow_spinning": "0"},
    }  # fmt: skip
    meta = save(tmp_path, linear(), onnx_session_options=options, onnx_execution_providers=CPU)
    assert meta.flavors["onnx"]["onnx_session_options"] == options
    session = load.load_pyfunc(tmp_path / "m", trust=False).get_raw_model()
    found = session.get_session_options()
    assert (found.intra_op_num_threads, found.inter_op_num_threads) == (2, 3)
    assert found.execution_mode == onnxruntime.ExecutionMode.ORT_PARALLEL
    assert found.graph_optimization_level == onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    assert found.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert session.get_providers() == CPU


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "expected a dictionary"),
        ({"no_such": 1}, "the options are intra_op_num_threads"),
        ({"execution_mode": "fast"}, "'sequential' or 'parallel'"),
        ({"execution_mode": 1}, "'sequential' or 'parallel'"),
        ({"graph_optimization_level": 3}, "one of 0, 1, 2, 99"),
        ({"intra_op_num_threads": -1}, "a number of threads"),
        ({"inter_op_num_threads": -1}, "a number of threads"),
        ({"extra_session_config": "x"}, "a dictionary of texts"),
    ],
)
def test_session_options_that_cannot_be(tmp_path, options, said):
    with pytest.raises(InvalidArgument, match=said):
        save(tmp_path, linear(), onnx_session_options=options)


def test_an_option_that_is_only_recorded(tmp_path):
    with pytest.warns(UserWarning, match="'enable_profiling' are recorded, but not used"):
        meta = save(tmp_path, linear(), onnx_session_options={"enable_profiling": True})
    assert meta.flavors["onnx"]["onnx_session_options"] == {"enable_profiling": True}
    assert not load.load_pyfunc(tmp_path / "m").get_raw_model().get_session_options().enable_profiling


@pytest.mark.parametrize("given", ["CPUExecutionProvider", [], [1], [("a",)], {"CPUExecutionProvider": {}}])
def test_providers_that_cannot_be(tmp_path, given):
    with pytest.raises(InvalidArgument, match="expected a list of names"):
        save(tmp_path, linear(), onnx_execution_providers=given)


def test_one_warning_for_providers_that_are_not_here(tmp_path):
    save(tmp_path, linear(), onnx_execution_providers=["FancyExecutionProvider", "OtherExecutionProvider"])
    with pytest.warns(
        UserWarning, match="no FancyExecutionProvider, OtherExecutionProvider here, so .* with CPU"
    ) as told:
        model = load.load_pyfunc(tmp_path / "m")
    (one,) = told
    assert one.filename == __file__
    same(model.predict(ROWS), run(linear(), ROWS))


def test_the_default_providers_fall_back_silently(tmp_path):
    save(tmp_path, linear())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load.load_pyfunc(tmp_path / "m")


def changed(tmp_path, **conf):
    meta = save(tmp_path, linear())
    meta.flavors["onnx"].update(conf)
    meta.save(tmp_path / "m/MLmodel")
    (tmp_path / "m" / manifest.NAME).unlink()
    return tmp_path / "m"


@pytest.mark.parametrize(
    "conf",
    [
        {"providers": [["CPUExecutionProvider", {"library": "x.so"}]]},
        {"onnx_session_options": {"extra_session_config": {"ep.context_file_path": "x"}}},
    ],
)
def test_options_that_may_load_libraries_are_a_hazard(tmp_path, conf):
    root = changed(tmp_path, **conf)
    with pytest.raises(UntrustedModel, match="can name"):
        load.load_pyfunc(root)
    with pytest.raises(UntrustedModel, match="can name"):
        load.load_pyfunc(root, trust=False)


@pytest.mark.parametrize(
    "conf",
    [
        {"providers": "CPU"},
        {"providers": [1]},
        {"onnx_session_options": [1]},
        {"onnx_session_options": {"execution_mode": "fast"}},
    ],
)
def test_entries_that_cannot_be_used(tmp_path, conf):
    with pytest.raises(CorruptModel, match="MLmodel's"):
        load.load_pyfunc(changed(tmp_path, **conf), trust=True)


def test_a_model_of_an_old_mlflow_names_no_providers(tmp_path):
    root = changed(tmp_path)
    meta = Model.load(root)
    del meta.flavors["onnx"]["providers"], meta.flavors["onnx"]["onnx_session_options"]
    meta.save(root / "MLmodel")
    same(load.load_pyfunc(root).predict(ROWS), run(linear(), ROWS))


def test_custom_operators_are_not_loaded(tmp_path):
    model = proto(
        [helper.make_node("Own", ["x"], ["y"], domain="own.ops")],
        [tensor("x", TensorProto.FLOAT, None, 4)],
        [tensor("y", TensorProto.FLOAT, None, 4)],
    )
    model.opset_import.append(helper.make_opsetid("own.ops", 1))
    with pytest.warns(UserWarning, match="cannot be loaded"):
        save(tmp_path, model)
    with pytest.raises(CorruptModel, match=r"own\.ops"):
        load.load_pyfunc(tmp_path / "m")
