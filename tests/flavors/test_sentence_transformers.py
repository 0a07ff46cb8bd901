"""Sentence Transformers: vectors of texts, requests for embeddings, what may run code."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from flavors import tiny_hf as tiny

sentence_transformers = pytest.importorskip("sentence_transformers")

import modelwright
from contracts.flavor import FlavorContract
from modelwright.core.errors import CorruptModel, InvalidArgument, UntrustedModel
from modelwright.flavors import llm
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

CAT, DOG = "the cat sat on the mat", "a dog ran"


def save(path: Path, **options: Any) -> Any:
    options = {"pip_requirements": [], **options}
    save_model(load.flavor("sentence_transformers"), tiny.sentences(), path, **options)
    return load.load_pyfunc(path, trust=False)


class TestSentences(FlavorContract):
    name, imports = "sentence_transformers", "sentence_transformers"

    def model(self) -> Any:
        return tiny.sentences()

    def example(self) -> Any:
        return [CAT, DOG]

    def predictions(self, model: Any, data: Any) -> Any:
        return model.encode(data)


def test_the_directory_is_mlflows(tmp_path: Path) -> None:
    model = save(tmp_path / "m")
    body = yaml.safe_load((tmp_path / "m/MLmodel").read_text())
    assert body["flavors"]["sentence_transformers"] == {
        "sentence_transformers_version": sentence_transformers.__version__, "code": None,
        "source_model_name": "tiny/bert", "pipeline_model_type": "BertModel",
    }  # fmt: skip
    assert body["flavors"]["python_function"]["data"] == "model.sentence_transformer"
    assert "config" not in body["flavors"]["python_function"]
    assert json.loads(body["signature"]["inputs"]) == [{"type": "string", "required": True}]
    assert json.loads(body["signature"]["outputs"]) == [
        {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}
    ]
    assert load.hazards(tmp_path / "m") == []
    assert model.get_raw_model().max_seq_length == 32


def test_texts_become_vectors(tmp_path: Path) -> None:
    model = save(tmp_path / "m")
    expected = tiny.sentences().encode([CAT, DOG])
    np.testing.assert_allclose(model.predict([CAT, DOG]), expected, rtol=1e-5)
    np.testing.assert_allclose(model.predict(CAT), expected[:1], rtol=1e-5)
    np.testing.assert_allclose(model.predict(pd.DataFrame([CAT, DOG], index=[7, 8])), expected, rtol=1e-5)
    unsigned = save(tmp_path / "n", signature=False)
    np.testing.assert_allclose(unsigned.predict(CAT), expected[0], rtol=1e-5)


def test_params_and_settings_are_options_of_encode(tmp_path: Path) -> None:
    signature = modelwright.models.infer_signature(CAT, np.zeros(16), {"normalize_embeddings": False})
    model = save(tmp_path / "m", signature=signature)
    assert np.linalg.norm(model.predict(CAT, {"normalize_embeddings": True})) == pytest.approx(1)
    assert np.linalg.norm(model.predict(CAT)) != pytest.approx(1)
    own = save(tmp_path / "n", inference_config={"normalize_embeddings": True})
    assert json.loads((tmp_path / "n/inference_config").read_text()) == {"normalize_embeddings": True}
    assert np.linalg.norm(own.predict(CAT)) == pytest.approx(1)
    bad = save(tmp_path / "o", signature=modelwright.models.infer_signature(CAT, np.zeros(16), {"nope": 1}))
    with pytest.raises(InvalidArgument, match=r"encode does not take all of params \['nope'\]"):
        bad.predict(CAT, {"nope": 2})
    (tmp_path / "n/inference_config").write_text("?")
    (tmp_path / "n" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match="holds no JSON object"):
        load.load_pyfunc(tmp_path / "n")


def test_requests_for_embeddings(tmp_path: Path) -> None:
    model = save(tmp_path / "m", task=llm.EMBEDDINGS)
    assert model.metadata.signature == llm.signature(llm.EMBEDDINGS)
    assert (model.metadata.metadata, model.model_config) == ({"task": llm.EMBEDDINGS}, {"task": llm.EMBEDDINGS})
    reply = model.predict({"input": CAT})
    assert reply["usage"] == {"prompt_tokens": 8, "total_tokens": 8}
    np.testing.assert_allclose(reply["data"][0]["embedding"], tiny.sentences().encode(CAT), rtol=1e-5)
    assert len(model.predict(pd.DataFrame({"input": [CAT, DOG]}))["data"]) == 2
    with pytest.raises(InvalidArgument, match="the one task of these models is 'llm/v1/embeddings'"):
        save(tmp_path / "n", task=llm.CHAT)
    with pytest.raises(InvalidArgument, match="metadata says task='other'"):
        save(tmp_path / "n", task=llm.EMBEDDINGS, metadata={"task": "other"})


def test_logging_with_a_task_saves_with_it() -> None:
    with modelwright.start_run():
        info = modelwright.sentence_transformers.log_model(
            tiny.sentences(), "m", llm.EMBEDDINGS, pip_requirements=["sentence-transformers"]
        )
    assert modelwright.pyfunc.load_model(info.model_uri).predict({"input": CAT})["object"] == "list"
    native = modelwright.sentence_transformers.load_model(info.model_uri)
    np.testing.assert_allclose(native.encode(CAT), tiny.sentences().encode(CAT), rtol=1e-5)


def test_the_name_of_a_snapshot_of_older_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = next(part.auto_model for part in tiny.sentences().modules() if hasattr(part, "auto_model"))
    monkeypatch.setattr(inner, "name_or_path", "/home/me/.cache/owner_tiny-bert/")
    save(tmp_path / "m")
    assert Model.load(tmp_path / "m").flavors["sentence_transformers"]["source_model_name"] == "owner/tiny-bert"


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"Expected a SentenceTransformer, got a builtins\.str"):
        save_model(load.flavor("sentence_transformers"), "a name", tmp_path / "m")


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "os.system"}], "names the class os.system"),
        ("modules.json", [{"idx": 0, "path": "../x", "type": "a"}], "names a part outside of it"),
        ("1_Pooling/config.json", {"activation_function": "torch.hub.load"}, "names the class torch.hub.load"),
        ("router_config.json", {"types": {"../a": "sentence_transformers.models.Dense"}}, "a part outside of it"),
        ("config.json", {"auto_map": {"AutoModel": "x.Y"}}, "names code of its own"),
        ("x_Dense/pytorch_model.bin", None, "may hold code"),
    ],
)
def test_what_may_run_code_is_told(tmp_path: Path, file: str, change: Any, said: str) -> None:
    save(tmp_path / "m")
    path = tmp_path / "m/model.sentence_transformer" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(change))
    (tmp_path / "m" / manifest.NAME).unlink()
    (reason,) = load.hazards(tmp_path / "m")
    assert said in reason
    with pytest.raises(UntrustedModel):
        load.load_pyfunc(tmp_path / "m")


def test_broken_files_are_one_clear_error(tmp_path: Path) -> None:
    save(tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    (tmp_path / "m/model.sentence_transformer/modules.json").write_text("[{]")
    with pytest.raises(CorruptModel, match=r"Sentence Transformers .* cannot read"):
        load.load_pyfunc(tmp_path / "m")
