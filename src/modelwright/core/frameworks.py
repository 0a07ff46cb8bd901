"""The table of frameworks: what installs each, what imports it, and the oldest and newest versions tested.

The one place for versions. Loading warns outside of them, `make matrix FLAVOR=xgboost` runs a flavor's tests at both
ends, and the extras in pyproject.toml and the table of the documentation say the same.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .errors import MissingDependency


@dataclass(frozen=True)
class Framework:
    """One framework."""

    title: str  # as people write it
    distribution: str  # what pip installs
    imports: str  # the package that it is imported as
    minimum: str  # the oldest version that the tests have passed with
    maximum: str  # the newest one; its later patch releases count as tested
    beside: tuple[str, ...] = ()  # what the oldest version needs beside it, to be tested on Python 3.11

    @property
    def tested(self) -> str:
        """The tested versions as a specifier.

        >>> FRAMEWORKS["xgboost"].tested
        '>=2.0.3,<3.3'
        """
        major, minor = _numbers(self.maximum)[:2]
        return f">={self.minimum},<{major}.{minor + 1}"

    def covers(self, version: str) -> bool:
        """Whether a version is a tested one.

        >>> [FRAMEWORKS["xgboost"].covers(version) for version in ("1.5", "2.1.1", "3.2.9", "3.3.0", "unknown")]
        [False, True, True, False, False]
        """
        return bool(_numbers(version)) and within(version, self.tested)

    @property
    def installed(self) -> str | None:
        """The version of the framework that this process has imported; None if it has not, or if it does not tell."""
        return getattr(sys.modules.get(self.imports), "__version__", None)


def within(version: str, tested: str) -> bool:
    """Whether a version lies in ">=a,<b"; an unknown version does.

    >>> within("2.1.1", ">=1.7,<4"), within("1.6.2", ">=1.7,<4"), within("4.0.0rc1", ">=1.7,<4"), within("", ">=1.7,<4")
    (True, False, False, True)
    """
    lowest, _, below = tested.partition(",")
    here = _numbers(version)
    return not here or _numbers(lowest.lstrip(">=")) <= here < _numbers(below.lstrip("<"))


def _numbers(version: str) -> list[int]:
    """The release part of a version.

    >>> _numbers("2.13.0+cpu"), _numbers("3.0rc1"), _numbers("what?")
    ([2, 13, 0], [3, 0], [])
    """
    found = re.match(r"\d+(?:\.\d+)*", version)
    return [int(part) for part in found[0].split(".")] if found else []


FRAMEWORKS: dict[str, Framework] = {
    "sklearn": Framework("scikit-learn", "scikit-learn", "sklearn", "1.4.2", "1.9.1", ("numpy<2", "pandas<3")),
    "xgboost": Framework(
        "XGBoost", "xgboost", "xgboost", "2.0.3", "3.2.0", ("scikit-learn<1.6", "pandas<3", "numpy<2")
    ),
    "lightgbm": Framework("LightGBM", "lightgbm", "lightgbm", "4.0.0", "4.7.0", ("numpy<2", "scikit-learn<1.6")),
    "catboost": Framework("CatBoost", "catboost", "catboost", "1.2.5", "1.2.10", ("numpy<2", "scikit-learn<1.6")),
    "onnx": Framework("ONNX", "onnx", "onnx", "1.15.0", "1.23.2", ("onnxruntime==1.17.3", "numpy<2")),
    # PyPI's older builds are for CUDA and need gigabytes of NVIDIA's libraries, so the oldest end is Lightning's.
    "pytorch": Framework(
        "PyTorch", "torch", "torch", "2.13.0", "2.13.0", ("lightning==2.4.0", "pytorch-lightning==2.4.0", "safetensors")
    ),
    "lightning": Framework("PyTorch Lightning", "lightning", "lightning", "2.4.0", "2.6.6"),
    "tensorflow": Framework("TensorFlow", "tensorflow", "tensorflow", "2.16.2", "2.21.0", ("numpy<2",)),
    "keras": Framework("Keras", "keras", "keras", "3.5.0", "3.15.1", ("tensorflow-cpu<2.18", "numpy<2")),
    "spark": Framework("Spark MLlib", "pyspark", "pyspark", "3.5.1", "4.3.0", ("numpy<2", "pandas<3")),
    "statsmodels": Framework(
        "statsmodels", "statsmodels", "statsmodels", "0.14.2", "0.15.0", ("pandas<3", "scipy<1.16")
    ),
    "prophet": Framework("Prophet", "prophet", "prophet", "1.1.5", "1.5.0", ("numpy<2", "pandas<3", "cmdstanpy<1.3")),
    "pmdarima": Framework(
        "pmdarima", "pmdarima", "pmdarima", "2.0.4", "2.1.1", ("numpy<2", "pandas<3", "scikit-learn<1.6", "scipy<1.16")
    ),
    "spacy": Framework("spaCy", "spacy", "spacy", "3.7.5", "3.8.18", ("numpy<2",)),
    "fastai": Framework("fastai", "fastai", "fastai", "2.8.8", "2.8.12"),
    "h2o": Framework("H2O", "h2o", "h2o", "3.46.0.1", "3.46.0.12"),
    "paddle": Framework("PaddlePaddle", "paddlepaddle", "paddle", "3.0.0", "3.3.1", ("setuptools<81",)),
    "transformers": Framework(
        "Transformers", "transformers", "transformers", "4.44.2", "5.24.0", ("torch<2.14", "accelerate", "pandas<3")
    ),
    "sentence_transformers": Framework(
        "Sentence Transformers",
        "sentence-transformers",
        "sentence_transformers",
        "3.0.1",
        "6.2.0",
        ("torch<2.14", "transformers<4.45", "accelerate", "pandas<3"),
    ),
    "diviner": Framework("Diviner", "diviner", "diviner", "0.1.1", "0.1.1", ("pandas<3",)),
}


def require(name: str, module: str = "") -> Any:
    """The framework's package, or one of its modules; MissingDependency says what to install.

    Args:
        name: Its key in the table.
        module: The module to import instead of the package.

    >>> require("sklearn", "sklearn.linear_model").__name__
    'sklearn.linear_model'
    """
    try:
        return import_module(module or FRAMEWORKS[name].imports)
    except ModuleNotFoundError as error:
        if (lacking := lacks(error, name)) is None:
            raise  # the framework is there, and lacks something itself
        raise lacking from error


def lacks(error: BaseException, name: str = "") -> MissingDependency | None:
    """What to say when a framework is not installed; None where the error means something else.

    Args:
        error: What an import raised.
        name: The key of the framework in the table; if not given, the one whose package could not be found.

    >>> lacks(ModuleNotFoundError("No module named 'torch'", name="torch"))
    MissingDependency("PyTorch is not installed; pip install 'modelwright[pytorch]' installs it")
    """
    package = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    for key, one in FRAMEWORKS.items():
        if package == one.imports and name in ("", key):
            return MissingDependency(f"{one.title} is not installed; pip install 'modelwright[{key}]' installs it")
    return None
