"""`import mlflow`, answered by this package when asked.

    modelwright exec train.py            # a script, unchanged
    modelwright.install_as_mlflow()      # before the first import of mlflow

Every module of `names.NAMES` and every flavor becomes a stand-in under MLflow's name. A stand-in holds nothing of its
own: reading, patching and deleting an attribute reach the module behind it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..core import lazy, trust
from ..core.absent import refusal
from ..core.errors import WrongState
from .names import NAMES, VERSION

if TYPE_CHECKING:
    from importlib.metadata import Distribution


def install() -> None:
    """Answer `import mlflow` and everything below it with this package, from now on, in this process.

    Pickles and scripts written for MLflow then work unchanged, and loading a model may run its code, as with MLflow,
    unless MODELWRIGHT_TRUST says otherwise. Calling it again changes nothing.

    Raises:
        WrongState: MLflow itself is already imported; two answers to one name would be worse than none.

    >>> import modelwright
    >>> modelwright.install_as_mlflow()
    >>> import mlflow
    >>> mlflow.__version__
    '2.16.2'
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    stock = sys.modules.get("mlflow")
    if stock is not None:
        raise WrongState(
            f"MLflow {getattr(stock, '__version__', '')} is already imported from {getattr(stock, '__file__', '?')}; "
            "call install_as_mlflow() before the first import of mlflow, or run the script by `modelwright exec`"
        )
    sys.meta_path.insert(0, _Finder())
    trust.set_default("all")


class _Finder:
    """Finds and loads `mlflow` and `mlflow.…`, and says why where there is nothing."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "mlflow":
            return None
        if _behind(fullname) is None:
            # Without a name: importlib takes an error that carries it for "no such submodule" and drops the message.
            raise ModuleNotFoundError(refusal(fullname))
        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]  # a loader by its two methods

    def find_distributions(self, context: Any) -> Iterator[Distribution]:
        """What `importlib.metadata.version("mlflow")` reads: libraries ask so before they log to MLflow.

        Only to those who ask by name; a list of what is installed stays true.
        """
        if (context.name or "").lower() == "mlflow":
            yield lazy.resolve("modelwright.compat.distribution:Mlflow")()

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name, _behind(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        pass


class _StandIn(ModuleType):
    def __init__(self, name: str, behind: Any) -> None:
        super().__init__(name, behind.__doc__)
        vars(self).update(_behind=behind, __path__=[])
        if file := getattr(behind, "__file__", None):
            vars(self)["__file__"] = file
        if name == "mlflow":
            vars(self)["__version__"] = VERSION

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        full = f"{self.__name__}.{name}"
        if full in NAMES:
            return import_module(full)
        value = getattr(self._behind, name, _NOTHING)
        if isinstance(value, ModuleType) and _behind(full) is not None:
            return import_module(full)
        if value is _NOTHING or isinstance(value, ModuleType):  # modules only by the table, never by accident
            raise AttributeError(refusal(full), name=name, obj=self)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") or isinstance(value, _StandIn):
            super().__setattr__(name, value)
        else:
            setattr(self._behind, name, value)

    def __delattr__(self, name: str) -> None:
        if name in vars(self):
            super().__delattr__(name)
        else:
            delattr(self._behind, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _elsewhere, (self.__name__,)

    def __dir__(self) -> list[str]:
        below = {full.removeprefix(f"{self.__name__}.").partition(".")[0] for full in NAMES if self.__name__ in full}
        return sorted({*dir(self._behind), *(name for name in below if name != "mlflow")})


_NOTHING = object()


def _elsewhere(name: str) -> ModuleType:
    """A stand-in as another process gets it, in what was pickled for it: there the alias may not be installed yet."""
    install()
    return import_module(name)


def _behind(full: str) -> Any:
    """Our module for MLflow's `full` name; None when there is none."""
    if full in NAMES:
        return lazy.resolve(NAMES[full])
    root, _, name = full.partition(".")
    flavors = lazy.resolve("modelwright.api.modules")
    return lazy.resolve(f"modelwright:{name}") if root == "mlflow" and name in dir(flavors) else None
