"""Transformers: every task's data in and out, the forms of a model, what lies in its directory, what may run code."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from flavors import tiny_hf as tiny

transformers = pytest.importorskip("transformers")

import modelwright
from contracts.flavor import FlavorContract
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, NotFound, UntrustedModel
from modelwright.flavors import llm
from modelwright.flavors.transformers import signatures
from modelwright.models import load, manifest
from modelwright.models.mlmodel import Model
from modelwright.models.save import save_model

CAT, DOG = "the cat sat on the mat", "a dog ran"
GREEDY = {"do_sample": False, "max_new_tokens": 4}
OLD = pytest.mark.skipif(not hasattr(transformers, "TranslationPipeline"), reason="transformers 5 took the task away")
# Of transformers itself, about what it does inside.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Series.__getitem__ treating keys as positions:FutureWarning"),
    pytest.mark.filterwarnings("ignore:builtin type [Ss]wig:DeprecationWarning"),
]


@cache
def classifier() -> Any:
    return tiny.pipe(
        "text-classification", tiny.labelled("BertForSequenceClassification", "0", "1"), tokenizer=tiny.tokenizer()
    )


@cache
def features() -> Any:
    return tiny.pipe("feature-extraction", tiny.bert("BertModel"), tokenizer=tiny.tokenizer())


@cache
def generator(template: str | None = None) -> Any:
    return tiny.pipe("text-generation", tiny.gpt2(), tokenizer=tiny.plain_tokenizer(template))


def save(model: Any, path: Path, **options: Any) -> Any:
    options = {"pip_requirements": [], **options}
    save_model(load.flavor("transformers"), model, path, **options)
    return load.load_pyfunc(path, trust=False)


def conf(path: Path) -> dict[str, Any]:
    return yaml.safe_load((path / "MLmodel").read_text())["flavors"]["transformers"]


def change(path: Path, **values: Any) -> None:
    """Rewrite the flavor's entry, as a stranger would."""
    body = yaml.safe_load((path / "MLmodel").read_text())
    body["flavors"]["transformers"].update(values)
    (path / "MLmodel").write_text(yaml.safe_dump(body))
    (path / manifest.NAME).unlink(missing_ok=True)


class TestClassifier(FlavorContract):
    name, imports = "transformers", "transformers"

    def model(self) -> Any:
        return classifier()

    def example(self) -> Any:
        return [CAT, DOG]

    def predictions(self, model: Any, data: Any) -> Any:
        return pd.DataFrame(model(list(data)))

    def test_it_accepts_its_own_models_and_is_named_as_everywhere(self) -> None:
        assert self.flavor().accepts(self.model())
        assert self.flavor().save_order[:3] == ("processor", "task", "torch_dtype")


class TestFeatures(TestClassifier):
    def model(self) -> Any:
        return features()

    def example(self) -> Any:
        return [CAT]

    def predictions(self, model: Any, data: Any) -> Any:
        return np.array(model(list(data))[0][0])


class TestComponents(TestFeatures):
    def model(self) -> Any:
        return {"model": tiny.bert("BertModel"), "tokenizer": tiny.tokenizer()}

    def expected(self) -> Any:
        return self.predictions(features(), self.example())


# Each task: data, and what comes back.


def test_texts_are_classified(tmp_path: Path) -> None:
    model = save(classifier(), tmp_path / "m")
    assert Model.load(tmp_path / "m").signature == signatures.of_task("text-classification")
    both = classifier()([CAT, DOG])
    assert model.predict([CAT, DOG]).to_dict("records") == both
    assert model.predict(CAT).to_dict("records") == both[:1]
    assert model.predict(pd.DataFrame([CAT, DOG])).to_dict("records") == both
    pair = {"text": CAT, "text_pair": DOG}
    assert model.predict(pair).to_dict("records") == classifier()([pair])
    assert model.predict([pair, pair]).to_dict("records") == classifier()([pair, pair])
    assert model.predict([repr(pair)]).to_dict("records") == classifier()([pair])
    with pytest.raises(InvalidArgument, match="takes the keys 'text' and 'text_pair', got also"):
        model.predict({"word": CAT})


def test_pairs_as_an_example_give_the_signature_its_columns(tmp_path: Path) -> None:
    model = save(classifier(), tmp_path / "m", input_example={"text": CAT, "text_pair": DOG})
    assert model.input_schema.input_names() == ["text", "text_pair"]
    assert len(model.predict(pd.DataFrame({"text": [CAT, DOG], "text_pair": [DOG, CAT]}))) == 2


def test_params_win_over_the_models_own_settings(tmp_path: Path) -> None:
    signature = modelwright.models.infer_signature([CAT], pd.DataFrame(classifier()([CAT])), {"top_k": 1})
    model = save(classifier(), tmp_path / "m", model_config={"top_k": 2}, signature=signature)
    assert model.model_config == {"top_k": 2}
    assert len(model.predict([CAT], {"top_k": 2}).columns) == 2
    assert len(model.predict([CAT]).columns) == 1  # the signature's default is a param of every call
    own = save(classifier(), tmp_path / "n", model_config={"top_k": 2})
    assert len(own.predict([CAT]).columns) == 2
    given = load.load_pyfunc(tmp_path / "n", model_config={"top_k": 1})
    assert len(given.predict([CAT]).columns) == 1


