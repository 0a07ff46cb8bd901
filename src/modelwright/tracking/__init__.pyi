"""Runs as they are written: the active run, the client, logging a model; the public `mlflow.tracking`."""
# Made by tools/stubs.py.

from modelwright.api import fluent as fluent
from modelwright.api.fluent_stores import get_registry_uri as get_registry_uri
from modelwright.api.fluent_stores import get_tracking_uri as get_tracking_uri
from modelwright.api.fluent_stores import is_tracking_uri_set as is_tracking_uri_set
from modelwright.api.fluent_stores import set_registry_uri as set_registry_uri
from modelwright.api.fluent_stores import set_tracking_uri as set_tracking_uri
from modelwright.tracking import client as client
from modelwright.tracking.client import MlflowClient as MlflowClient
