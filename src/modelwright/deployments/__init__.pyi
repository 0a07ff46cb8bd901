"""Models that answer at an address, whoever asked for it, here or elsewhere; the public `mlflow.deployments`."""
# Made by tools/stubs.py.

from modelwright.deployments.base import BaseDeploymentClient as BaseDeploymentClient
from modelwright.deployments.response import PredictionsResponse as PredictionsResponse
from modelwright.deployments.targets import get_deploy_client as get_deploy_client
from modelwright.deployments.targets import get_deployments_target as get_deployments_target
from modelwright.deployments.targets import run_local as run_local
from modelwright.deployments.targets import set_deployments_target as set_deployments_target
