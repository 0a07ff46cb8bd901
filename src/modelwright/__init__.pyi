"""Log, package, load and inspect models."""
# Made by tools/stubs.py.

from modelwright.api.autologging import autolog as autolog
from modelwright.api.fluent_artifacts import get_artifact_uri as get_artifact_uri
from modelwright.api.fluent_artifacts import load_table as load_table
from modelwright.api.fluent_artifacts import log_artifact as log_artifact
from modelwright.api.fluent_artifacts import log_artifacts as log_artifacts
from modelwright.api.fluent_artifacts import log_dict as log_dict
from modelwright.api.fluent_artifacts import log_figure as log_figure
from modelwright.api.fluent_artifacts import log_image as log_image
from modelwright.api.fluent_artifacts import log_table as log_table
from modelwright.api.fluent_artifacts import log_text as log_text
from modelwright.api.fluent_experiments import create_experiment as create_experiment
from modelwright.api.fluent_experiments import delete_experiment as delete_experiment
from modelwright.api.fluent_experiments import delete_experiment_tag as delete_experiment_tag
from modelwright.api.fluent_experiments import get_experiment as get_experiment
from modelwright.api.fluent_experiments import get_experiment_by_name as get_experiment_by_name
from modelwright.api.fluent_experiments import restore_experiment as restore_experiment
from modelwright.api.fluent_experiments import search_experiments as search_experiments
from modelwright.api.fluent_experiments import set_experiment as set_experiment
from modelwright.api.fluent_experiments import set_experiment_tag as set_experiment_tag
from modelwright.api.fluent_experiments import set_experiment_tags as set_experiment_tags
from modelwright.api.fluent_logging import delete_tag as delete_tag
from modelwright.api.fluent_logging import flush_artifact_async_logging as flush_artifact_async_logging
from modelwright.api.fluent_logging import flush_async_logging as flush_async_logging
from modelwright.api.fluent_logging import log_input as log_input
from modelwright.api.fluent_logging import log_inputs as log_inputs
from modelwright.api.fluent_logging import log_metric as log_metric
from modelwright.api.fluent_logging import log_metrics as log_metrics
from modelwright.api.fluent_logging import log_outputs as log_outputs
from modelwright.api.fluent_logging import log_param as log_param
from modelwright.api.fluent_logging import log_params as log_params
from modelwright.api.fluent_logging import set_tag as set_tag
from modelwright.api.fluent_logging import set_tags as set_tags
from modelwright.api.fluent_models import create_external_model as create_external_model
from modelwright.api.fluent_models import delete_logged_model_tag as delete_logged_model_tag
from modelwright.api.fluent_models import finalize_logged_model as finalize_logged_model
from modelwright.api.fluent_models import get_logged_model as get_logged_model
from modelwright.api.fluent_models import initialize_logged_model as initialize_logged_model
from modelwright.api.fluent_models import last_logged_model as last_logged_model
from modelwright.api.fluent_models import log_model_params as log_model_params
from modelwright.api.fluent_models import search_logged_models as search_logged_models
from modelwright.api.fluent_models import search_model_versions as search_model_versions
from modelwright.api.fluent_models import search_registered_models as search_registered_models
from modelwright.api.fluent_models import set_logged_model_tags as set_logged_model_tags
from modelwright.api.fluent_models import set_model_version_tag as set_model_version_tag
from modelwright.api.fluent_runs import delete_run as delete_run
from modelwright.api.fluent_runs import end_run as end_run
from modelwright.api.fluent_runs import get_parent_run as get_parent_run
from modelwright.api.fluent_runs import get_run as get_run
from modelwright.api.fluent_runs import last_active_run as last_active_run
from modelwright.api.fluent_runs import restore_run as restore_run
from modelwright.api.fluent_runs import search_runs as search_runs
from modelwright.api.fluent_runs import start_run as start_run
from modelwright.api.fluent_stores import get_registry_uri as get_registry_uri
from modelwright.api.fluent_stores import get_tracking_uri as get_tracking_uri
from modelwright.api.fluent_stores import is_tracking_uri_set as is_tracking_uri_set
from modelwright.api.fluent_stores import set_registry_uri as set_registry_uri
from modelwright.api.fluent_stores import set_tracking_uri as set_tracking_uri
from modelwright.compat.alias import install as _install_as_mlflow
from modelwright.core.errors import Error as _MlflowException
from modelwright.tracking.active import ActiveRun as ActiveRun
from modelwright.tracking.active import active_run as active_run
from modelwright.tracking.client import MlflowClient as MlflowClient
from modelwright.tracking.doctor import doctor as doctor
from modelwright.tracking.images import Image as Image
from modelwright.tracking.measured import ActiveModel as ActiveModel
from modelwright.tracking.measured import clear_active_model as clear_active_model
from modelwright.tracking.measured import get_active_model_id as get_active_model_id
from modelwright.tracking.measured import set_active_model as set_active_model
from modelwright.tracking.register import register_model as register_model
from modelwright.tracking.system import disable_system_metrics_logging as disable_system_metrics_logging
from modelwright.tracking.system import enable_system_metrics_logging as enable_system_metrics_logging
from modelwright.tracking.system import set_system_metrics_node_id as set_system_metrics_node_id
from modelwright.tracking.system import (
    set_system_metrics_samples_before_logging as set_system_metrics_samples_before_logging,
)
from modelwright.tracking.system import set_system_metrics_sampling_interval as set_system_metrics_sampling_interval

from . import artifacts as artifacts
from . import client as client
from . import config as config
from . import data as data
from . import entities as entities
from . import exceptions as exceptions
from . import models as models
from . import pyfunc as pyfunc
from . import sklearn as sklearn
from . import system_metrics as system_metrics
from . import tracking as tracking
from . import types as types
from . import version as version
from . import xgboost as xgboost

__version__: str
MlflowException = _MlflowException
install_as_mlflow = _install_as_mlflow