def test_masks_are_filled(tmp_path: Path) -> None:
    filler = tiny.pipe("fill-mask", tiny.bert("BertForMaskedLM"), tokenizer=tiny.tokenizer())
    model = save(filler, tmp_path / "m")
    one, two = "the [MASK] sat", "a [MASK] ran"
    best = [candidates[0]["token_str"].strip() for candidates in filler([one, two])]
    assert model.predict([one, two]) == best
    assert model.predict(one) == best[:1]
    several = filler("the [MASK] [MASK]")
    assert model.predict("the [MASK] [MASK]") == [mask[0]["token_str"].strip() for mask in several]
    templated = save(filler, tmp_path / "n", prompt_template="the [MASK] {prompt}")
    assert templated.predict(["sat"]) == best[:1]


def test_texts_are_continued(tmp_path: Path) -> None:
    model = save(generator(), tmp_path / "m", model_config=GREEDY)
    both = [made[0]["generated_text"].strip() for made in generator()([CAT, DOG], **GREEDY)]
    assert model.predict([CAT, DOG]) == both
    assert model.predict(CAT) == both[:1]
    assert model.predict(pd.DataFrame({"prompt": [CAT, DOG]})[["prompt"]].rename(columns={"prompt": 0})) == both
    assert model.predict([CAT, DOG]) == both, "a call changes nothing of the next one"
    with pytest.raises(modelwright.exceptions.MlflowException, match="must be string"):
        model.predict([1])


def test_a_template_stands_around_the_prompt(tmp_path: Path) -> None:
    model = save(generator(), tmp_path / "m", prompt_template="hello {prompt} :", model_config=GREEDY)
    assert model.metadata.metadata == {"prompt_template": "hello {prompt} :"}
    assert model.model_config == {"return_full_text": False, **GREEDY}
    made = generator()(f"hello {DOG} :", return_full_text=False, **GREEDY)
    assert model.predict([DOG]) == [made[0]["generated_text"].strip()]
    whole = save(generator(), tmp_path / "n", prompt_template="{prompt}", model_config={"return_full_text": True})
    assert whole.model_config["return_full_text"] is True


@pytest.mark.parametrize("template", ["no place", "{prompt} {prompt}", "{question}", "{prompt", "{}", 5])
def test_a_template_has_one_place(tmp_path: Path, template: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"\{prompt\} in it once"):
        save(generator(), tmp_path / "m", prompt_template=template)


def test_a_template_goes_with_some_tasks(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="not with text-classification"):
        save(classifier(), tmp_path / "m", prompt_template="{prompt}")


def test_white_space_is_collapsed_when_asked(tmp_path: Path) -> None:
    class Breaks(type(generator())):  # type: ignore[misc]
        def __call__(self, texts: Any, **options: Any) -> Any:
            return [[{"generated_text": f"{text}\n\n  more "}] for text in texts]

    broken = Breaks(model=tiny.gpt2(), tokenizer=tiny.plain_tokenizer())
    broken.task = "text-generation"
    output = modelwright.transformers.generate_signature_output
    assert output(broken, [CAT]) == [f"{CAT}\n\n  more"]
    assert output(broken, [CAT], model_config={"collapse_whitespace": True}) == [f"{CAT} more"]


def test_an_instructed_models_question_is_cut_off_when_asked() -> None:
    from modelwright.flavors.transformers.predict import PipelinePredictor

    class InstructionTextGenerationPipeline:
        task = "text-generation"

        def __call__(self, texts: Any) -> Any:
            return [[{"generated_text": f"{text}\n\nA: yes"}] for text in texts]

    answer = PipelinePredictor(
        InstructionTextGenerationPipeline(), {}, instance="InstructionTextGenerationPipeline"
    ).predict
    assert answer(["who"]) == ["who\n\nA: yes"]
    assert answer(["who"], {"include_prompt": False}) == ["yes"]


def test_labels_are_chosen_without_training(tmp_path: Path) -> None:
    chooser = tiny.pipe(
        "zero-shot-classification",
        tiny.labelled("BertForSequenceClassification", "entailment", "neutral", "contradiction"),
        tokenizer=tiny.tokenizer(),
    )
    model = save(chooser, tmp_path / "m")
    question = {"sequences": CAT, "candidate_labels": ["good", "bad"], "hypothesis_template": "this is {}"}
    told = chooser(**question)
    found = model.predict(question)
    assert found.columns.tolist() == ["sequence", "labels", "scores"]
    assert (found["labels"].tolist(), found["scores"].tolist()) == (told["labels"], told["scores"])
    as_text = {**question, "candidate_labels": json.dumps(question["candidate_labels"])}
    pd.testing.assert_frame_equal(model.predict(as_text), found)
    pd.testing.assert_frame_equal(model.predict(pd.DataFrame([as_text])), found)
    pd.testing.assert_frame_equal(model.predict(pd.DataFrame([as_text, as_text])), found)
    two = pd.DataFrame([as_text, {**as_text, "sequences": DOG}])
    assert model.predict(two)["sequence"].tolist() == [CAT, CAT, DOG, DOG]
    shown = dict(question)
    save(chooser, tmp_path / "n", input_example=shown)
    assert shown == question, "the caller's example stays as it is"
    assert Model.load(tmp_path / "n").load_input_example(str(tmp_path / "n"))["candidate_labels"] == '["good", "bad"]'


