"""The MLmodel file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.errors import CorruptModel, NotFound
from modelwright.models.mlmodel import Model, ModelInfo
from modelwright.models.schema import ColSpec, Schema
from modelwright.models.signature import ModelSignature

SIGNATURE = ModelSignature(inputs=Schema([ColSpec("double", "a")]))


def write(folder: Path, text: str) -> Path:
    (folder / "MLmodel").write_text(text, "utf-8")
    return folder


def test_defaults_are_those_of_the_format():
    model = Model()
    assert model.mlflow_version == "2.16.2"
    assert len(model.model_uuid) == 32
    assert model.to_dict().keys() == {"utc_time_created", "flavors", "model_uuid", "mlflow_version"}
    assert len(model.utc_time_created) == len("2026-11-23 00:32:41.653488")


def test_round_trip(tmp_path):
    model = Model("m", "run", signature=SIGNATURE, metadata={"a": 1}, model_size_bytes=5).add_flavor("f", data="x")
    model.save(tmp_path / "MLmodel")
    for path in (tmp_path, str(tmp_path), tmp_path / "MLmodel"):
        back = Model.load(path)
        assert back == model
        assert back.signature == SIGNATURE
    assert back.get_input_schema() == SIGNATURE.inputs
    assert back.get_output_schema() is None
    assert back.get_params_schema() is None
    assert str(back) == (tmp_path / "MLmodel").read_text()


def test_unknown_keys_are_kept_and_overwrite_nothing(tmp_path):
    text = "extra: {a: 1}\nflavors: {}\nload: pwned\nprompts: null\nsave: pwned\n"
    text += "signature: null\nself: x\nto_dict: 3\nverified: true\n"
    model = Model.load(write(tmp_path, text))
    assert callable(model.save)
    assert callable(model.to_dict)
    assert model.verified is None
    assert model.extra["save"] == "pwned"
    assert model.extra["self"] == "x"
    assert not hasattr(model, "prompts")
    body = model.to_dict()
    assert {k: body[k] for k in yaml.safe_load(text)} == yaml.safe_load(text)
    model.save(tmp_path / "again")
    assert Model.load(tmp_path / "again") == model


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs", "P"]), min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(names, values, max_size=5), st.dictionaries(names, st.dictionaries(names, values, max_size=3)))
def test_any_content_survives(tmp_path_factory, extra, flavors):
    body = {"flavors": flavors, "model_uuid": "u", "mlflow_version": "9", "utc_time_created": "t", **extra}
    path = tmp_path_factory.mktemp("any") / "MLmodel"
    Model.from_dict(body).save(path)
    assert Model.load(path).to_dict() == body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flavors: {a: {}}\nrun_id: [\n", r"MLmodel', line 3 is not YAML"),
        ("a: b: c\n", r"line 1 is not YAML"),
        ("", r"line 1: expected a mapping of keys, got nothing"),
        ("- a\n", r"expected a mapping of keys, got a list"),
        ("run_id: x\nflavors: 3\n", r"line 2: 'flavors' must be a mapping, got a whole number"),
        ("flavors:\n  good: {}\n  bad: [1]\n", r"line 3: flavor 'bad' must be a mapping, got a list"),
        ("flavors: {}\nsignature: text\n", r"line 2: 'signature' must be a mapping, got text"),
        ("flavors: {}\nmodel_size_bytes: many\n", r"line 2: 'model_size_bytes' must be a whole number"),
        ("flavors: {}\nx: !!python/object/apply:os.system [id]\n", r"line 2 is not YAML.*python/object"),
        ("flavors: {}\nx: 2024-13-99\n", "holds a value that cannot be read: month"),
        ("flavors: {}\nx: !!int many\n", "holds a value that cannot be read"),
        (f"flavors: {{}}\nx: {'9' * 5000}\n", "holds a value that cannot be read"),
        ("flavors: {}\nrun_id: a\nflavors: {a: {}}\n", r"line 3 is not YAML: 'flavors' stands twice"),
        ("flavors:\n  a: {data: x, data: ../y}\n", r"line 2 is not YAML: 'data' stands twice"),
        ("flavors: {}\nx: \0\n", "is not YAML"),
        (f"flavors: {{}}\nx: {'[' * 100_000}\n", "more than 100 levels"),
        (f"flavors: {{}}\nx:\n  {'- ' * 100_000}\n", "more than 100 levels"),
    ],
)
def test_what_is_not_an_mlmodel_is_refused_by_line(tmp_path, text, message):
    with pytest.raises(CorruptModel, match=f"(?s){message}"):
        Model.load(write(tmp_path, text))


def test_missing_files_and_directories_are_told_apart(tmp_path):
    with pytest.raises(NotFound, match="No model at"):
        Model.load(tmp_path / "nowhere")
    (tmp_path / "other.txt").write_text("")
    with pytest.raises(CorruptModel, match="is not a model directory: it has no MLmodel"):
        Model.load(tmp_path)
    (tmp_path / "MLmodel").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorruptModel, match="not a text file"):
        Model.load(tmp_path)


def test_a_signature_that_cannot_be_read_says_so_when_asked(tmp_path):
    model = Model.load(write(tmp_path, 'flavors: {}\nsignature: {inputs: \'[{"type": "nonsense"}]\'}\n'))
    with pytest.raises(CorruptModel, match="signature"):
        _ = model.signature
    assert model.to_dict()["signature"] == {"inputs": '[{"type": "nonsense"}]'}


def test_false_is_not_a_signature():
    model = Model(signature=SIGNATURE)
    model.signature = False
    assert model.signature == SIGNATURE


def test_info_says_where_the_model_is():
    info = Model("m", "r", signature=SIGNATURE, model_id="m-1").get_model_info()
    assert isinstance(info, ModelInfo)
    assert (info.model_uri, info.name, info.model_id) == ("runs:/r/m", "m", "m-1")
    assert Model(model_id="m-1").get_model_info().model_uri == "models:/m-1"
    with pytest.warns(FutureWarning, match="use signature"):
        assert info.signature_dict == SIGNATURE.to_dict()
    info.registered_model_version = 3


def test_history_tags_leave_out_configuration():
    model = Model("m", "r").add_flavor("python_function", config={"k": 1}, data="d")
    assert model.get_tags_dict()["flavors"] == {"python_function": {"data": "d"}}
    assert model.get_tags_dict()["run_id"] == "r"


def test_times_without_quotes_are_text(tmp_path):
    model = Model.load(write(tmp_path, "flavors: {}\nutc_time_created: 2026-11-23 00:32:41.653488\n"))
    assert model.utc_time_created == "2026-11-23 00:32:41.653488"
