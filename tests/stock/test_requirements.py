"""The packages that ours finds a model to need, beside those that stock MLflow found, line by line.

Stock's are on record (`stock.corpus` says how): it starts a process for each model and loads it there. Whatever ours
says otherwise stands in `DIFFERS`, with the reason why ours is right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stock.corpus import corpus
from stock.process import MARKS, needed, play

RECORD = Path(__file__).resolve().parents[1] / "golden" / "requirements.json"
STOCK = json.loads(RECORD.read_text())
CASES = list(corpus())

pytestmark = [*MARKS, pytest.mark.timeout(1800)]  # the first test waits for all models


_OPTIONAL = (
    "stock names whatever was imported while the model was loaded where it was saved; these are imported only where "
    "they happen to be installed, or come along with what is named, and the model works without them"
)
_NAMED = "stock leaves out what MLflow requires too; the model's own code imports it, so it is named with its version"
_NUMBERS = "stock searches nothing for this flavor; the libraries that the numbers depend on are pinned for every one"
_FRAMES = "it is scored with frames, so the version of pandas is one it depends on"

# case -> (names that only stock has, names that only ours has, why ours is right). Versions never differ.
DIFFERS: dict[str, tuple[set[str], set[str], str]] = {
    "diviner_requirements": ({"matplotlib", "plotly", "psutil", "scikit-learn"}, set(), _OPTIONAL),
    "fastai_requirements": ({"matplotlib", "opt-einsum", "psutil", "scikit-learn", "zipp"}, set(), _OPTIONAL),
    "h2o_requirements": ({"matplotlib", "numpy", "zipp"}, {"pandas"}, f"{_OPTIONAL}; {_FRAMES}"),
    "keras_requirements": (set(), {"pandas"}, _FRAMES),
    "lightgbm_booster_requirements": ({"psutil", "scikit-learn"}, set(), _OPTIONAL),
    "lightgbm_requirements": ({"psutil"}, set(), _OPTIONAL),
    "paddle_requirements": ({"cython", "rich", "tqdm"}, set(), _OPTIONAL),
    "pmdarima_requirements": ({"matplotlib", "psutil", "scikit-learn", "zipp"}, set(), _OPTIONAL),
    "prophet_requirements": (set(), {"numpy", "pandas"}, _NUMBERS),
    "pyfunc_code_requirements": (set(), {"pandas", "pyyaml"}, f"{_NAMED}; {_FRAMES}"),
    "pyfunc_requirements": ({"psutil"}, {"pyyaml"}, f"{_OPTIONAL}; {_NAMED}"),
    "pytorch_corpus": (
        {
            "accelerate", "jinja2", "matplotlib", "numpy", "opt-einsum", "optree", "pytorch-lightning", "rich",
            "scikit-learn", "scipy", "transformers",
        },
        set(),
        _OPTIONAL,
    ),
    "sentence_transformers_requirements": (
        {
            "accelerate", "google-auth", "jinja2", "opentelemetry-sdk", "opt-einsum", "optree", "pillow", "protobuf",
            "scikit-learn", "zipp",
        },
        set(),
        _OPTIONAL,
    ),
    "sklearn_pipeline_requirements": ({"psutil"}, set(), _OPTIONAL),
    "sklearn_requirements": ({"psutil"}, set(), _OPTIONAL),
    "spacy_requirements": ({"cython", "h5py", "jinja2", "opt-einsum", "torch"}, set(), _OPTIONAL),
    "spark_requirements": ({"numpy", "scipy"}, {"pandas"}, f"{_OPTIONAL}; {_FRAMES}"),
    "tensorflow_requirements": (
        {"cloudpickle", "tensorflow"},
        {"pandas"},
        f"tensorflow-cpu is what is installed; cloudpickle reads custom objects, of which there are none; {_FRAMES}",
    ),
    "xgboost_booster_requirements": ({"psutil", "scikit-learn"}, set(), _OPTIONAL),
    "xgboost_requirements": ({"psutil"}, set(), _OPTIONAL),
}  # fmt: skip


@pytest.fixture(scope="module")
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ours finds for the cases that were asked for, in the environment of the record."""
    needed("frameworks")
    asked = [item.callspec.params["name"] for item in request.session.items if _is_here(item)]
    if "h2o_requirements" in asked:
        request.getfixturevalue("h2o_server")
    folder = tmp_path_factory.mktemp("corpus")
    file = folder / "found.json"
    play("ours", "stock.corpus", "ours", file, *asked, cwd=folder, environment="frameworks", timeout=1200)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _is_here(item: Any) -> bool:
    return item.path == Path(__file__) and "name" in getattr(getattr(item, "callspec", None), "params", ())


@pytest.mark.parametrize("name", CASES)
def test_ours_finds_what_stock_found(ours: dict[str, Any], name: str) -> None:
    assert name in STOCK["cases"], "record it: see stock.corpus"
    changed = {key: here for key, here in ours["versions"].items() if STOCK["versions"].get(key, here) != here}
    assert not changed, "the environment is not the one of the record: record again, see stock.corpus"
    told = ours["cases"][name]
    assert "error" not in told, told["error"]
    stock, found = set(STOCK["cases"][name]["lines"]), set(told["lines"])
    assert len(found) == len(told["lines"])
    lacking, more, why = DIFFERS.get(name, (set(), set(), "-"))
    assert why
    assert ({_name(line) for line in stock - found}, {_name(line) for line in found - stock}) == (lacking, more)
    assert not lacking & more, "a version differs"


def _name(line: str) -> str:
    return line.partition("==")[0]


def test_every_difference_is_of_a_case_there_is() -> None:
    assert set(DIFFERS) <= set(CASES)
    assert set(STOCK["cases"]) == set(CASES)