def test_entities_are_told(tmp_path: Path) -> None:
    teller = tiny.pipe(
        "token-classification", tiny.labelled("BertForTokenClassification", "O", "B-X", "I-X"),
        tokenizer=tiny.tokenizer(),
    )  # fmt: skip
    model = save(teller, tmp_path / "m")
    expected = [",".join(one["entity"] for one in some) for some in teller([CAT, DOG])]
    assert model.predict([CAT, DOG]) == expected
    assert model.predict(CAT) == expected[:1]
    assert model.predict([""]) == [""]
    grouped = save(teller, tmp_path / "n", model_config={"aggregation_strategy": "simple"})
    names = [one["entity_group"] for one in teller(CAT, aggregation_strategy="simple")]
    assert grouped.predict([CAT]) == [",".join(names)]


def test_vectors_of_one_text_and_of_several(tmp_path: Path) -> None:
    model = save(features(), tmp_path / "m")
    one, two = (np.array(features()(text)[0]) for text in (CAT, DOG))
    np.testing.assert_allclose(model.predict(CAT), one, rtol=1e-5)
    found = model.predict([CAT, DOG])
    np.testing.assert_allclose(found[0], one, rtol=1e-5)
    np.testing.assert_allclose(found[1], two, rtol=1e-5)
    unsigned = save(features(), tmp_path / "n", signature=False)
    np.testing.assert_allclose(unsigned.predict(CAT), one[0], rtol=1e-5)


def test_tables_are_asked(tmp_path: Path) -> None:
    model, words = tiny.tapas()
    asker = tiny.pipe("table-question-answering", model, tokenizer=words)
    saved = save(asker, tmp_path / "m")
    table = {"cat": ["1", "2"], "dog": ["3", "1"]}
    told = asker(query="what", table=table)["answer"]
    assert saved.predict({"query": "what", "table": json.dumps(table)}) == [told]
    rows = pd.DataFrame({"query": ["what", "how"], "table": [json.dumps(table)] * 2})
    assert saved.predict(rows) == [one["answer"] for one in asker(query=["what", "how"], table=table)]
    with pytest.raises(InvalidArgument, match="no JSON of columns"):
        saved.predict({"query": "what", "table": "cat"})
    unsigned = save(asker, tmp_path / "n", signature=False)
    assert unsigned.predict({"query": "what", "table": table}) == [told]
    with pytest.raises(InvalidArgument, match="takes 'query' and 'table'"):
        unsigned.predict({"query": "what"})


def test_pictures_are_classified(tmp_path: Path) -> None:
    import base64

    image = pytest.importorskip("PIL.Image")
    model, cutter = tiny.vit()
    seer = tiny.pipe("image-classification", model, image_processor=cutter)
    saved = save(seer, tmp_path / "m")
    picture = tmp_path / "x.png"
    image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(picture)
    told = pd.DataFrame(seer([str(picture)]))
    pd.testing.assert_frame_equal(saved.predict(str(picture)), told)
    encoded = base64.b64encode(picture.read_bytes()).decode()
    pd.testing.assert_frame_equal(saved.predict([encoded]), told)
    pd.testing.assert_frame_equal(saved.predict(pd.DataFrame([encoded])), told)
    with pytest.raises(InvalidArgument, match="'nowhere' is neither a file that is there nor an address"):
        saved.predict(["nowhere"])


def test_sounds_are_classified(tmp_path: Path) -> None:
    model, scale = tiny.wav2vec2()
    hearer = tiny.pipe("audio-classification", model, feature_extractor=scale)
    saved = save(hearer, tmp_path / "m", signature=False)
    wave = np.sin(np.arange(400) / 3).astype("float32")
    pd.testing.assert_frame_equal(saved.predict(wave), pd.DataFrame(hearer(wave)))
    with pytest.raises(InvalidArgument, match="neither a file"):
        saved.predict("nowhere.wav")
    signed = save(hearer, tmp_path / "n")
    assert signed.input_schema.to_dict() == [{"type": "binary", "required": True}]


