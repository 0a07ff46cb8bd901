"""The XGBoost model behind LitServe: `python litserve_server.py MODEL PORT`."""

from __future__ import annotations

import sys
from typing import Any

import litserve
import numpy as np
import xgboost


class Scoring(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.booster = xgboost.Booster(model_file=sys.argv[1])
        self.booster.set_param({"nthread": 1})

    def decode_request(self, request):  # without a type: with one, LitServe looks for it in the address
        return np.array(request["dataframe_split"]["data"], "float64")

    def predict(self, x: Any) -> Any:
        return (self.booster.inplace_predict(x, validate_features=False) > 0.5).astype(int)

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    litserve.LitServer(Scoring(), accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error"
    )
