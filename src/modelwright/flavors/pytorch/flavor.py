"""The PyTorch flavor: which file a module goes to, and what comes back.

data/model.pth                 a pickle of the module (torch.save), or TorchScript
data/pickle_module_info.txt    the pickle module of that file, by name
data/model.pt2                 instead of both: the exported graph (torch.export)
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Literal, get_args

from ...core.callers import stacklevel
from ...core.errors import CorruptModel, InvalidArgument
from ...core.frameworks import require
from ...core.settings import PREDICTION_DEVICE
from ...models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from . import attached, exported, pickled
from .predictor import TensorPredictor

Serialization = Literal["pickle", "pt2"]
_DATA = "data"


class PyTorch(Flavor):
    """PyTorch models."""

    name = "pytorch"
    model_arg = "pytorch_model"
    packages = ("torch", "cloudpickle")
    version_key = "pytorch_version"
    forms = (
        Form("pickle", "data/model.pth", "yes"),
        Form("TorchScript", "data/model.pth", "yes, as far as TorchScript can"),
        Form("exported graph", "data/model.pt2", "no, unless it holds pickles, libraries or unusual operators"),
    )
    types = ("torch:Module", "torch:ScriptModule")
    constants = {"SERIALIZATION_FORMAT_PICKLE": "pickle", "SERIALIZATION_FORMAT_PT2": "pt2"}
    names = {
        "MlflowModelCheckpointCallback": "modelwright.autolog.pytorch.checkpoints:MlflowModelCheckpointCallback",
        "load_checkpoint": "modelwright.flavors.pytorch.checkpoints:load_checkpoint",
        "load_state_dict": "modelwright.flavors.pytorch.state_dicts:load_state_dict",
        "log_state_dict": "modelwright.flavors.pytorch.state_dicts:log_state_dict",
        "pickle_module": "modelwright.flavors.pytorch.pickle_module",
        "save_state_dict": "modelwright.flavors.pytorch.state_dicts:save_state_dict",
        "watch": "modelwright.autolog.pytorch.watch:watch",
    }
    save_order = (
        "conda_env", "mlflow_model", "code_paths", "pickle_module", "signature", "input_example", "requirements_file",
        "extra_files", "pip_requirements", "extra_pip_requirements", "metadata",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "pickle_module", "registered_model_name", "signature", "input_example",
        "await_registration_for", "requirements_file", "extra_files", "pip_requirements", "extra_pip_requirements",
        "metadata",
    )  # fmt: skip

    def save(
        self,
        model: Any,
        root: Path,
        *,
        pickle_module: Any = None,
        requirements_file: str | None = None,
        serialization_format: Serialization = "pickle",
        export_model: bool = False,
        signature: Any = None,
        input_example: Any = None,
        **kwargs: Any,
    ) -> Saved:
        """Write a module.

        Args:
            model: A torch.nn.Module, or TorchScript made by torch.jit.
            root: Where to.
            pickle_module: A module with a Pickler, to write the file with; `modelwright.pytorch.pickle_module` if not
                given, which packs classes of your own script.
            requirements_file: The older way to give requirements: pip_requirements.
            serialization_format: "pickle" writes the module whatever it does; "pt2" traces it on the input example and
                writes the graph (torch.export), which runs no code when it is loaded.
            export_model: The older spelling of serialization_format="pt2".
            **kwargs: Further arguments of torch.save.
        """
        torch = require("pytorch")
        model = _module(torch, model)
        if export_model:
            warnings.warn("export_model=True is now serialization_format='pt2'", FutureWarning, stacklevel=stacklevel())
        chosen = "pt2" if export_model else serialization_format
        if chosen not in get_args(Serialization):
            raise InvalidArgument(f"serialization_format must be 'pickle' or 'pt2', got {serialization_format!r}")
        (root / _DATA).mkdir()
        conf: dict[str, Any] = {"model_data": _DATA, "pytorch_version": str(torch.__version__)}
        saved = Saved(conf, {"data": _DATA, "config": {"device": None}}, example=_storable)
        if chosen == "pt2":
            single = exported.write(model, root / _DATA, input_example, signature, kwargs)
            saved.pyfunc = {**(saved.pyfunc or {}), "pickle_module_name": pickled.NAME} if single else None
        else:
            name, saved.modules = pickled.write(model, root / _DATA, pickle_module, kwargs)
            saved.pyfunc = {**(saved.pyfunc or {}), "pickle_module_name": name}
        saved.requirements, entry = attached.requirements(root, requirements_file)
        conf.update(entry)
        return saved

    def load(
        self,
        at: Stored,
        *,
        map_location: Any = None,
        device: str | None = None,
        pickle_module: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Read a module, in evaluation mode.

        Args:
            at: From where.
            map_location: As torch.load takes it. If not given, tensors of a device that this machine lacks come to
                the processor.
            device: Where to move the module once it is read.
            pickle_module: A module with an Unpickler, to read the file with.
            **kwargs: Further arguments of torch.load.
        """
        require("pytorch")
        path = self._file(at)
        with self.reading(at, path):
            if path.suffix == ".pt2":
                return exported.read(path, device or map_location)
            model = pickled.read(path, at.code, map_location, pickle_module, kwargs)
        if not callable(getattr(model, "eval", None)):
            raise CorruptModel(f"'{path}' holds a {class_name(model)}; expected a torch.nn.Module")
        model.eval()
        return model.to(device) if device else model

    def open(self, at: Stored) -> Predictor:
        device = _device(at)
        return TensorPredictor(self.load(at, device=device), device)

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return TensorPredictor(model)  # where the module is: it may be the user's own, who wants it to stay there

    def hazard(self, at: Stored) -> str | None:
        path = self._file(at)
        return exported.hazard(path) if path.suffix == ".pt2" else pickled.hazard(path)

    def _file(self, at: Stored) -> Path:
        found = at.path("model_data", _DATA) if at.conf else at.file(at.pyfunc.get("data") or _DATA, "data")
        if not found.is_dir():
            return found
        name = next((name for name in ("model.pth", "model.pt2") if (found / name).is_file()), "model.pth")
        return at.file((found / name).relative_to(at.root).as_posix(), "model_data")


def _module(torch: Any, model: Any) -> Any:
    """The module to save; what distributed training wrapped it in stays behind, for it needs its processes."""
    if isinstance(model, torch.nn.parallel.DistributedDataParallel):
        return model.module
    if isinstance(model, torch.nn.Module):
        return model
    hint = "log_state_dict and save_state_dict take a state dictionary" if isinstance(model, dict) else "pass the model"
    raise InvalidArgument(f"Expected a torch.nn.Module, got a {class_name(model)}; {hint}")


def _storable(example: Any) -> Any:
    """The input example as it is stored: a tensor as an array; several inputs not at all."""
    if hasattr(example, "detach") and hasattr(example, "numpy"):
        return example.detach().cpu().numpy()
    several = isinstance(example, (list, tuple)) and any(hasattr(item, "detach") for item in example)
    return None if several else example


def _device(at: Stored) -> str:
    """Where the model shall predict: as configured, else as the environment says, else on a GPU if there is one."""
    chosen = at.config.get("device") or PREDICTION_DEVICE.get()
    if chosen:
        return f"cuda:{chosen}" if str(chosen).isdigit() else str(chosen)
    return "cuda" if require("pytorch").cuda.is_available() else "cpu"
