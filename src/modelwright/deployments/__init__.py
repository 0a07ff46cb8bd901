"""Models that answer at an address, whoever asked for it, here or elsewhere; the public `mlflow.deployments`.

    local ──changes──▶ record ──starting, control──▶ daemon: gate ──▶ workers of the server (in each process)

A program changes endpoints; what they do is done by a process of each, which knows no store.
"""

from __future__ import annotations

from ..core import lazy

_TARGETS = ("get_deploy_client", "get_deployments_target", "run_local", "set_deployments_target")
NAMES = {
    **{name: f"modelwright.deployments.targets:{name}" for name in _TARGETS},
    "BaseDeploymentClient": "modelwright.deployments.base:BaseDeploymentClient",
    "PredictionsResponse": "modelwright.deployments.response:PredictionsResponse",
}

__getattr__, __dir__ = lazy.attach(__name__, NAMES, "modelwright.core.absent:reason")
