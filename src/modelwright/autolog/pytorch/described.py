"""A PyTorch module and its optimizers: whether they can be watched, and what is written down of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.errors import InvalidArgument
from ...core.frameworks import require
from ...models.flavor import class_name
from ..integration import Sample

_ROWS = 5


def check(model: Any, optimizers: Sequence[Any], loss: Any, every: Any) -> None:
    """InvalidArgument for what is not what `watch` takes."""
    torch = require("pytorch")
    if not isinstance(model, torch.nn.Module):
        raise InvalidArgument(f"Expected a torch.nn.Module to watch, got a {class_name(model)}")
    for optimizer in optimizers:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise InvalidArgument(f"Expected a torch.optim.Optimizer, or a list of them, got a {class_name(optimizer)}")
    if loss is not None and not isinstance(loss, torch.nn.Module):
        raise InvalidArgument(
            f"loss must be a module such as torch.nn.CrossEntropyLoss(), got a {class_name(loss)}; of a function, pass "
            f"the values on: watched.log(loss=value)"
        )
    if every is not None and (not isinstance(every, int) or isinstance(every, bool) or every < 1):
        raise InvalidArgument(f"log_every_n_step={every!r}; expected a whole number from 1, or None")


def settings(model: Any, optimizers: Sequence[Any]) -> dict[str, Any]:
    """The sizes of the module and the settings of the optimizers; those after the first have a number."""
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    found: dict[str, Any] = {
        "number_of_parameters": sum(size for size, _ in counts),
        "trainable_parameters": sum(size for size, trained in counts if trained),
    }
    for number, optimizer in enumerate(optimizers, 1):
        ending = "" if number == 1 else f"_{number}"
        found[f"optimizer_name{ending}"] = type(optimizer).__name__
        found |= {f"{name}{ending}": value for name, value in optimizer.defaults.items()}
    return found


def learning_rates(optimizers: Sequence[Any]) -> dict[str, float]:
    """The learning rate of each group of parameters; those after the first have a number."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    names = ["learning_rate", *(f"learning_rate_{number}" for number in range(2, len(groups) + 1))]
    return {name: float(group["lr"]) for name, group in zip(names, groups, strict=True) if "lr" in group}


def gradient_norm(optimizers: Sequence[Any]) -> Any:
    """The length of all gradients as one vector, as a tensor; None if there are none."""
    torch = require("pytorch")
    parameters = (p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"])
    found = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not found:
        return None
    dense = [grad.coalesce().values() if grad.is_sparse else grad for grad in found]
    norms = [torch.linalg.vector_norm(grad.detach().float()) for grad in dense]
    return torch.linalg.vector_norm(torch.stack([norm.to(norms[0].device) for norm in norms]))


def summary(model: Any) -> str:
    """The module's parts, one a line, with their classes and how many parameters they hold."""
    lines = [("name", "class", "parameters", "trainable")]
    for name, part in saved(model).named_modules():
        own = [(p.numel(), p.requires_grad) for p in part.parameters()]
        sizes = sum(size for size, _ in own), sum(size for size, trained in own if trained)
        lines.append((name or "(all)", type(part).__name__, f"{sizes[0]:,}", f"{sizes[1]:,}"))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    aligned = (
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in lines
    )
    return "\n".join(aligned) + "\n"


def saved(model: Any) -> Any:
    """The module itself, out of what compiling or distributed training wrapped it in."""
    wrapped = getattr(model, "_orig_mod", model)
    parallel = require("pytorch").nn.parallel
    return wrapped.module if isinstance(wrapped, parallel.DistributedDataParallel) else wrapped


def rows(args: Sequence[Any]) -> Any:
    """The first rows of the one tensor that a module is called with, as an array; nothing of other arguments."""
    torch = require("pytorch")
    given = args[0]
    if not isinstance(given, torch.Tensor) or not given.ndim:
        return ()
    first = given[:_ROWS].detach().cpu()
    return (first.float() if first.dtype is torch.bfloat16 else first).numpy().copy()


def sample(model: Any, first: Any) -> Sample:
    """The rows, and what the module makes of them while it evaluates."""
    torch, module = require("pytorch"), saved(model)

    def predict(given: Any) -> Any:
        training = [part for part in module.modules() if part.training]
        tensors = next(iter([*module.parameters(), *module.buffers()]), None)
        for part in training:
            part.training = False
        try:
            with torch.no_grad():
                found = module(torch.from_numpy(given).to("cpu" if tensors is None else tensors.device))
        finally:
            for part in training:
                part.training = True
        return found.cpu().numpy()

    return Sample(first, predict=predict)