def test_speech_is_written_down(tmp_path: Path) -> None:
    model, scale = tiny.wav2vec2("Wav2Vec2ForCTC")
    letters = tmp_path / "vocab.json"
    letters.write_text(json.dumps({word: i for i, word in enumerate(["[PAD]", "[UNK]", "|", *"abcdefgh"])}))
    words = transformers.Wav2Vec2CTCTokenizer(str(letters), pad_token="[PAD]", unk_token="[UNK]")
    writer = tiny.pipe("automatic-speech-recognition", model, tokenizer=words, feature_extractor=scale)
    saved = save(writer, tmp_path / "m", signature=False)
    wave = np.sin(np.arange(400) / 3).astype("float32")
    assert saved.predict(wave) == [writer(wave)["text"].strip()]
    timed = save(writer, tmp_path / "n", signature=False, model_config={"return_timestamps": "char"})
    assert set(json.loads(timed.predict(wave)[0])) == {"text", "chunks"}


@OLD
def test_questions_are_answered(tmp_path: Path) -> None:
    answerer = tiny.pipe("question-answering", tiny.bert("BertForQuestionAnswering"), tokenizer=tiny.tokenizer())
    model = save(answerer, tmp_path / "m")
    question = {"question": "who sat", "context": CAT}
    told = answerer(**question)["answer"].strip()
    assert model.predict(question) == [told]
    assert model.predict(pd.DataFrame([question, question])) == [told, told]
    with pytest.raises(InvalidArgument, match="takes 'question' and 'context'"):
        save(answerer, tmp_path / "n", signature=False).predict({"question": "who"})


@OLD
@pytest.mark.parametrize("task", ["text2text-generation", "summarization", "translation_en_to_de"])
def test_texts_become_texts(tmp_path: Path, task: str) -> None:
    writer = tiny.pipe(task, tiny.t5(), tokenizer=tiny.tokenizer())
    model = save(writer, tmp_path / "m", model_config=GREEDY)
    told = [next(iter(one.values())).strip() for one in writer([CAT, DOG], **GREEDY)]
    assert model.predict([CAT, DOG]) == told
    assert model.predict(CAT) == told[:1]
    if task == "text2text-generation":
        one = writer(f"context: {CAT} answer: {DOG}", **GREEDY)[0]["generated_text"].strip()
        assert model.predict({"context": CAT, "answer": DOG}) == [one]


# llm/v1


