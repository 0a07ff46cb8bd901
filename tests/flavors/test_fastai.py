"""fastai: tabular learners and learners of plain torch modules."""

# ruff: noqa: E402 - without the framework the file is skipped before the imports below
from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastai")
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option is deprecated"),  # fastai.tabular sets it
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated"),  # fastai.layers uses it
    pytest.mark.filterwarnings("ignore:The given NumPy array is not writable"),  # fastai's tensors of pandas' columns
]

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the same three, told at import
    from fastai.tabular.all import (
        Categorify,
        CategoryBlock,
        DataBlock,
        DataLoaders,
        IndexSplitter,
        Learner,
        MSELossFlat,
        Normalize,
        ParamScheduler,
        TabularDataLoaders,
        accuracy,
        combined_cos,
        tabular_learner,
        tensor,
    )
    from torch import nn

from contracts.flavor import FlavorContract
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

FLAVOR = load.flavor("fastai")
_SEED = np.random.default_rng(0)
FRAME = pd.DataFrame({"a": _SEED.normal(size=40), "b": _SEED.normal(size=40), "kind": ["x", "y"] * 20})
ROWS = FRAME.head(5)


def numbers(predictions):
    """The arrays of the column as one."""
    return np.stack(predictions["predictions"].to_numpy())


def loaders():
    table = FRAME.assign(target=np.where(FRAME["a"] > 0, "yes", "no"))
    return TabularDataLoaders.from_df(
        table, procs=[Categorify, Normalize], cat_names=["kind"], cont_names=["a", "b"], y_names="target",
        y_block=CategoryBlock(), valid_idx=list(range(32, 40)), bs=16,
    )  # fmt: skip


def learner():
    made = tabular_learner(loaders(), layers=[4], metrics=accuracy)
    with made.no_bar(), made.no_logging():
        made.fit_one_cycle(1)
    return made


@cache
def classifier():
    return learner()


def summed():
    """A function that travels by value, as those of a notebook do."""

    def total(row):
        return tensor([row["a"] + row["b"]]).float()

    return total


@cache
def regressor():
    """A learner of a plain torch module, whose data are rows of a frame that functions of ours take apart."""

    def two_columns(row):
        return tensor([row["a"], row["b"]]).float()

    block = DataBlock(get_x=two_columns, get_y=summed(), splitter=IndexSplitter(list(range(32, 40))))
    made = Learner(block.dataloaders(FRAME, bs=8), nn.Linear(2, 1), loss_func=MSELossFlat())
    with made.no_bar(), made.no_logging():
        made.fit(1)
    return made


class TestTabular(FlavorContract):
    name, imports = "fastai", "fastai"

    def model(self):
        return classifier()

    def example(self):
        return ROWS

    def predictions(self, model, data):
        return model.get_preds(dl=model.dls.test_dl(data))[0].numpy()


class TestModule(TestTabular):
    def model(self):
        return regressor()

    def example(self):
        return ROWS[["a", "b"]]


@pytest.fixture
def saved(tmp_path):
    save_model(FLAVOR, classifier(), tmp_path / "m", pip_requirements=[])
    return tmp_path / "m"


def without_manifest(path):
    (path / manifest.NAME).unlink()
    return path


def test_each_row_is_an_array_in_one_column(saved):
    found = load.load_pyfunc(saved).predict(ROWS)
    assert list(found.columns) == ["predictions"]
    assert [(cell.shape, cell.dtype) for cell in found["predictions"]] == [((2,), np.dtype("float32"))] * 5


def test_predicting_prints_nothing(saved, capsys):
    load.load_pyfunc(saved).predict(ROWS)
    assert capsys.readouterr().out == ""


def test_a_loaded_learner_goes_on_training(saved):
    loaded = load.load_model(FLAVOR, saved)
    loaded.dls = loaders()
    with loaded.no_bar(), loaded.no_logging():
        loaded.fit(1)
    assert loaded.recorder.values[-1][-1] >= 0


def test_saving_leaves_the_learner_as_it_was(tmp_path):
    mine = learner()
    schedule = ParamScheduler({"lr": combined_cos(0.3, 1e-4, 1e-3, 1e-5)})
    mine.add_cb(schedule)
    held = mine.opt, mine.dls, mine.cbs, list(mine.cbs), dict(mine.opt.hypers[0])
    save_model(FLAVOR, mine, tmp_path / "m", pip_requirements=[])
    assert mine.opt is held[0]
    assert mine.dls is held[1]
    assert mine.cbs is held[2]
    assert (list(mine.cbs), dict(mine.opt.hypers[0])) == held[3:]
    assert mine.param_scheduler is schedule
    assert schedule.learn is mine
    assert not hasattr(load.load_model(FLAVOR, tmp_path / "m"), "param_scheduler")


