"""What is left of the mleap flavor: clear errors."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelwright
from modelwright.core.errors import InvalidArgument, NotFound

RETIRED = "the mleap flavor is retired: .* Save the model with the spark flavor"


@pytest.mark.parametrize("name", ["save_model", "log_model", "add_to_model"])
def test_nothing_is_saved(name: str) -> None:
    with pytest.raises(InvalidArgument, match=rf"mlflow\.mleap\.{name} is not possible: {RETIRED}"):
        getattr(modelwright.mleap, name)(spark_model=object(), sample_input=object())


def test_a_directory_that_has_no_other_flavor(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n  mleap: {mleap_version: 0.23.1, model_data: mleap/model}\n")
    with pytest.raises(NotFound, match=f"cannot be scored: it has only mleap; {RETIRED}"):
        modelwright.pyfunc.load_model(str(tmp_path))
    with pytest.raises(NotFound, match=f"has no flavor 'spark'. It has: mleap; {RETIRED}"):
        modelwright.spark.load_model(str(tmp_path))