def test_chat(tmp_path: Path) -> None:
    model = save(generator(tiny.CHAT), tmp_path / "m", task=llm.CHAT, model_config=GREEDY)
    assert model.metadata.signature == llm.signature(llm.CHAT)
    assert (conf(tmp_path / "m")["inference_task"], model.metadata.metadata) == (llm.CHAT, {"task": llm.CHAT})
    (reply,) = model.predict({"messages": [{"role": "user", "content": CAT}]})
    assert (reply["object"], reply["choices"][0]["message"]["role"]) == ("chat.completion", "assistant")
    assert reply["usage"] == {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    assert reply["choices"][0]["finish_reason"] == "length"
    (short,) = model.predict({"messages": [{"role": "user", "content": CAT}], "max_tokens": 2})
    assert short["usage"]["completion_tokens"] == 2
    second = reply["choices"][0]["message"]["content"].split()[1]
    (stopped,) = model.predict({"messages": [{"role": "user", "content": CAT}], "stop": [second]})
    assert stopped["usage"]["completion_tokens"] < 4
    assert stopped["choices"][0]["finish_reason"] == "stop"


def test_completions_and_embeddings(tmp_path: Path) -> None:
    model = save(generator(), tmp_path / "m", task=llm.COMPLETIONS, model_config=GREEDY)
    (reply,) = model.predict({"prompt": CAT})
    made = generator()(CAT, return_full_text=False, **GREEDY)[0]["generated_text"]
    assert (reply["object"], reply["choices"][0]["text"]) == ("text_completion", made.strip())
    vectors = save(features(), tmp_path / "n", task=llm.EMBEDDINGS)
    found = vectors.predict({"input": CAT})
    assert found["usage"] == {"prompt_tokens": 8, "total_tokens": 8}
    np.testing.assert_allclose(found["data"][0]["embedding"], features()(CAT)[0][0], rtol=1e-4)
    frame = vectors.predict(pd.DataFrame({"input": [CAT, DOG]}))
    assert [one["index"] for one in frame["data"]] == [0, 1]


def test_an_llm_task_must_fit_and_has_its_own_signature(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="takes a text-generation pipeline; this one is for feature-extraction"):
        save(features(), tmp_path / "m", task=llm.CHAT)
    with pytest.raises(InvalidArgument, match="the tasks of llm/v1 are"):
        save(features(), tmp_path / "m", task="llm/v1/poems")
    with pytest.raises(InvalidArgument, match="metadata says task='other'"):
        save(features(), tmp_path / "m", task=llm.EMBEDDINGS, metadata={"task": "other"})
    other = signatures.of_task("text-generation")
    with pytest.warns(UserWarning, match="given signature is not used"):
        save(features(), tmp_path / "m", task=llm.EMBEDDINGS, signature=other)
    assert Model.load(tmp_path / "m").signature == llm.signature(llm.EMBEDDINGS)


# Forms of a model, and what is written.


def test_the_directory_is_mlflows(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m", input_example=CAT)
    files = {path.relative_to(tmp_path / "m").as_posix() for path in (tmp_path / "m").rglob("*") if path.is_file()}
    assert {"model/config.json", "model/model.safetensors", "components/tokenizer/tokenizer.json"} < files
    assert "LICENSE.txt" in files
    entry = conf(tmp_path / "m")
    assert entry == {
        "transformers_version": transformers.__version__, "code": None, "task": "text-classification",
        "instance_type": "TextClassificationPipeline", "pipeline_model_type": "BertForSequenceClassification",
        "source_model_name": "", "model_binary": "model", "torch_dtype": "torch.float32",
        "tokenizer_type": entry["tokenizer_type"], "components": ["tokenizer"],
        **({"framework": "pt"} if hasattr(classifier(), "framework") else {}),
    }  # fmt: skip
    assert load.hazards(tmp_path / "m") == []


def test_components_and_options_of_loading(tmp_path: Path) -> None:
    import torch

    save(classifier(), tmp_path / "m", torch_dtype=torch.float16)
    flavor = load.flavor("transformers")
    parts = load.load_model(flavor, tmp_path / "m", return_type="components")
    assert {"task", "torch_dtype", "model", "tokenizer"} <= set(parts)
    assert (parts["torch_dtype"], parts["model"].dtype) == (torch.float16, torch.float16)
    again = load.load_model(flavor, tmp_path / "m", device=-1, torch_dtype="torch.float32")
    assert again.model.dtype is torch.float32
    assert again.device == torch.device("cpu")
    with pytest.raises(InvalidArgument, match="'pipeline' or 'components', got 'model'"):
        load.load_model(flavor, tmp_path / "m", return_type="model")
    with pytest.raises(InvalidArgument, match="no type of torch"):
        load.load_model(flavor, tmp_path / "m", torch_dtype="float17")
    public = modelwright.transformers.load_model(str(tmp_path / "m"), None, "components")
    assert isinstance(public["model"], type(parts["model"]))


def test_the_device_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(classifier(), tmp_path / "m")
    monkeypatch.setenv("MLFLOW_DEFAULT_PREDICTION_DEVICE", "meta")
    assert load.load_model(load.flavor("transformers"), tmp_path / "m", return_type="components")["device"] == "meta"
    monkeypatch.setenv("MLFLOW_HUGGINGFACE_USE_DEVICE_MAP", "true")
    with pytest.raises(InvalidArgument, match="does not go with"):
        load.load_model(load.flavor("transformers"), tmp_path / "m", device="cpu")


def test_a_processor_goes_with_the_model(tmp_path: Path) -> None:
    flavor = load.flavor("transformers")
    save_model(flavor, classifier(), tmp_path / "m", processor=tiny.tokenizer(), pip_requirements=[])
    assert load.load_pyfunc(tmp_path / "m").predict([CAT]).to_dict("records") == classifier()([CAT])
    assert (tmp_path / "m/components/processor/tokenizer.json").is_file()
    with pytest.raises(InvalidArgument, match="pass return_type='components'"):
        load.load_model(flavor, tmp_path / "m")
    change(tmp_path / "m", processor_type=conf(tmp_path / "m")["tokenizer_type"])
    found = load.load_model(flavor, tmp_path / "m", return_type="components")
    assert found["processor"](CAT) == tiny.tokenizer()(CAT)


def test_a_checkpoint_is_copied_unread(tmp_path: Path) -> None:
    folder = tiny.folder_of(tmp_path / "checkpoint", tiny.labelled("BertForSequenceClassification", "0", "1"))
    model = save(str(folder), tmp_path / "m", task="text-classification")
    assert model.predict([CAT]).to_dict("records") == classifier()([CAT])
    entry = conf(tmp_path / "m")
    assert (entry["instance_type"], entry["source_model_name"]) == ("TextClassificationPipeline", str(folder))
    for wrong, said in [
        ({"task": None}, "pass task= beside"),
        ({"task": "text-classification", "save_pretrained": False}, "path of a checkpoint is none"),
        ({"task": "no-such-task"}, "no-such-task"),
    ]:
        with pytest.raises(InvalidArgument, match=said):
            save(folder, tmp_path / "n", **wrong)
    with pytest.raises(InvalidArgument, match=r"config\.json"):
        save(tmp_path, tmp_path / "n", task="text-classification")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    for wrong, said in [
        (5, "Expected a transformers Pipeline, a dictionary .* got a builtins.int"),
        (tiny.bert("BertModel"), "for a model alone pass"),
        ({"tokenizer": tiny.tokenizer()}, "lacks the key 'model'"),
        ({"model": tiny.bert("BertModel"), "tokeniser": 1}, r"has the keys \['tokeniser'\]"),
        ({"model": 5}, "Expected a model of transformers"),
        ({"model": tiny.labelled("BertForSequenceClassification", "a", "b")}, "make no pipeline"),
        ({"model": type("Odd", (), {"name_or_path": "", "save_pretrained": print})()}, "No task is known for a Odd"),
    ]:
        with pytest.raises(InvalidArgument, match=said):
            save(wrong, tmp_path / "m")
    assert not (tmp_path / "m").exists()
    with pytest.raises(InvalidArgument, match=r"transformers_model=None"):
        modelwright.transformers.save_model(None, tmp_path / "m")


def test_a_model_spread_over_devices_is_refused(tmp_path: Path) -> None:
    model = tiny.labelled("BertForSequenceClassification", "a", "b")
    model.hf_device_map = {"a": 0, "b": "cpu"}
    with pytest.raises(InvalidArgument, match="spread over 0, cpu"):
        save({"model": model, "tokenizer": tiny.tokenizer()}, tmp_path / "m")


def test_pipelines_that_are_not_scored(tmp_path: Path) -> None:
    class ObjectDetectionPipeline(type(classifier())):  # type: ignore[misc]
        pass

    seen = ObjectDetectionPipeline(model=classifier().model, tokenizer=tiny.tokenizer())
    seen.task = "object-detection"
    save_model(load.flavor("transformers"), seen, tmp_path / "m", pip_requirements=[], verify=False)
    meta = Model.load(tmp_path / "m")
    assert (list(meta.flavors), meta.signature) == (["transformers"], None)
    with pytest.raises(InvalidArgument, match="cannot be scored by predict"):
        modelwright.transformers.generate_signature_output(unheard_of(), CAT)


def unheard_of() -> Any:
    """A pipeline of a kind that nobody knows."""

    class Odd(transformers.Pipeline):  # type: ignore[misc, name-defined]
        _sanitize_parameters = preprocess = _forward = postprocess = lambda self, *args, **kwargs: ({}, {}, {})

    return Odd(model=classifier().model, tokenizer=tiny.tokenizer())


def test_settings_by_their_older_name(tmp_path: Path) -> None:
    model = save(classifier(), tmp_path / "m", inference_config={"top_k": 2})
    assert json.loads((tmp_path / "m/inference_config.txt").read_text()) == {"top_k": 2}
    assert len(model.predict([CAT]).columns) == 2
    (tmp_path / "m/inference_config.txt").write_text("[")
    (tmp_path / "m" / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match="holds no JSON object"):
        load.load_pyfunc(tmp_path / "m")


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    model = save(generator(), tmp_path / "m", model_config={"no_such_setting": 1})
    with pytest.raises(InvalidArgument, match="no_such_setting"):
        model.predict([CAT])


def test_a_failing_example_leaves_the_tasks_signature(tmp_path: Path) -> None:
    with (
        pytest.warns(UserWarning, match="only its default signature: it failed on its input example"),
        pytest.warns(UserWarning, match="was saved, but cannot be loaded"),
    ):
        save_model(load.flavor("transformers"), classifier(), tmp_path / "m", input_example=5, pip_requirements=[])
    assert Model.load(tmp_path / "m").signature == signatures.of_task("text-classification")


def test_the_card_and_the_licence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub as hub

    card = hub.ModelCard("---\nlicense: mit\n---\n# A card")
    save(classifier(), tmp_path / "m", model_card=card)
    assert "# A card" in (tmp_path / "m/model_card.md").read_text()
    assert yaml.safe_load((tmp_path / "m/model_card_data.yaml").read_text()) == {"license": "mit"}
    assert "The declared license type is: 'mit'" in (tmp_path / "m/LICENSE.txt").read_text()
    with pytest.raises(InvalidArgument, match=r"must be a huggingface_hub\.ModelCard, got a str"):
        save(classifier(), tmp_path / "n", model_card="# A card")
    monkeypatch.setattr(classifier().model, "name_or_path", "owner/model")
    monkeypatch.setattr(hub.ModelCard, "load", lambda name: card)
    monkeypatch.setattr(hub, "list_repo_files", lambda name: ["README.md", "LICENSE.md"])
    (tmp_path / "LICENSE.md").write_text("terms")
    monkeypatch.setattr(hub, "hf_hub_download", lambda repo_id, filename: str(tmp_path / filename))
    save(classifier(), tmp_path / "n")
    assert (tmp_path / "n/LICENSE.md").read_text() == "terms"
    assert "# A card" in (tmp_path / "n/model_card.md").read_text()


# References to the hub, adapters.


@pytest.fixture
def hub_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A classifier whose weights are on the hub: the folder that stands for it."""
    import huggingface_hub as hub

    folder = tiny.folder_of(tmp_path / "hub", tiny.labelled("BertForSequenceClassification", "0", "1"))
    monkeypatch.setattr(classifier().model, "name_or_path", "owner/model")
    monkeypatch.setattr(classifier().tokenizer, "name_or_path", "owner/model")
    monkeypatch.setattr(hub.HfApi, "model_info", lambda self, name: SimpleNamespace(sha=f"sha of {name}"))
    return folder


def test_a_reference_stores_the_revision_and_no_weights(hub_model: Path, tmp_path: Path) -> None:
    save_model(load.flavor("transformers"), classifier(), tmp_path / "m", save_pretrained=False, pip_requirements=[])
    assert not (tmp_path / "m/model").exists()
    entry = conf(tmp_path / "m")
    assert (entry["source_model_name"], entry["source_model_revision"]) == ("owner/model", "sha of owner/model")
    assert (entry["tokenizer_name"], entry["tokenizer_revision"]) == ("owner/model", "sha of owner/model")
    assert "model_binary" not in entry
    assert load.hazards(tmp_path / "m") == ["it loads 'owner/model' from the Hugging Face hub"]
    with pytest.raises(InvalidArgument, match="over the network from the Hugging Face hub, 'owner/model' at sha of"):
        load.load_model(load.flavor("transformers"), tmp_path / "m", trust=True)
    change(tmp_path / "m", tokenizer_revision=None)


def test_a_reference_without_the_hub_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier().model, "name_or_path", "owner/model")
    with pytest.raises(InvalidArgument, match="save_pretrained=False records the revision of 'owner/model'"):
        save(classifier(), tmp_path / "m", save_pretrained=False)


def test_what_is_not_on_the_hub_is_stored_anyway(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(classifier(), tmp_path / "m", save_pretrained=False)
    assert "its weights are saved" in caplog.text
    assert (tmp_path / "m/model/model.safetensors").is_file()


def test_the_weights_of_a_reference_are_stored_later(
    hub_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with modelwright.start_run():
        info = modelwright.transformers.log_model(
            classifier(), "m", save_pretrained=False, pip_requirements=["transformers"]
        )
    asked = []

    def from_hub(cls: Any, name: str, options: Any) -> Any:
        asked.append((name, options["revision"]))
        return cls.from_pretrained(str(hub_model))

    monkeypatch.setattr("modelwright.flavors.transformers.weights._from_hub", from_hub)
    modelwright.transformers.persist_pretrained_model(info.model_uri)
    assert asked == [("owner/model", "sha of owner/model")] * 2
    model = modelwright.pyfunc.load_model(info.model_uri)
    assert model.predict([CAT]).to_dict("records") == classifier()([CAT])
    modelwright.transformers.persist_pretrained_model(info.model_uri)
    assert len(asked) == 2
    entry = modelwright.models.get_model_info(info.model_uri).flavors["transformers"]
    assert entry["model_binary"] == "model"
    assert not [key for key in entry if key.endswith(("_revision", "tokenizer_name"))]


def test_only_a_model_of_transformers_has_weights_to_store(tmp_path: Path) -> None:
    modelwright.pyfunc.save_model(tmp_path / "m", python_model=len, pip_requirements=[])
    with pytest.raises(NotFound, match="has no flavor 'transformers'"):
        modelwright.transformers.persist_pretrained_model(str(tmp_path / "m"))


def test_an_adapter_is_stored_without_its_base(
    hub_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a stand-in for peft with the few names that are used of it."""
    base = classifier().model

    class PeftModel(transformers.PreTrainedModel):  # type: ignore[misc, name-defined]
        __module__, __qualname__ = "peft.peft_model", "PeftModel"
        active_adapter, name_or_path, dtype = "default", "owner/model", base.dtype
        peft_config = {"default": SimpleNamespace(is_prompt_learning=False)}
        base_model = SimpleNamespace(model=base)

        def __init__(self) -> None:
            torch_module = sys.modules["torch"].nn.Module
            torch_module.__init__(self)
            self.config = base.config

        def save_pretrained(self, folder: str, **options: Any) -> None:
            Path(folder).mkdir()
            Path(folder, "adapter_config.json").write_text("{}")

        @classmethod
        def from_pretrained(cls, model: Any, folder: str) -> Any:
            return ("adapter", model, Path(folder).name)

    pipeline = tiny.pipe("text-classification", base, tokenizer=tiny.tokenizer())
    monkeypatch.setattr(pipeline, "model", PeftModel())
    save_model(load.flavor("transformers"), pipeline, tmp_path / "m", pip_requirements=[])
    entry = conf(tmp_path / "m")
    assert (entry["peft_adaptor"], entry["source_model_revision"]) == ("peft", "sha of owner/model")
    assert entry["pipeline_model_type"] == "BertForSequenceClassification"
    monkeypatch.setattr(
        "modelwright.flavors.transformers.weights._from_hub",
        lambda cls, name, options: cls.from_pretrained(str(hub_model)),
    )
    flavor = load.flavor("transformers")
    with pytest.raises(MissingDependency, match="pip install peft"):
        load.load_model(flavor, tmp_path / "m", trust=True, return_type="components")
    monkeypatch.setitem(sys.modules, "peft", ModuleType("peft"))
    sys.modules["peft"].PeftModel = PeftModel  # type: ignore[attr-defined]
    found = load.load_model(flavor, tmp_path / "m", trust=True, return_type="components")
    assert (found["model"][0], found["model"][2]) == ("adapter", "peft")


# What may run code.


def test_weights_that_may_be_pickles_are_told(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    for name in ("pytorch_model.bin", "modeling.py", "rng_state.pth", "weights.h5"):
        path = tmp_path / "m/model" / name
        path.write_bytes(b"")
        (reason,) = load.hazards(tmp_path / "m")
        assert f"'model/{name}' may hold code" in reason
        path.unlink()
    assert load.hazards(tmp_path / "m") == []


@pytest.mark.parametrize(
    ("file", "body"),
    [
        ("model/config.json", {"auto_map": {"AutoModel": "evil.Model"}}),
        ("model/config.json", {"text_config": {"attn_implementation": "owner/kernel"}}),
        ("model/config.json", {"custom_pipelines": {"x": {"impl": "evil.P"}}}),
        ("components/tokenizer/tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.T", None]}}),
        ("model/adapter_config.json", {"base_model_name_or_path": "owner/other"}),
    ],
)
def test_files_that_name_code_are_told(tmp_path: Path, file: str, body: Any) -> None:
    save(classifier(), tmp_path / "m")
    path = tmp_path / "m" / file
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**known, **body}))
    (tmp_path / "m" / manifest.NAME).unlink()
    (reason,) = load.hazards(tmp_path / "m")
    assert file in reason
    with pytest.raises(UntrustedModel):
        load.load_pyfunc(tmp_path / "m")


