"""Modules as exported graphs: the format of torch.export, which MLflow 3 calls "pt2".

The graph is traced by running the module on the input example, on the processor and in evaluation mode. Whatever the
signature leaves open (the rows, without one) is open in the graph too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.callers import stacklevel
from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...models.flavor import class_name
from . import archive, devices
from .predictor import evaluating, where

_FILE = "model.pt2"


def write(model: Any, folder: Path, example: Any, signature: Any, options: Mapping[str, Any]) -> bool:
    """Write the graph; whether it takes a single tensor, and so can be scored."""
    torch = require("pytorch")
    if options:
        raise InvalidArgument(f"serialization_format='pt2' takes no arguments of torch.save, got {', '.join(options)}")
    if isinstance(model, torch.jit.ScriptModule):
        raise InvalidArgument("TorchScript cannot be exported; save it with serialization_format='pickle'")
    device, inputs = where(model), _inputs(torch, example)
    open_axes = [_open_axes(axes, tensor) for axes, tensor in zip(_shapes(signature, inputs), inputs, strict=True)]
    inputs = [_two_at_least(torch, tensor, axes).to(device) for tensor, axes in zip(inputs, open_axes, strict=True)]
    shapes = tuple(dict.fromkeys(axes, torch.export.Dim.AUTO) for axes in open_axes)
    with evaluating(model):
        try:
            program = torch.export.export(model, tuple(inputs), dynamic_shapes=shapes)
        except Exception as error:  # torch has no common base class for what it cannot trace
            raise InvalidArgument(
                f"torch.export cannot trace the {class_name(model)}: {_first_line(error)}. Its forward must not depend "
                f"on the values in its tensors; else use serialization_format='pickle'"
            ) from error
    if device != "cpu":  # else it could be read only where there is such a device
        program = require("pytorch", "torch.export.passes").move_to_device_pass(program, "cpu")
    _warn_of_fixed(program, inputs, open_axes)
    # The user's rows stay out of it. None would do for torch, but MLflow 3 refuses the empty file that it leaves.
    program.example_inputs = (tuple(torch.zeros_like(tensor, device="cpu") for tensor in inputs), {})
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths and lines of the user's sources
    torch.export.save(program, str(folder / _FILE))
    return len(inputs) == 1


def read(path: Path, device: Any) -> Any:
    """The graph as a module, on a device if one is given; of a device that is not here it comes to the processor."""
    torch = require("pytorch")
    program = torch.export.load(devices.loadable(path))
    if device and str(device) != where(program):
        program = require("pytorch", "torch.export.passes").move_to_device_pass(program, str(device))
    return program.module()


def hazard(path: Path) -> str | None:
    """Why reading the file may run code; None if nothing in it can be taken for code."""
    found = archive.suspicious(path)
    return f"its file '{path.name}' {found}" if found else None


def _inputs(torch: Any, example: Any) -> list[Any]:
    """The tensors to trace with."""
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], dict):
        example = example[0]  # data and params
    several = list(example) if isinstance(example, (list, tuple)) else [example]
    found = [_tensor(torch, one) for one in several]
    if not found or any(one is None for one in found):
        kind = "none" if example is None else f"a {class_name(example)}"
        raise InvalidArgument(
            f"serialization_format='pt2' traces the module on its input_example: expected an array, a tensor, a frame, "
            f"or a list of arrays and tensors, got {kind}"
        )
    return found


def _tensor(torch: Any, example: Any) -> Any:
    if isinstance(example, torch.Tensor):
        return example.detach()
    if hasattr(example, "iloc") and hasattr(example, "columns"):
        return torch.tensor(example.to_numpy().astype("float32"))
    if hasattr(example, "dtype") and hasattr(example, "__array__"):
        return torch.tensor(example)
    return None


def _shapes(signature: Any, inputs: list[Any]) -> list[Any]:
    """The shapes that the signature declares; None where it declares none."""
    declared = getattr(signature, "inputs", None)
    if declared is None or not declared.is_tensor_spec() or len(declared.inputs) != len(inputs):
        return [None] * len(inputs)
    return [spec.shape for spec in declared.inputs]


def _open_axes(shape: Any, tensor: Any) -> list[int]:
    if shape is None:
        return [0] if tensor.ndim else []
    return [axis for axis, size in enumerate(shape) if size == -1 and axis < tensor.ndim]


def _two_at_least(torch: Any, tensor: Any, axes: list[int]) -> Any:
    """The tensor with an open axis of one repeated, for torch takes 1 for a size that never changes."""
    for axis in axes:
        if tensor.shape[axis] == 1:
            tensor = torch.cat([tensor, tensor], axis)
    return tensor


def _warn_of_fixed(program: Any, inputs: list[Any], open_axes: list[list[int]]) -> None:
    names = list(program.graph_signature.user_inputs)
    values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    for name, tensor, axes in zip(names, inputs, open_axes, strict=False):
        for axis in axes:
            if str(values[name].shape[axis]).isdigit():  # else a name, such as s77
                warnings.warn(
                    f"The exported model takes only inputs with {tensor.shape[axis]} along axis {axis} of {name!r}: "
                    f"its forward fixes that size",
                    UserWarning,
                    stacklevel=stacklevel(),
                )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
