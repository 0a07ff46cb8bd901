"""ONNX models, scored by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import CorruptModel, InvalidArgument
from ...core.frameworks import require
from ...models.flavor import Flavor, Form, Predictor, Saved, Stored, class_name
from . import external, session
from .predictor import OnnxPredictor

_FILE = "model.onnx"
_WEIGHTS = "model.onnx.data"
_LARGE = 1024  # bytes from which the onnx package stores a tensor outside the model's own file


class Onnx(Flavor):
    """ONNX models."""

    name = "onnx"
    model_arg = "onnx_model"
    packages = ("onnx", "onnxruntime")
    version_key = "onnx_version"
    forms = (Form("ONNX", _FILE, "no, unless it gives an execution provider options"),)
    types = ("onnx:ModelProto",)
    constants = {"ONNX_EXECUTION_PROVIDERS": list(session.DEFAULT_PROVIDERS)}
    save_order = (
        "conda_env", "code_paths", "mlflow_model", "signature", "input_example", "pip_requirements",
        "extra_pip_requirements", "onnx_execution_providers", "onnx_session_options", "metadata",
        "save_as_external_data",
    )  # fmt: skip
    log_order = (
        "conda_env", "code_paths", "registered_model_name", "signature", "input_example", "await_registration_for",
        "pip_requirements", "extra_pip_requirements", "onnx_execution_providers", "onnx_session_options", "metadata",
        "save_as_external_data",
    )  # fmt: skip

    def save(
        self,
        model: Any,
        root: Path,
        *,
        onnx_execution_providers: Sequence[str | tuple[str, Mapping[str, Any]]] | None = None,
        onnx_session_options: Mapping[str, Any] | None = None,
        save_as_external_data: bool = True,
    ) -> Saved:
        """Write a model.

        Args:
            model: An onnx.ModelProto, or its serialized bytes.
            root: Where to.
            onnx_execution_providers: What ONNX Runtime computes with, the preferred one first: names, or tuples of a
                name and its options. If not given: CUDA, where there is none the CPU.
            onnx_session_options: Any of "intra_op_num_threads", "inter_op_num_threads", "execution_mode" ("sequential"
                or "parallel"), "graph_optimization_level" (0, 1, 2 or 99), and "extra_session_config", a dictionary.
            save_as_external_data: Whether large tensors are written to a file of their own. A model of 2 GiB or more
                can be written in no other way.
        """
        onnx = require("onnx")
        proto = _proto(onnx, model)
        conf = {
            "onnx_version": onnx.__version__,
            "data": _FILE,
            "providers": session.checked_providers(onnx_execution_providers),
            "onnx_session_options": session.checked_options(onnx_session_options),
        }
        large = [tensor for tensor in _tensors(proto.graph) if len(tensor.raw_data) >= _LARGE]
        if save_as_external_data and large:
            own, proto = proto, onnx.ModelProto()  # for onnx takes the tensors out of the model that it writes
            proto.CopyFrom(own)
        try:
            onnx.save_model(
                proto, str(root / _FILE), save_as_external_data=bool(save_as_external_data), location=_WEIGHTS
            )
        except ValueError as error:  # protobuf's limit
            raise InvalidArgument(f"onnx cannot write the model: {error}; use save_as_external_data=True") from error
        return Saved(conf, {"data": _FILE})

    def load(self, at: Stored) -> Any:
        onnx = require("onnx")
        path = self._file(at)
        with self.reading(at, path):
            onnx.checker.check_model(str(path))
            return onnx.load(str(path))

    def open(self, at: Stored) -> Predictor:
        path = self._file(at)
        with self.reading(at, path):
            return OnnxPredictor(session.start(path, at.conf))

    def wrap(self, model: Any, at: Stored) -> Predictor:
        return self.open(at)  # a session reads the weights beside the file, so it starts from there

    def hazard(self, at: Stored) -> str | None:
        # A model is a graph of operators that the runtime brings: libraries of custom operators are never loaded.
        return session.hazard(at.conf)

    def _file(self, at: Stored) -> Path:
        """The model's file, once it is known that everything it refers to lies in its directory."""
        path = at.path("data", _FILE)
        for location in external.locations(path):
            try:
                found = external.beside(path, location)
            except InvalidArgument as error:
                raise CorruptModel(f"'{path}' keeps weights outside of its directory: {error}") from error
            if not found.is_file():
                raise CorruptModel(f"The model in '{at.root}' lacks '{location}', where '{path.name}' keeps weights")
        return path


def _proto(onnx: Any, model: Any) -> Any:
    """The model as a ModelProto that holds all its weights."""
    if isinstance(model, bytes):
        try:
            model = onnx.load_model_from_string(model)
        except Exception as error:  # protobuf's own DecodeError, which moved from module to module
            raise InvalidArgument(f"The bytes given are no serialized ONNX model: {error}") from error
    if not isinstance(model, onnx.ModelProto):
        inner = getattr(model, "model_proto", None)  # torch.onnx.export gives a program around it
        hint = "its model_proto" if isinstance(inner, onnx.ModelProto) else "what onnx.load gives"
        raise InvalidArgument(f"Expected an onnx.ModelProto, got a {class_name(model)}; pass {hint}")
    if not model.HasField("graph"):
        raise InvalidArgument("The onnx.ModelProto is empty: it has no graph")
    if absent := [t.name for t in _tensors(model.graph) if t.data_location == onnx.TensorProto.EXTERNAL]:
        raise InvalidArgument(
            f"The tensors {', '.join(map(repr, absent))} are not in memory; load the model with its external data: "
            f"onnx.load(path)"
        )
    return model


def _tensors(graph: Any) -> Iterator[Any]:
    """The weights of a graph and of those inside its nodes (the branches of an If, the body of a Loop)."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from [attribute.t, *attribute.tensors] if attribute.HasField("t") else attribute.tensors
            for inner in (attribute.g, *attribute.graphs) if attribute.HasField("g") else attribute.graphs:
                yield from _tensors(inner)
