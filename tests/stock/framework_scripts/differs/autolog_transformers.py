"""Where autologging of transformers is deliberately other than stock's."""

from __future__ import annotations

DIFFERS = {
    "autolog with models": "asked for the model, ours records the Trainer; MLflow has the option and records nothing",
}