def test_words_of_a_vocabulary_are_no_code(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    path = tmp_path / "m/components/tokenizer/tokenizer.json"
    body = json.loads(path.read_text())
    body["model"]["vocab"]["auto_map"] = 99
    path.write_text(json.dumps(body))
    assert load.hazards(tmp_path / "m") == []


def test_a_models_own_classes_run_only_when_trusted(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    (tmp_path / "m/model/own_model.py").write_text(
        "from transformers import BertConfig, BertForSequenceClassification\n"
        "class OwnConfig(BertConfig):\n    model_type = 'own'\n"
        "class OwnModel(BertForSequenceClassification):\n    config_class = OwnConfig\n"
    )
    path = tmp_path / "m/model/config.json"
    mapped = {"AutoConfig": "own_model.OwnConfig", "AutoModelForSequenceClassification": "own_model.OwnModel"}
    body = {**json.loads(path.read_text()), "auto_map": mapped, "architectures": ["OwnModel"], "model_type": "own"}
    path.write_text(json.dumps(body))
    change(tmp_path / "m", pipeline_model_type="OwnModel")
    flavor = load.flavor("transformers")
    with pytest.raises(UntrustedModel):
        load.load_model(flavor, tmp_path / "m")
    found = load.load_model(flavor, tmp_path / "m", trust=True)
    assert type(found.model).__name__ == "OwnModel"
    assert found([CAT]) == classifier()([CAT])


def test_classes_that_mlmodel_names(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    change(tmp_path / "m", pipeline_model_type="Evil")
    with pytest.raises(UntrustedModel, match=r"names the class 'Evil', which is no model of transformers"):
        load.load_pyfunc(tmp_path / "m")
    change(tmp_path / "m", pipeline_model_type="Trainer")
    with pytest.raises(UntrustedModel, match=r"names the class 'Trainer', which is no model of transformers"):
        load.load_pyfunc(tmp_path / "m")
    change(tmp_path / "m", pipeline_model_type="BertForSequenceClassification", tokenizer_type="RagRetriever")
    found = load.load_model(load.flavor("transformers"), tmp_path / "m", return_type="components")
    assert found["tokenizer"](CAT) == tiny.tokenizer()(CAT)
    change(tmp_path / "m", components=["evil"])
    with pytest.raises(CorruptModel, match=r"names the components \['evil'\]"):
        load.load_pyfunc(tmp_path / "m")
    change(tmp_path / "m", components=["tokenizer"], model_binary="../m")
    with pytest.raises(CorruptModel):
        load.load_pyfunc(tmp_path / "m")


def test_broken_files_are_one_clear_error(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "m")
    (tmp_path / "m" / manifest.NAME).unlink()
    weights = tmp_path / "m/model/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(CorruptModel, match=rf"Transformers {transformers.__version__} cannot read '.*model', written"):
        load.load_pyfunc(tmp_path / "m")


# Names and requirements.


def test_requirements_are_what_runs_the_model(tmp_path: Path) -> None:
    names = [line.partition("==")[0] for line in modelwright.transformers.get_default_pip_requirements(None)]
    assert names[:2] == ["transformers", "torch"]
    assert "accelerate" in names
    conda = modelwright.transformers.get_default_conda_env(classifier().model)
    assert set(modelwright.transformers.get_default_pip_requirements(classifier().model)) < set(
        conda["dependencies"][-1]["pip"]
    )
    assert modelwright.transformers.is_gpu_available() is sys.modules["torch"].cuda.is_available()
    with pytest.raises(InvalidArgument, match="Expected a transformers Pipeline"):
        modelwright.transformers.generate_signature_output(classifier().model, CAT)


@pytest.mark.parametrize("data", [5, [1, 2], object(), {"text": [1]}, [{"text": None}]])
def test_data_that_no_pipeline_takes(data: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"expected a DataFrame, a text|takes texts, or"):
        modelwright.transformers.generate_signature_output(classifier(), data)
