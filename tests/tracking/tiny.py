"""The smallest flavor there is: a model that multiplies, kept as a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from modelwright.models.flavor import Flavor, Predictor, Saved, Stored


class Times:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return data * self.factor


class Tiny(Flavor):
    """Numbers that multiply."""

    name: ClassVar[str] = "tiny"
    model_arg: ClassVar[str] = "tiny_model"
    packages: ClassVar[tuple[str, ...]] = ()
    save_order: ClassVar[tuple[str, ...]] = ()
    log_order: ClassVar[tuple[str, ...]] = ()

    def save(self, model: Times, root: Path, *, model_config: Any = None, fail: bool = False) -> Saved:
        if fail:
            raise RuntimeError("the disk is full")
        (root / "tiny.json").write_text(json.dumps({"factor": model.factor}))
        return Saved({"data": "tiny.json"}, None)

    def load(self, at: Stored) -> Times:
        factor = json.loads(at.path("data").read_text())["factor"]
        if factor == 0:
            raise ZeroDivisionError("nothing is left")
        return Times(factor)

    def wrap(self, model: Times, at: Stored) -> Predictor:
        return model

    def hazard(self, at: Stored) -> str | None:
        return None


TINY = Tiny()