def test_a_learner_that_cannot_be_pickled_stays_whole(tmp_path):
    mine = learner()
    mine.strange = (number for number in range(3))
    held = mine.opt, mine.dls
    with pytest.raises(InvalidArgument, match=r"cannot export the .*TabularLearner: .*generator"):
        save_model(FLAVOR, mine, tmp_path / "m")
    assert (mine.opt, mine.dls) == held
    assert not (tmp_path / "m").exists()


def test_data_that_fastai_cannot_leave_behind(tmp_path):
    pairs = [(tensor([1.0]), tensor([2.0]))] * 4
    mine = Learner(DataLoaders.from_dsets(pairs, pairs, bs=2, device="cpu"), nn.Linear(1, 1), loss_func=MSELossFlat())
    with pytest.raises(InvalidArgument, match=r"new_empty.*such as a DataBlock makes them"):
        save_model(FLAVOR, mine, tmp_path / "m")


def test_the_options_of_export_are_taken(tmp_path):
    import pickle

    save_model(FLAVOR, classifier(), tmp_path / "m", pip_requirements=[], pickle_module=pickle, pickle_protocol=4)
    with zipfile.ZipFile(tmp_path / "m/model.fastai") as archive:
        (data,) = (name for name in archive.namelist() if name.endswith("data.pkl"))
        assert archive.read(data)[:2] == b"\x80\x04"
    assert numbers(load.load_pyfunc(tmp_path / "m").predict(ROWS)).shape == (5, 2)


def test_what_is_no_learner_is_refused(tmp_path):
    with pytest.raises(InvalidArgument, match=r"Expected a fastai Learner, got a torch\.nn\.modules\.linear\.Linear"):
        save_model(FLAVOR, nn.Linear(2, 1), tmp_path / "m")


def test_a_learner_is_a_pickle_and_asks_for_trust(saved):
    assert load.hazards(saved) == ["its file 'model.fastai' is a pickle"]
    with pytest.raises(UntrustedModel, match=r"model\.fastai' is a pickle"):
        load.load_model(FLAVOR, without_manifest(saved))


def test_a_file_that_fastai_cannot_read(saved):
    whole = (saved / "model.fastai").read_bytes()
    without_manifest(saved)
    for text in (b"", b"nothing of the kind", whole[:1000]):
        (saved / "model.fastai").write_bytes(text)
        with pytest.raises(CorruptModel, match=r"fastai [\d.]+ cannot read '.*model\.fastai', written by [\d.]+: "):
            load.load_model(FLAVOR, saved, trust=True)


SAVED_ELSEWHERE = """
    import sys, types, warnings
    warnings.simplefilter("ignore")
    sys.path.insert(0, sys.argv[2])
    from flavors.test_fastai import FLAVOR, learner, save_model
    home = types.ModuleType("gone_tomorrow")
    sys.modules["gone_tomorrow"] = home
    exec("class Note: pass", vars(home))
    home.Note.__module__ = "gone_tomorrow"
    one = learner()
    one.note = home.Note()
    save_model(FLAVOR, one, sys.argv[1], pip_requirements=[], verify=False)
"""


def test_a_module_that_is_missing_is_named(tmp_path):
    """fastai itself drops such an error and fails a line later on a variable of its own."""
    from pathlib import Path

    command = [
        sys.executable,
        "-c",
        textwrap.dedent(SAVED_ELSEWHERE),
        str(tmp_path / "m"),
        str(Path(__file__).parents[1]),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with pytest.raises(ModuleNotFoundError, match="gone_tomorrow"):
        load.load_model(FLAVOR, tmp_path / "m")


def test_modules_of_the_model_are_found(tmp_path):
    """A function of a module that travels in code_paths, without that module being visible."""
    (tmp_path / "columns_of_mine.py").write_text(
        "from fastai.torch_core import tensor\ndef pick(row):\n    return tensor([row['a'], row['b']]).float()\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        from columns_of_mine import pick

        block = DataBlock(get_x=pick, get_y=summed(), splitter=IndexSplitter(list(range(32, 40))))
        made = Learner(block.dataloaders(FRAME, bs=8), nn.Linear(2, 1), loss_func=MSELossFlat())
        save_model(FLAVOR, made, tmp_path / "m", pip_requirements=[], code_paths=[tmp_path / "columns_of_mine.py"])
    finally:
        sys.path.remove(str(tmp_path))
        del sys.modules["columns_of_mine"]
    loaded = load.load_pyfunc(tmp_path / "m")
    assert numbers(loaded.predict(ROWS[["a", "b"]])).shape == (5, 1)
    assert "columns_of_mine" not in sys.modules
