"""An Azure batch deployment's YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.batch import config
from modelwright.core.errors import InvalidArgument

DEPLOYMENT = """
$schema: https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json
name: heart-classifier
endpoint_name: heart
type: model
model: azureml:heart@latest
compute: azureml:cpu-cluster
resources:
  instance_count: 2
settings:
  max_concurrency_per_instance: 2
  mini_batch_size: 10
  output_action: append_row
  output_file_name: predictions.csv
  retry_settings:
    max_retries: 3
    timeout: 300
  error_threshold: -1
  logging_level: info
  environment_variables:
    WHO: me
"""


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "deployment.yml").write_text(DEPLOYMENT)
    assert config.read(tmp_path / "deployment.yml") == {
        "workers": 2,
        "error_threshold": -1,
        "output": "predictions.csv",
        "environment": {"WHO": "me"},
        "max_retries": 3,
        "timeout": 300,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is not YAML"),
        ("- a", "must hold a mapping"),
        ("settings: 1", "'settings' must be a mapping, got int"),
        ("settings: {output_action: summary_only}", "writes no predictions"),
        ("settings: {error_treshold: 1}", r"The settings \['error_treshold'\] are not known"),
    ],
)
def test_what_cannot_be_followed_is_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "deployment.yml").write_text(text)
    with pytest.raises(InvalidArgument, match=said):
        config.read(tmp_path / "deployment.yml")
