"""Where Transformers models deliberately differ from stock's."""

from __future__ import annotations

DIFFERS = {"example": "MLflow 3's way to read the example is there too"}
