"""A training loop of one's own, recorded through PyTorch's hooks: `with modelwright.pytorch.watch(model, optimizer)`.

    forward of the model        the first batch, for the signature
    forward of the loss         its value: "loss" while the model trains, "val_loss" while it evaluates
    before a step               the norm of the gradients
    after a step                the learning rate

Values are summed up where they are; only those that are written are fetched, so that a GPU is rarely waited for.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any, Self

from ...core.collector import Paused
from ...core.errors import WrongState
from ..engine import Enabled
from ..session import RunSession
from . import PyTorch, described, ranks
from .averages import Averages
from .hooks import Hook


def watch(
    model: Any,
    optimizer: Any = None,
    *,
    loss: Any = None,
    name: str | None = None,
    log_every_n_step: int | None = 10,
    log_gradients: bool = True,
    log_model: bool = True,
    log_model_signature: bool = True,
    log_input_example: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> Watched:
    """Record a training loop: settings, loss, learning rate and gradients by step and epoch, and the model at the end.

    Use it as a context, or call `close()` on what it returns. It writes to the active run; if there is none it starts
    one, which ends with it, as FAILED if the block raises. Then the model is not logged, and what was recorded stays.
    Several may be open at once, each with a name: a generator and its critic, a teacher and a student. Only the first
    process of a distributed training writes.

    Args:
        model: The module; wrapped by DistributedDataParallel or torch.compile if you like.
        optimizer: Its optimizer, or a list of them. Steps are counted by the first.
        loss: The loss, if it is a module such as torch.nn.CrossEntropyLoss: its values are recorded by themselves. For
            one that is a function, pass its values on: `watched.log(loss=value)`.
        name: What metrics, params and the model are called by, where one run watches several; "model" and no prefix
            if not given.
        log_every_n_step: Record the values of every n-th step, as `loss_step` and so on; None records epochs only.
        log_gradients: Whether the norm of the gradients is recorded.
        log_model: Whether the model is logged when the block ends well.
        log_model_signature: Whether it gets a signature, from the first batch that it saw.
        log_input_example: Whether the first five rows of that batch go with it.
        registered_model_name: A registered model that gets a new version.
        extra_tags: Further tags of the run.

    Raises:
        InvalidArgument: The model is no module, an optimizer none, or the loss is a function.

    >>> import modelwright
    >>> with modelwright.pytorch.watch(model, optimizer, loss=criterion) as watched:  # doctest: +SKIP
    ...     for epoch in watched.epochs(10):
    ...         for x, y in loader:
    ...             optimizer.zero_grad()
    ...             criterion(model(x), y).backward()
    ...             optimizer.step()
    """
    options = {
        "log_models": log_model, "log_model_signatures": log_model_signature, "log_input_examples": log_input_example,
        "extra_tags": extra_tags,
    }  # fmt: skip
    optimizers = () if optimizer is None else optimizer if isinstance(optimizer, Sequence) else (optimizer,)
    described.check(model, optimizers, loss, log_every_n_step)
    session = RunSession(Enabled(PyTorch(), options, RunSession, lambda: True))
    watched = Watched(
        session, model, tuple(optimizers), loss, name, log_every_n_step, log_gradients, registered_model_name
    )
    _close_at_exit()
    _open.append(watched)
    return watched


class Watched:
    """A training loop that is being recorded. `watch` makes it."""

    def __init__(
        self,
        session: RunSession,
        model: Any,
        optimizers: tuple[Any, ...],
        loss: Any,
        name: str | None,
        every: int | None,
        gradients: bool,
        registered: str | None,
    ) -> None:
        self._session, self._model, self._optimizers = session, model, optimizers
        self._path, self._prefix, self._registered = name or "model", f"{name}/" if name else "", registered
        self._every = every
        self._steps = self._epoch = 0
        self._closed = False
        self._averages = Averages()
        self._rows: Any = None
        self._handles: list[Any] = []
        self._active = ranks.first()
        if optimizers:
            self._handles.append(optimizers[0].register_step_post_hook(Hook(self._stepped)))
        if self._active:
            self._begin(loss, gradients)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(error)

    @property
    def run_id(self) -> str | None:
        """The run that is written to; None in the processes of a distributed training that write nothing."""
        return self._session.run_id if self._active else None

    @property
    def step(self) -> int:
        """How many steps the first optimizer has made."""
        return self._steps

    @property
    def epoch(self) -> int:
        """How many epochs have ended."""
        return self._epoch

    def epochs(self, count: int | Iterable[int]) -> Iterator[int]:
        """The numbers of the epochs; each ends when the next one is asked for, or none is left.

        Args:
            count: How many, or which: range(5, 10) goes on with a training that was interrupted.
        """
        numbers = range(count) if isinstance(count, int) else count
        if isinstance(numbers, Sequence):
            with self._ours("params"):
                self._params({"epochs": len(numbers)})
        for number in numbers:
            self._epoch = number
            yield number
            self.end_epoch()

    def log(self, **metrics: Any) -> None:
        """Record values of the current step, such as a loss; their means are those of the epoch.

        Args:
            **metrics: Numbers or tensors of one number, by name.
        """
        for name, value in metrics.items() if self._active else ():
            with self._ours(name):
                self._averages.add(name, value, of_step=self._model.training)

    def end_epoch(self, **metrics: Any) -> None:
        """Record the means of the epoch's values.

        Args:
            **metrics: Further values of the epoch, by name, such as an accuracy on held out data.
        """
        if self._closed:
            raise WrongState("This training is not watched any more: close() was called; call watch(...) again")
        for name, value in metrics.items() if self._active else ():
            with self._ours(name):
                self._averages.put(name, value)
        with self._ours("metrics"):
            self._write(self._averages.epoch(), "", self._epoch)
        self._epoch += 1

    def close(self, error: BaseException | None = None) -> None:
        """Stop watching: record what is left, log the model, and end the run if it was started here.

        Args:
            error: What ended the training, if it failed; then the model is not logged.
        """
        if self._closed:
            return
        self._closed = True
        if self in _open:
            _open.remove(self)
        for handle in self._handles:
            handle.remove()
        if not self._active:
            return
        with self._ours("metrics"):
            if self._averages.pending:  # no epoch was ended since: the rest counts as one
                self._write(self._averages.epoch(), "", self._epoch)
        if error is not None:
            self._session.failed(error)
            return
        with self._ours("model"):
            self._log_model()
        self._session.finished()

    def _begin(self, loss: Any, gradients: bool) -> None:
        with self._ours("params"):
            self._params(described.settings(self._model, self._optimizers))
        with self._ours("model summary"):
            self._session.artifact(f"{self._prefix.replace('/', '_')}model_summary.txt", described.summary(self._model))
        put = self._handles.append
        with self._ours("forward of the model"):
            put(self._model.register_forward_hook(Hook(self._seen)))
        if loss is not None:
            with self._ours("loss"):
                put(loss.register_forward_hook(Hook(self._lost)))
        if gradients and self._optimizers:
            put(self._optimizers[0].register_step_pre_hook(Hook(self._about_to_step)))

    def _seen(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        if self._rows is None:
            with self._ours("first batch"):
                self._rows = described.rows(args) if len(args) == 1 else ()

    def _lost(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        self.log(**{"loss" if self._model.training else "val_loss": output})

    def _about_to_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if self._due(self._steps + 1):
            with self._ours("gradients"):
                norm = described.gradient_norm(self._optimizers)
                if norm is not None:
                    self._averages.add("grad_norm", norm)

    def _stepped(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self._steps += 1  # in every process, for the user's own use
        if not self._active:
            return
        with self._ours("learning rate"):
            for name, rate in described.learning_rates(self._optimizers).items():
                self._averages.put(name, rate, of_step=True)
        if self._every and self._due(self._steps):
            with self._ours("metrics"):
                self._write(self._averages.latest(), "_step", self._steps)

    def _due(self, step: int) -> bool:
        every = self._every or 1
        return step == 1 or step % every == 0

    def _log_model(self) -> None:
        if not self._session.options["log_models"]:
            return
        sample = None
        if self._rows is not None and len(self._rows):
            sample = described.sample(self._model, self._rows)
        elif self._session.options["log_model_signatures"]:
            self._session.lost("signature", "the model was not called with one tensor, so no batch was kept")
        named = {"registered_model_name": self._registered} if self._registered else {}
        self._session.model(described.saved(self._model), flavor="pytorch", sample=sample, path=self._path, **named)

    def _params(self, values: Mapping[str, Any]) -> None:
        if self._active:
            self._session.params({f"{self._prefix}{name}": value for name, value in values.items()})

    def _write(self, values: Mapping[str, float], ending: str, step: int) -> None:
        if self._active and values:
            self._session.metrics({f"{self._prefix}{name}{ending}": value for name, value in values.items()}, step)

    @contextmanager
    def _ours(self, what: str) -> Iterator[None]:
        """Our own part of a step: errors are named in the outcome, never raised into the training."""
        with Paused(), self._session.part(what):
            yield


_open: list[Watched] = []


@cache
def _close_at_exit() -> None:
    """A training that is still watched when the program ends is complete."""

    def close() -> None:
        for watched in tuple(_open):
            watched.close()

    atexit.register(close)
