"""What every flavor must do. A flavor's own test file says how to make a model; the rest is here."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import yaml

from contracts.served import answers_in_every_form
from modelwright.core.errors import (
    AlreadyExists,
    BrokenModel,
    CorruptModel,
    InvalidArgument,
    NotFound,
    UntrustedModel,
)
from modelwright.models import load, manifest
from modelwright.models.flavor import Flavor
from modelwright.models.mlmodel import Model
from modelwright.models.pyfunc import PyFuncModel
from modelwright.models.save import ENV, save_model


class FlavorContract(ABC):
    """Subclass it as `Test<Flavor>`, name the flavor, and say how to make a model and its data."""

    name: ClassVar[str]
    imports: ClassVar[str | None]  # the framework's package; None for a flavor without one
    options: ClassVar[dict[str, Any]] = {}  # what every save needs besides the model
    native: ClassVar[bool] = True  # whether the flavor has an entry of its own in MLmodel

    @abstractmethod
    def model(self) -> Any:
        """A small fitted model."""

    @abstractmethod
    def example(self) -> Any:
        """A few rows for it."""

    def predictions(self, model: Any, data: Any) -> Any:
        """What the native model answers, and the loaded one must."""
        return model.predict(data)

    def save(self, path: Path, **options: Any) -> Model:
        options = {"pip_requirements": [], **self.options, **options}
        return save_model(self.flavor(), self.model(), path, **options)

    def flavor(self) -> Flavor:
        return load.flavor(self.name)

    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        self.save(tmp_path / "model", input_example=self.example())
        return tmp_path / "model"

    def expected(self) -> Any:
        return self.predictions(self.model(), self.example())

    def test_it_accepts_its_own_models_and_is_named_as_everywhere(self) -> None:
        flavor = self.flavor()
        assert flavor.name == self.name
        assert flavor.accepts(self.model())
        assert set(flavor.save_order) & {"signature", "input_example", "metadata"}
        assert "registered_model_name" in flavor.log_order

    def test_the_native_model_comes_back(self, saved: Path) -> None:
        if not self.native:
            pytest.skip("this flavor's models are only ever scored")
        same(self.predictions(load.load_model(self.flavor(), saved), self.example()), self.expected())

    def test_pyfunc_predicts_what_the_native_model_predicts(self, saved: Path) -> None:
        model = load.load_pyfunc(saved)
        assert isinstance(model, PyFuncModel)
        same(model.predict(self.example()), self.expected())
        assert model.get_raw_model() is not None

    def test_the_signature_is_inferred_from_the_example(self, saved: Path) -> None:
        signature = Model.load(saved).signature
        assert signature is not None
        assert signature.inputs is not None
        assert signature.outputs is not None
        given = self.save(saved.with_name("given"), signature=signature)
        assert given.signature == signature
        none = self.save(saved.with_name("none"), signature=False, input_example=self.example())
        assert none.signature is None

    def test_the_example_is_stored_and_read_back(self, saved: Path) -> None:
        model = load.load_pyfunc(saved)
        same(model.predict(model.input_example), self.expected())
        assert json.loads(model.metadata.get_serving_input(saved) or "")
        assert model.metadata.load_input_example_params(saved) is None

    def test_environment_files_name_what_the_model_needs(self, tmp_path: Path) -> None:
        self.save(tmp_path / "m", pip_requirements=None)
        listed = (tmp_path / "m" / "requirements.txt").read_text("utf-8")
        assert all(package in listed for package in self.flavor().packages)
        conda = yaml.safe_load((tmp_path / "m" / "conda.yaml").read_text("utf-8"))
        assert conda["dependencies"][-1]["pip"] == listed.splitlines()
        assert "-r requirements.txt" in yaml.safe_load((tmp_path / "m" / "python_env.yaml").read_text())["dependencies"]

    def test_given_requirements_replace_the_inferred_ones(self, tmp_path: Path) -> None:
        self.save(tmp_path / "m", pip_requirements=["alpha", "beta==1"])
        assert (tmp_path / "m" / "requirements.txt").read_text().split()[-2:] == ["alpha", "beta==1"]
        with pytest.raises(InvalidArgument, match="conda_env"):
            self.save(tmp_path / "n", pip_requirements=["a"], conda_env={"dependencies": []})

    def test_mlmodel_is_what_stock_mlflow_reads(self, saved: Path) -> None:
        body = yaml.safe_load((saved / "MLmodel").read_text("utf-8"))
        pyfunc = body["flavors"]["python_function"]
        assert pyfunc["env"] == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
        assert isinstance(pyfunc["loader_module"], str)
        assert (self.name in body["flavors"]) is self.native
        assert body["mlflow_version"] == "2.16.2"
        assert body["model_size_bytes"] > 0
        assert str(saved.parent) not in (saved / "MLmodel").read_text("utf-8")
        assert Model.load(saved).to_yaml() == (saved / "MLmodel").read_text("utf-8")

    def test_metadata_is_kept(self, tmp_path: Path) -> None:
        self.save(tmp_path / "m", metadata={"owner": "me", "deep": {"a": [1, 2]}})
        assert load.load_pyfunc(tmp_path / "m").metadata.metadata == {"owner": "me", "deep": {"a": [1, 2]}}

    def test_the_same_model_from_many_threads(self, saved: Path) -> None:
        model, wrong = load.load_pyfunc(saved), []

        def work() -> None:
            try:
                for _ in range(5):
                    same(model.predict(self.example()), self.expected())
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_served_it_answers_what_it_predicts(self, saved: Path) -> None:
        pytest.importorskip("prometheus_client")
        answers_in_every_form(saved, self.example())

    def test_it_is_verified_when_it_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        meta = self.save(tmp_path / "m", input_example=self.example(), verify=True)
        assert meta.verified is not None
        assert (meta.verified.ok, meta.verified.reason, meta.verified.skipped) == (True, None, None)
        monkeypatch.setenv("MODELWRIGHT_VERIFY_BYTES", "1")
        unseen = self.save(tmp_path / "n").verified
        assert unseen is not None
        assert "MODELWRIGHT_VERIFY_BYTES" in (unseen.skipped or "")

    def test_a_model_that_cannot_be_loaded_is_found_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
            raise NameError("name 'missing' is not defined")

        monkeypatch.setattr(type(self.flavor()), "load", broken)
        monkeypatch.setattr(type(self.flavor()), "open", Flavor.open)
        with pytest.warns(UserWarning, match=r"was saved, but cannot be loaded: NameError: name 'missing'"):
            meta = self.save(tmp_path / "m", signature=False)
        assert meta.verified is not None
        assert not meta.verified.ok
        with pytest.raises(BrokenModel, match="NameError"):
            self.save(tmp_path / "n", signature=False, verify=True)
        assert not (tmp_path / "n").exists()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.save(tmp_path / "o", signature=False, verify=False)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "o"]

    def test_a_full_directory_is_refused(self, saved: Path) -> None:
        before = (saved / "MLmodel").read_bytes()
        with pytest.raises(AlreadyExists, match="already exists and is not an empty directory"):
            self.save(saved)
        assert (saved / "MLmodel").read_bytes() == before
        (saved.parent / "empty").mkdir()
        self.save(saved.parent / "empty")

    def test_an_unknown_option_is_an_error_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="no option 'no_such_option'"):
            self.save(tmp_path / "m", no_such_option=1)
        assert not list(tmp_path.iterdir())

    def test_code_paths_travel_with_the_model(self, tmp_path: Path) -> None:
        (tmp_path / "helper_of_contract.py").write_text("N = 1\n")
        (tmp_path / "pkg" / "__pycache__").mkdir(parents=True)
        (tmp_path / "pkg" / "__init__.py").write_text("")
        (tmp_path / "pkg" / "__pycache__" / "x.pyc").write_text("")
        self.save(tmp_path / "m", code_paths=[str(tmp_path / "helper_of_contract.py"), tmp_path / "pkg"])
        written = sorted(p.relative_to(tmp_path / "m").as_posix() for p in (tmp_path / "m" / "code").rglob("*.py"))
        assert written == ["code/helper_of_contract.py", "code/pkg/__init__.py"]
        assert not list((tmp_path / "m").rglob("__pycache__"))
        before = list(sys.path)
        same(load.load_pyfunc(tmp_path / "m").predict(self.example()), self.expected())
        assert sys.path == before
        assert "helper_of_contract" not in sys.modules
        with pytest.raises(UntrustedModel, match="modules of its own"):
            load.load_pyfunc(tmp_path / "m", trust=False)

    def test_extra_files_are_kept_with_the_model(self, tmp_path: Path) -> None:
        (tmp_path / "card.md").write_text("# What it is")
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "card.md").write_text("more")
        meta = self.save(tmp_path / "m", extra_files=[str(tmp_path / "card.md"), tmp_path / "more"])
        entry = meta.flavors[self.name if self.native else "python_function"]
        assert entry["extra_files"] == [{"path": "extra_files/card.md"}, {"path": "extra_files/more"}]
        assert (tmp_path / "m/extra_files/more/card.md").read_text() == "more"
        with pytest.raises(InvalidArgument, match=r"several files named card\.md"):
            self.save(tmp_path / "n", extra_files=[tmp_path / "card.md", tmp_path / "more" / "card.md"])
        with pytest.raises(InvalidArgument, match=r"extra_files\[0\] is 'absent', which does not exist"):
            self.save(tmp_path / "n", extra_files=["absent"])

    def test_a_changed_file_is_noticed(self, saved: Path) -> None:
        for name in manifest.check(saved).files:  # type: ignore[union-attr]
            path, good = saved / name, (saved / name).read_bytes()
            path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]) if good else b"x")
            with pytest.raises(CorruptModel):
                load.load_pyfunc(saved, trust=True)
            path.unlink()
            with pytest.raises((CorruptModel, NotFound)):
                load.load_pyfunc(saved, trust=True)
            path.write_bytes(good)
        load.load_pyfunc(saved, trust=True)

    def test_strangers_run_no_code(self, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a manifest of ours the default policy lets only what cannot run code through."""
        (saved / manifest.NAME).unlink()
        meta = Model.load(saved)
        hazards = load.hazards(saved)
        if not hazards or "safe_copy" in (meta.flavors.get(self.name) or {}):
            load.load_pyfunc(saved, trust=False)
            monkeypatch.setenv("MODELWRIGHT_TRUST", "none")
            load.load_pyfunc(saved)
            return
        with pytest.raises(UntrustedModel):
            load.load_pyfunc(saved)
        if self.native:
            with pytest.raises(UntrustedModel):
                load.load_model(self.flavor(), saved)
        load.load_pyfunc(saved, origin="store")
        load.load_pyfunc(saved, trust=True)
        assert meta.flavors

    def test_the_documentation_says_whether_loading_runs_code(self, saved: Path) -> None:
        written = [form for form in self.flavor().forms if any(saved.glob(form.file))]
        assert written
        if load.hazards(saved):
            assert any(form.code != "no" for form in written)
        else:
            assert any(form.code != "yes" for form in written)

    def test_paths_that_lead_out_are_refused(self, saved: Path) -> None:
        (saved / manifest.NAME).unlink()
        (saved.parent / "outside").write_bytes(b"")
        good = yaml.safe_load((saved / "MLmodel").read_text())
        for name, conf in good["flavors"].items():
            for key in ("data", "model_path", "pickled_model", "python_model", "code"):
                for given in ("../outside", "/etc/passwd", "a/../../outside"):
                    body = {**good, "flavors": {**good["flavors"], name: {**conf, key: given}}}
                    (saved / "MLmodel").write_text(yaml.safe_dump(body))
                    with pytest.raises(CorruptModel, match="leads out"):
                        load.load_pyfunc(saved, trust=True)

    def test_a_file_that_is_broken_is_one_clear_error(self, saved: Path) -> None:
        """Half a file, and a file of something else: whichever is noticed is named; none brings the process down."""
        (saved / manifest.NAME).unlink()
        noticed = []
        for path in self.own_files(saved):
            good = path.read_bytes()
            for bad in (good[: len(good) // 2], b"nothing of the kind\n" * 20):
                path.write_bytes(bad)
                noticed += self.complaints(saved)
            path.write_bytes(good)
        assert noticed
        assert all(str(saved) in complaint for complaint in noticed)
        load.load_pyfunc(saved, trust=True)

    def complaints(self, saved: Path) -> list[str]:
        try:
            load.load_pyfunc(saved, trust=True)
        except CorruptModel as error:
            return [str(error)]
        return []

    def own_files(self, saved: Path) -> list[Path]:
        """The files that the flavor itself wrote."""
        shared = {*ENV.values(), "MLmodel", "requirements.txt", "input_example.json", "serving_input_example.json"}
        return sorted(p for p in saved.rglob("*") if p.is_file() and p.relative_to(saved).as_posix() not in shared)

    def test_a_framework_that_is_missing_is_named_with_its_extra(self, saved: Path) -> None:
        if self.imports is None or not self.native:
            pytest.skip("this flavor has no framework")
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT, self.imports, self.name, saved], capture_output=True, text=True, check=False
        )
        assert f"pip install 'modelwright[{self.name}]'" in done.stdout, done.stdout + done.stderr

    def test_a_version_that_was_never_tested_is_told_and_loads(self, saved: Path) -> None:
        key = self.flavor().version_key
        if not self.native or not key:
            pytest.skip("this flavor's models tell no version")
        body = yaml.safe_load((saved / "MLmodel").read_text("utf-8"))
        body["flavors"][self.name][key] = "0.0.7"
        (saved / "MLmodel").write_text(yaml.safe_dump(body))
        (saved / manifest.NAME).unlink()
        with pytest.warns(UserWarning, match=r"written by .* 0\.0\.7 and read by \d.*tested are"):
            model = load.load_model(self.flavor(), saved, trust=True)
        same(self.predictions(model, self.example()), self.expected())

    def test_knowing_the_flavor_does_not_import_the_framework(self) -> None:
        if self.imports is None:
            pytest.skip("this flavor has no framework")
        script = (
            f"import sys; from modelwright.models import load; load.flavor({self.name!r}); "
            f"sys.exit(any(m in sys.modules for m in ({self.imports!r}, 'pandas', 'numpy')))"
        )
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# Loads a model where the framework cannot be found.
WITHOUT = """
import sys
from modelwright.core.errors import MissingDependency
from modelwright.models import load

missing, flavor, root = sys.argv[1:]

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

sys.meta_path.insert(0, Nowhere())
try:
    load.load_model(load.flavor(flavor), root, trust=True)
except MissingDependency as error:
    print(error)
"""


def same(found: Any, wanted: Any) -> None:
    """Equal predictions, whatever holds them."""
    np.testing.assert_allclose(_numbers(found), _numbers(wanted), rtol=1e-6)


def _numbers(values: Any) -> Any:
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, pd.DataFrame):
        times = values.select_dtypes("datetime").columns
        values = values.assign(**{name: values[name].astype("datetime64[ns]").astype("int64") for name in times})
    if isinstance(values, pd.DataFrame | pd.Series):
        values = values.to_numpy().tolist()  # whose cells may be arrays
    return np.asarray(values, dtype=float).squeeze()
