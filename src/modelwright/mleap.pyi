"""What is left of MLflow's mleap flavor: names that say it is retired, and what to do instead."""
# Made by tools/stubs.py.

from modelwright.api.mleap import FLAVOR_NAME as FLAVOR_NAME
from modelwright.api.mleap import add_to_model as add_to_model
from modelwright.api.mleap import log_model as log_model
from modelwright.api.mleap import save_model as save_model
