"""PyTorch: modules, TorchScript, exported graphs, and what else may lie in their files."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import io
import json
import pickle
import sys
import threading
import warnings
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml

torch = pytest.importorskip("torch")

import modelwright
from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, NotFound, UntrustedModel
from modelwright.flavors.pytorch import archive, pickled
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model
from modelwright.models.signature import infer_signature

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
FRAME = pd.DataFrame(X.astype("float64"), columns=["a", "b", "c"], index=range(10, 18))
# torch 2.13 deprecates TorchScript and keeps it: users have such models, and we still take them.
SCRIPTED = pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated:DeprecationWarning")


class Net(torch.nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.first = torch.nn.Linear(3, width)
        self.drop = torch.nn.Dropout(0.5)
        self.last = torch.nn.Linear(width, 2)
        self.register_buffer("shift", torch.ones(2))

    def forward(self, x):
        return self.last(self.drop(torch.relu(self.first(x)))) + self.shift


class Pair(Net):
    def forward(self, x, y):
        return super().forward(x) * y.sum()


class Several(Net):
    def forward(self, x):
        return super().forward(x), x


def made(kind=Net):
    torch.manual_seed(0)
    return kind()


@cache
def net():
    return made().eval()


def native(model, data):
    values = data.to_numpy().astype("float32") if isinstance(data, pd.DataFrame) else data
    with torch.no_grad():
        return model(torch.from_numpy(values)).numpy()


class TestModule(FlavorContract):
    name, imports = "pytorch", "torch"

    def model(self):
        return net()

    def example(self):
        return X[:5]

    def predictions(self, model, data):
        return native(model, data)

    def test_an_unknown_option_is_an_error_at_once(self, tmp_path):
        """The rest goes to torch.save, which knows its own."""
        with pytest.raises(TypeError, match="no_such_option"):
            self.save(tmp_path / "m", no_such_option=1)
        assert not list(tmp_path.iterdir())


class TestFrame(TestModule):
    def example(self):
        return FRAME.head(5)


@SCRIPTED
class TestScript(TestModule):
    @staticmethod
    @cache
    def scripted():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return torch.jit.script(net())

    def model(self):
        return self.scripted()

    def test_an_unknown_option_is_an_error_at_once(self, tmp_path):
        pytest.skip("torch.jit.save takes no options")


class TestExported(TestModule):
    options = {"serialization_format": "pt2", "input_example": X[:5]}

    def test_an_unknown_option_is_an_error_at_once(self, tmp_path):
        with pytest.raises(InvalidArgument, match=r"takes no arguments of torch\.save, got no_such_option"):
            self.save(tmp_path / "m", no_such_option=1)
        assert not list(tmp_path.iterdir())

    def test_the_signature_is_inferred_from_the_example(self, saved):
        none = self.save(saved.with_name("none"), signature=False)
        assert none.signature is None
        assert str(Model.load(saved).signature.inputs) == str(infer_signature(X, native(net(), X)).inputs)


def save(model, root, **options):
    return save_model(load.flavor("pytorch"), model, root, **{"pip_requirements": [], **options})


def test_files_and_keys_are_mlflows(tmp_path):
    save(net(), tmp_path / "m", pip_requirements=None)
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())["flavors"]
    assert body["pytorch"] == {"model_data": "data", "pytorch_version": str(torch.__version__), "code": None}
    assert body["python_function"]["data"] == "data"
    assert body["python_function"]["pickle_module_name"] == "mlflow.pytorch.pickle_module"
    assert body["python_function"]["config"] == {"device": None}
    assert sorted(path.name for path in (tmp_path / "m/data").iterdir()) == ["model.pth", "pickle_module_info.txt"]
    assert (tmp_path / "m/data/pickle_module_info.txt").read_text() == "mlflow.pytorch.pickle_module"
    listed = (tmp_path / "m/requirements.txt").read_text().split()
    assert {line.partition("==")[0] for line in listed} >= {"torch", "cloudpickle"}
    assert not any("+cpu" in line for line in listed)


def test_frames_give_frames_and_arrays_arrays(tmp_path):
    save(net(), tmp_path / "m")
    model = modelwright.pyfunc.load_model(str(tmp_path / "m"))
    found = model.predict(FRAME)
    assert isinstance(found, pd.DataFrame)
    assert list(found.index) == list(FRAME.index)
    assert list(found.columns) == [0, 1]
    same(found, native(net(), FRAME))
    assert type(model.predict(X)) is np.ndarray
    assert model.get_raw_model().training is False
    for wrong in ([[1.0, 2.0, 3.0]], {"a": [1.0]}):
        with pytest.raises(InvalidArgument, match=r"scores a pandas\.DataFrame or a numpy\.ndarray, got a (list|dict)"):
            model.predict(wrong)


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16, torch.float16])
def test_modules_of_another_precision(tmp_path, kind):
    model = made().eval().to(kind)
    save(model, tmp_path / "m")
    loaded = modelwright.pyfunc.load_model(str(tmp_path / "m"))
    with torch.no_grad():
        wanted = model(torch.from_numpy(X).to(kind)).float().numpy()
    same(loaded.predict(FRAME), wanted)
    same(loaded.predict(X.astype("float64")), wanted)


def test_more_than_a_tensor_cannot_be_scored(tmp_path):
    save(made(Several), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="The model gives a tuple; scoring expects one tensor"):
        modelwright.pyfunc.load_model(str(tmp_path / "m")).predict(X)
    assert len(load.load_model(load.flavor("pytorch"), tmp_path / "m")(torch.from_numpy(X))) == 2


def test_the_device_is_chosen_when_the_model_is_loaded(tmp_path, monkeypatch):
    save(net(), tmp_path / "m", signature=infer_signature(X, native(net(), X), params={"device": "cpu"}))
    model = modelwright.pyfunc.load_model(str(tmp_path / "m"), model_config={"device": "cpu"})
    with pytest.raises(InvalidArgument, match="chosen when the model is loaded"):
        model.predict(X, params={"device": "cuda"})
    monkeypatch.setenv("MLFLOW_DEFAULT_PREDICTION_DEVICE", "meta")
    there = modelwright.pyfunc.load_model(str(tmp_path / "m"))
    assert {str(p.device) for p in there.get_raw_model().parameters()} == {"meta"}
    here = modelwright.pyfunc.load_model(str(tmp_path / "m"), model_config={"device": "cpu"})
    assert {str(p.device) for p in here.get_raw_model().parameters()} == {"cpu"}
    monkeypatch.setenv("MODELWRIGHT_DEFAULT_PREDICTION_DEVICE", "7")
    with pytest.raises(Exception, match=r"(?i)cuda"):  # a number is a GPU's, and there are not so many
        modelwright.pyfunc.load_model(str(tmp_path / "m"))


def test_a_model_of_a_gpu_loads_without_one(tmp_path):
    """The file says where each tensor was; here it is made to say what it says when that was a GPU."""
    save(net(), tmp_path / "m")
    path = tmp_path / "m/data/model.pth"
    _edit(path, "/data.pkl", lambda data: data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:9"))
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(RuntimeError, match="cuda"):
        torch.load(path, weights_only=False, map_location=lambda storage, location: None)
    same(modelwright.pyfunc.load_model(str(tmp_path / "m"), trust=True).predict(X), native(net(), X))
    flavor = load.flavor("pytorch")
    assert str(load.load_model(flavor, tmp_path / "m", trust=True).shift.device) == "cpu"
    meta = load.load_model(flavor, tmp_path / "m", trust=True, map_location="meta")
    assert str(meta.shift.device) == "meta"


class Shifted(torch.nn.Module):
    """Computes with a tensor that its graph makes, on the device where the graph was traced."""

    def forward(self, rows):
        return rows + torch.arange(3, dtype=torch.float32, device=rows.device)


@pytest.mark.parametrize("made", [net, Shifted])
def test_a_graph_of_a_gpu_loads_without_one(tmp_path, made):
    """MLflow 3 writes graphs on the device where the model is; here a file is made to say that it was a GPU."""
    save(made(), tmp_path / "m", input_example=X, serialization_format="pt2")
    path = tmp_path / "m/data/model.pt2"
    for name in ("models/model.json", "model_weights_config.json"):
        _edit(path, name, lambda data: data.replace(b'"cpu", "index": null', b'"cuda", "index": 9'))
    _edit(path, "sample_inputs/model.pt", _on_a_gpu)
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(Exception, match=r"(?i)cuda|deserializing"):
        torch.export.load(str(path))
    model = load.load_model(load.flavor("pytorch"), tmp_path / "m", trust=False)
    same(native(model, X), native(made(), X))
    same(modelwright.pyfunc.load_model(str(tmp_path / "m"), trust=False).predict(X), native(made(), X))


def _on_a_gpu(sample):
    """Tensors of torch.save, whose file says that they were on a GPU."""
    file = io.BytesIO(sample)
    _edit(file, "/data.pkl", lambda data: data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:9"))
    return file.getvalue()


def _edit(path, name, change):
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for key, data in parts.items():
            archive.writestr(key, change(data) if key.endswith(name) else data)


def test_a_user_keeps_mode_and_place_of_what_is_saved(tmp_path):
    model = made().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    save(model, tmp_path / "m", input_example=X)
    save(model, tmp_path / "e", input_example=X, serialization_format="pt2")
    assert all(part.training for part in model.modules())
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    assert load.load_model(load.flavor("pytorch"), tmp_path / "m").training is False


def test_classes_of_the_script_travel_inside(tmp_path):
    """As a notebook defines them; reading needs nothing of this file."""
    space = {"torch": torch, "__name__": "__main__"}
    exec("class Own(torch.nn.Module):\n    def forward(self, x):\n        return x * 2\n", space)
    space["Own"].__module__ = "__main__"
    save(space["Own"](), tmp_path / "m")
    same(modelwright.pyfunc.load_model(str(tmp_path / "m")).predict(X), X * 2)


def test_code_paths_bring_the_class(tmp_path):
    (tmp_path / "own_torch_net.py").write_text(
        "import torch\nclass Own(torch.nn.Module):\n    def forward(self, x):\n        return x * 3\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        import own_torch_net

        save(own_torch_net.Own(), tmp_path / "m", code_paths=[tmp_path / "own_torch_net.py"])
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("own_torch_net")
    (tmp_path / "own_torch_net.py").unlink()
    same(modelwright.pyfunc.load_model(str(tmp_path / "m")).predict(X), X * 3)
    assert "own_torch_net" not in sys.modules


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 4}])
@pytest.mark.parametrize("module", [None, pickle, modelwright.pytorch.pickle_module], ids=str)
def test_pickle_modules_and_older_files(tmp_path, module, options):
    save(net(), tmp_path / "m", pickle_module=module, **options)
    names = {None: "mlflow.pytorch.pickle_module", pickle: "pickle"}
    written = (tmp_path / "m/data/pickle_module_info.txt").read_text()
    assert written == names.get(module, "mlflow.pytorch.pickle_module")
    same(modelwright.pyfunc.load_model(str(tmp_path / "m")).predict(X), native(net(), X))
    again = modelwright.pytorch.load_model(str(tmp_path / "m"), pickle_module=pickle, mmap=not options)
    same(native(again, X), native(net(), X))


def test_a_pickle_module_that_is_gone_or_none(tmp_path):
    save(net(), tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    info = tmp_path / "m/data/pickle_module_info.txt"
    info.write_text("no_such_pickle_module")
    with pytest.raises(MissingDependency, match="was pickled with the module 'no_such_pickle_module'"):
        modelwright.pytorch.load_model(str(tmp_path / "m"), trust=True)
    info.write_text("not a name")
    with pytest.raises(CorruptModel, match="which is no module's name"):
        modelwright.pytorch.load_model(str(tmp_path / "m"), trust=True)
    info.unlink()  # as very old models are
    same(native(modelwright.pytorch.load_model(str(tmp_path / "m"), trust=True), X), native(net(), X))


def test_what_is_no_module(tmp_path):
    with pytest.raises(InvalidArgument, match=r"Expected a torch\.nn\.Module, got a builtins.int"):
        save(7, tmp_path / "m")
    with pytest.raises(InvalidArgument, match="log_state_dict"):
        save(net().state_dict(), tmp_path / "m")
    with pytest.raises(InvalidArgument, match="serialization_format must be 'pickle' or 'pt2', got 'onnx'"):
        save(net(), tmp_path / "m", serialization_format="onnx")
    lame = made()
    lame.lock = threading.Lock()
    with pytest.raises(InvalidArgument, match="cannot be pickled"):
        save(lame, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_a_file_with_something_else_in_it(tmp_path):
    save(net(), tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    torch.save({"weights": 1}, tmp_path / "m/data/model.pth")
    with pytest.raises(CorruptModel, match=r"holds a collections\.|holds a builtins\.dict; expected a torch.nn.Module"):
        modelwright.pytorch.load_model(str(tmp_path / "m"), trust=True)


def test_distributed_training_stays_behind(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        wrapped = torch.nn.parallel.DistributedDataParallel(made().eval())
        save(wrapped, tmp_path / "m")
    finally:
        torch.distributed.destroy_process_group()
    assert type(modelwright.pytorch.load_model(str(tmp_path / "m"))).__name__ == "Net"


def test_extra_files_and_a_requirements_file(tmp_path):
    (tmp_path / "notes.txt").write_text("n")
    (tmp_path / "needs.txt").write_text("alpha==1\nbeta\n")
    with pytest.warns(FutureWarning, match="pip_requirements"):
        save(
            net(), tmp_path / "m", extra_files=[str(tmp_path / "notes.txt")], pip_requirements=None,
            requirements_file=str(tmp_path / "needs.txt"),
        )  # fmt: skip
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())["flavors"]["pytorch"]
    assert body["extra_files"] == [{"path": "extra_files/notes.txt"}]
    assert body["requirements_file"] == {"path": "needs.txt"}
    assert (tmp_path / "m/extra_files/notes.txt").read_text() == "n"
    assert (tmp_path / "m/requirements.txt").read_text().split()[-2:] == ["alpha==1", "beta"]
    with pytest.raises(InvalidArgument, match="must be a list of paths"):
        save(net(), tmp_path / "n", extra_files=str(tmp_path / "notes.txt"))


class TestExporting:
    def test_any_number_of_rows(self, tmp_path):
        save(net(), tmp_path / "m", input_example=X[:1], serialization_format="pt2")
        model = modelwright.pyfunc.load_model(str(tmp_path / "m"))
        for rows in (1, 2, 8):
            same(model.predict(X[:rows]), native(net(), X[:rows]))

    def test_nothing_of_the_sources_is_in_it(self, tmp_path):
        save(net(), tmp_path / "m", input_example=X, serialization_format="pt2")
        with zipfile.ZipFile(tmp_path / "m/data/model.pt2") as found:
            graph = next(found.read(name) for name in found.namelist() if name.endswith("model.json"))
            sample = next(found.read(name) for name in found.namelist() if "sample_inputs" in name)
        assert __file__.encode() not in graph
        ((rows,), _) = torch.load(io.BytesIO(sample), weights_only=True)
        assert not rows.any()
        assert not (tmp_path / "m/data/pickle_module_info.txt").exists()

    def test_the_older_spelling(self, tmp_path):
        with pytest.warns(FutureWarning, match="serialization_format='pt2'"):
            save(net(), tmp_path / "m", input_example=X, export_model=True)
        assert (tmp_path / "m/data/model.pt2").exists()

    def test_several_inputs_are_for_pytorch_alone(self, tmp_path):
        example = [torch.from_numpy(X), torch.ones(8, 1)]
        meta = save(made(Pair), tmp_path / "m", input_example=example, serialization_format="pt2")
        assert list(meta.flavors) == ["pytorch"]
        assert meta.saved_input_example_info is None
        model = modelwright.pytorch.load_model(str(tmp_path / "m"))
        assert model(*example).shape == (8, 2)
        with pytest.raises(NotFound, match="cannot be scored"):
            modelwright.pyfunc.load_model(str(tmp_path / "m"))

    def test_a_tensor_is_an_example_too(self, tmp_path):
        meta = save(net(), tmp_path / "m", input_example=torch.from_numpy(X), serialization_format="pt2")
        assert meta.saved_input_example_info["type"] == "ndarray"
        assert "float32" in str(meta.signature.inputs)

    def test_what_cannot_be_traced(self, tmp_path):
        class Branches(torch.nn.Module):
            def forward(self, x):
                return x if x.sum() > 0 else -x

        for example, said in ((None, "got none"), ("text", "got a builtins.str"), ([], "got a builtins.list")):
            with pytest.raises(InvalidArgument, match=f"traces the module on its input_example.*{said}"):
                save(net(), tmp_path / "m", input_example=example, serialization_format="pt2")
        with pytest.raises(InvalidArgument, match=r"cannot trace the .*Branches.*serialization_format='pickle'"):
            save(Branches(), tmp_path / "m", input_example=X, serialization_format="pt2")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            script = torch.jit.script(net())
        with pytest.raises(InvalidArgument, match="TorchScript cannot be exported"):
            save(script, tmp_path / "m", input_example=X, serialization_format="pt2")
        assert not list(tmp_path.iterdir())

    def test_a_size_that_forward_fixes_is_told(self, tmp_path):
        class Fixed(torch.nn.Module):
            def forward(self, x):
                return x + torch.ones(8, 3)

        with pytest.warns(UserWarning, match="takes only inputs with 8 along axis 0 of 'x'"):
            save(Fixed(), tmp_path / "m", input_example=X, serialization_format="pt2", verify=False, signature=False)

    def test_it_moves_to_a_device(self, tmp_path):
        save(net(), tmp_path / "m", input_example=X, serialization_format="pt2")
        moved = modelwright.pytorch.load_model(str(tmp_path / "m"), device="meta")
        assert {str(tensor.device) for tensor in moved.state_dict().values()} == {"meta"}


class TestWhatAnArchiveHolds:
    """Each is a way by which reading an archive of torch.export runs code."""

    @pytest.fixture
    def path(self, tmp_path):
        program = torch.export.export(net(), (torch.from_numpy(X),), dynamic_shapes=({0: torch.export.Dim.AUTO},))
        torch.export.save(program, str(tmp_path / "plain.pt2"))
        return tmp_path / "plain.pt2"

    def graph(self, path, change):
        def edit(data):
            body = json.loads(data)
            change(body)
            return json.dumps(body).encode()

        _edit(path, "models/model.json", edit)

    def test_as_torch_writes_it_nothing(self, path):
        """With stack traces and with sample inputs, a pickle of tensors alone."""
        assert archive.suspicious(path) is None

    @pytest.mark.parametrize(
        "name", ["data/weights/model.pt", "data/aotinductor/model/x.so", "data/constants/opaque_obj_0"]
    )
    def test_other_files(self, path, name):
        with zipfile.ZipFile(path, "a") as found:
            found.writestr(f"plain/{name}", b"")
        assert name in archive.suspicious(path)

    def test_names_that_differ_by_case(self, path):
        with zipfile.ZipFile(path, "a") as found:
            found.writestr("plain/models/Model.json", b"{}")
        assert "read in two ways" in archive.suspicious(path)

    def test_sample_inputs_that_hold_more_than_tensors(self, path):
        class Evil:
            def __reduce__(self):
                return print, ("unpickled",)

        data = io.BytesIO()
        torch.save(((Evil(),), {}), data)
        _edit(path, "sample_inputs/model.pt", lambda _: data.getvalue())
        assert "names __builtin__.print" in archive.suspicious(path)

    def test_weights_as_pickles(self, path):
        def change(data):
            body = json.loads(data)
            next(iter(body["config"].values()))["use_pickle"] = True
            return json.dumps(body).encode()

        _edit(path, "model_weights_config.json", change)
        assert "as a pickle" in archive.suspicious(path)

    def test_sizes_that_are_programs(self, path):
        text = "Symbol('s77', positive=True)+__import__('os').system('true')"
        self.graph(path, lambda body: _put(body, "expr_str", text))
        assert "expr_str" in archive.suspicious(path)

    @pytest.mark.parametrize("target", ["torch.os.system", "torch.ops.aten.from_file.default", "math.floor()"])
    def test_operators_that_are_none(self, path, target):
        self.graph(path, lambda body: _put(body, "target", target))
        assert target in archive.suspicious(path)

    def test_names_of_inputs_that_are_programs(self, path):
        self.graph(path, lambda body: _put(body, "forward_arg_names", ["x=print()"]))
        assert "forward_arg_names" in archive.suspicious(path)

    def test_guards(self, path):
        self.graph(path, lambda body: body.update(guards_code=["L['x'].size()[0] <= 9", "L['x'].size()[1] == 3"]))
        assert archive.suspicious(path) is None
        self.graph(path, lambda body: body.update(guards_code=["print(1)"]))
        assert "guards_code" in archive.suspicious(path)

    def test_inputs_in_classes(self, path):
        spec = '[1, {"type": "collections.namedtuple", "context": "\\"os.system\\"", "children_spec": []}]'
        self.graph(path, lambda body: _put(body, "in_spec", spec))
        assert "in_spec" in archive.suspicious(path)

    def test_no_archive(self, path):
        path.write_bytes(b"nothing")
        assert "is no archive of torch.export" in archive.suspicious(path)

    def test_the_gate_is_asked(self, path, tmp_path):
        save(net(), tmp_path / "m", input_example=X, serialization_format="pt2")
        (tmp_path / "m" / manifest.NAME).unlink()
        modelwright.pyfunc.load_model(str(tmp_path / "m"), trust=False)
        self.graph(tmp_path / "m/data/model.pt2", lambda body: _put(body, "target", "torch.os.system"))
        with pytest.raises(UntrustedModel, match=r"torch\.os\.system"):
            modelwright.pyfunc.load_model(str(tmp_path / "m"))


def _put(value, key, text):
    """Give the first entry called `key`, wherever it is, another value."""
    if isinstance(value, dict):
        if key in value:
            value[key] = text
            return True
        return any(_put(item, key, text) for item in value.values())
    return isinstance(value, list) and any(_put(item, key, text) for item in value)


class TestStateDicts:
    def test_saved_and_loaded(self, tmp_path):
        for options, name in (
            ({}, "state_dict.pth"),
            ({"serialization_format": "safetensors"}, "state_dict.safetensors"),
        ):
            folder = tmp_path / name
            modelwright.pytorch.save_state_dict(net().state_dict(), folder, **options)
            assert [path.name for path in folder.iterdir()] == [name]
            found = modelwright.pytorch.load_state_dict(str(folder))
            assert all(torch.equal(value, found[key]) for key, value in net().state_dict().items())

    def test_logged(self):
        with modelwright.start_run() as run:
            modelwright.pytorch.log_state_dict({"model": net().state_dict(), "epoch": 3}, "ckpt")
        found = modelwright.pytorch.load_state_dict(f"runs:/{run.info.run_id}/ckpt", map_location="cpu")
        assert found["epoch"] == 3
        made().load_state_dict(found["model"])

    def test_a_checkpoint_of_objects_is_a_matter_of_trust(self, tmp_path):
        modelwright.pytorch.save_state_dict({"model": net()}, tmp_path)
        with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
            modelwright.pytorch.load_state_dict(str(tmp_path))
        with pytest.raises(UntrustedModel, match="is a pickle"):
            modelwright.pytorch.load_state_dict(str(tmp_path), weights_only=False)
        found = modelwright.pytorch.load_state_dict(str(tmp_path), weights_only=False, trust=True)
        assert type(found["model"]) is Net

    def test_what_is_none(self, tmp_path):
        with pytest.raises(InvalidArgument, match=r"pass model\.state_dict\(\)"):
            modelwright.pytorch.save_state_dict(net(), tmp_path)
        with pytest.raises(InvalidArgument, match="tensors only, these are none: epoch"):
            modelwright.pytorch.save_state_dict({"epoch": 3}, tmp_path, serialization_format="safetensors")
        with pytest.raises(InvalidArgument, match="must be 'pickle' or 'safetensors'"):
            modelwright.pytorch.save_state_dict({}, tmp_path, serialization_format="npz")
        with pytest.raises(NotFound, match=r"neither state_dict\.pth nor"):
            modelwright.pytorch.load_state_dict(str(tmp_path))


def test_positions_and_further_options_of_torch_load(tmp_path):
    modelwright.pytorch.save_model(net(), str(tmp_path / "m"), None, None, None, None, None, X, pip_requirements=[])
    model = modelwright.pytorch.load_model(str(tmp_path / "m"), str(tmp_path / "copy"), mmap=True)
    same(native(model, X), native(net(), X))
    with pytest.raises(UntrustedModel, match="holds more than weights, and weights_only=True was given"):
        modelwright.pytorch.load_model(str(tmp_path / "m"), weights_only=True)


def test_where_a_tensor_goes_that_was_elsewhere():
    storage = object()
    assert pickled.nearest(storage, "cuda:3") is storage or torch.cuda.device_count() > 3
    assert pickled.nearest(storage, "cpu") is None
    assert pickled.nearest(storage, "meta") is None


def test_the_pickle_module_is_a_module(tmp_path):
    """As programs written for MLflow import it."""
    import modelwright.pytorch.pickle_module as pickle_module

    torch.save(net(), tmp_path / "net.pth", pickle_module=pickle_module)
    loaded = torch.load(tmp_path / "net.pth", pickle_module=pickle_module, weights_only=False)
    same(native(loaded, X), native(net(), X))
    assert sys.modules["modelwright.pytorch.pickle_module"] is pickle_module
