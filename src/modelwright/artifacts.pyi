"""Files of runs and models (`mlflow.artifacts`)."""
# Made by tools/stubs.py.

from modelwright.tracking.artifacts import download_artifacts as download_artifacts
from modelwright.tracking.artifacts import list_artifacts as list_artifacts
from modelwright.tracking.artifacts import load_dict as load_dict
from modelwright.tracking.artifacts import load_image as load_image
from modelwright.tracking.artifacts import load_text as load_text
