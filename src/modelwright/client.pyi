"""The client (`mlflow.client`, `mlflow.MlflowClient`)."""
# Made by tools/stubs.py.

from modelwright.tracking.client import MlflowClient as MlflowClient
