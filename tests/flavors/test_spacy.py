"""spaCy: pipelines with and without a text categorizer, and what their configuration may name."""

# ruff: noqa: E402 — without the framework the file is skipped before the imports below
from __future__ import annotations

import json
from functools import cache

import pandas as pd
import pytest

spacy = pytest.importorskip("spacy")

from spacy.language import Language
from spacy.training import Example

from contracts.flavor import FlavorContract, same
from modelwright.core.errors import CorruptModel, InvalidArgument, MissingDependency, UntrustedModel
from modelwright.models import load, manifest
from modelwright.models.save import save_model

TEXTS = pd.DataFrame({"text": ["good and fine", "bad and poor", "nothing"]})
TAUGHT = [("good fine nice", {"GOOD": 1.0, "BAD": 0.0}), ("bad poor awful", {"GOOD": 0.0, "BAD": 1.0})]
BAG_OF_WORDS = {
    "@architectures": "spacy.TextCatBOW.v2",
    "exclusive_classes": True,
    "ngram_size": 1,
    "no_output_layer": False,
}


def taught(nlp):
    examples = [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in TAUGHT]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(5):
        nlp.update(examples, sgd=optimizer)
    return nlp


@cache
def categorizer():
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat", config={"model": BAG_OF_WORDS})
    return taught(nlp)


def without():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "CITY", "pattern": "Rome"}])
    return nlp


class TestSpacy(FlavorContract):
    name, imports = "spacy", "spacy"

    def model(self):
        return categorizer()

    def example(self):
        return TEXTS

    def predictions(self, model, data):
        return pd.DataFrame({"predictions": [model(text).cats for text in data["text"]]})

    @pytest.fixture(autouse=True)
    def _only_numbers(self, monkeypatch):
        """The contract compares numbers; a prediction is a dictionary of them."""
        from contracts import flavor

        plain = flavor._numbers
        monkeypatch.setattr(flavor, "_numbers", lambda found: plain(pd.DataFrame(list(found["predictions"]))))


def saved(model, root, **options):
    save_model(load.flavor("spacy"), model, root, pip_requirements=[], **options)
    return root


def test_mlmodel_and_the_files(tmp_path):
    meta = save_model(load.flavor("spacy"), categorizer(), tmp_path / "m", pip_requirements=[])
    assert meta.flavors["spacy"] == {"code": None, "data": "model.spacy", "spacy_version": spacy.__version__}
    assert meta.flavors["python_function"]["data"] == "model.spacy"
    assert (tmp_path / "m/model.spacy/config.cfg").is_file()


@pytest.mark.parametrize("kind", ["textcat", "textcat_multilabel"])
def test_the_default_categorizers_load_without_running_code(kind, tmp_path):
    nlp = spacy.blank("xx")
    nlp.add_pipe(kind)
    root = saved(taught(nlp), tmp_path / "m", input_example=TEXTS)
    found = load.load_pyfunc(root, trust=False).predict(TEXTS.set_axis([7, 8, 9]))
    assert list(found.index) == [7, 8, 9]
    assert list(found.columns) == ["predictions"]
    same(pd.DataFrame(list(found["predictions"])), pd.DataFrame([nlp(text).cats for text in TEXTS["text"]]))
    assert load.load_pyfunc(root).metadata.signature.inputs.input_names() == ["text"]


def test_a_pipeline_without_a_categorizer_is_native_only(tmp_path):
    with pytest.warns(UserWarning, match=r"pipeline \(sentencizer, entity_ruler\) has no text categorizer"):
        meta = save_model(load.flavor("spacy"), without(), tmp_path / "m", pip_requirements=[])
    assert list(meta.flavors) == ["spacy"]
    loaded = load.load_model(load.flavor("spacy"), tmp_path / "m", trust=False)
    assert [entity.label_ for entity in loaded("We met in Rome.").ents] == ["CITY"]


def test_every_component_of_its_own_is_known(tmp_path):
    """Those with settings of their own, with references between parts, and of a language's own."""
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    names = ["morphologizer", "parser", "senter", "ner", "attribute_ruler", "lemmatizer", "trainable_lemmatizer",
             "spancat", "spancat_singlelabel", "span_finder", "span_ruler", "entity_linker", "textcat_multilabel",
             "merge_entities", "doc_cleaner", "token_splitter"]  # fmt: skip
    for name in names:
        nlp.add_pipe(name)
    nlp.config["components"]["tagger"]["model"]["tok2vec"]["width"] = "${components.tok2vec.model.width}"
    (tmp_path / "model.spacy").mkdir()
    nlp.config.to_disk(tmp_path / "model.spacy/config.cfg")
    assert "width = ${components.tok2vec" in (tmp_path / "model.spacy/config.cfg").read_text()
    at = load.Stored(tmp_path, {"data": "model.spacy"})
    assert load.flavor("spacy").hazard(at) is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('factory = "textcat"', 'factory = "evil"', "factory = 'evil'"),
        ('factory = "textcat"', 'source = "joblib"', "source = 'joblib'"),
        ('factory = "textcat"', 'factory = ${vars.name}\n\n[vars]\nname = "evil"', "evil"),
        ('"spacy.textcat_scorer.v2"', '"evil.v1"', "@scorers = 'evil.v1'"),
        ('"spacy.textcat_scorer.v2"', '"spacy.KBFromFile.v1"', "@scorers"),
        ("threshold = 0.0", 'threshold = {"@misc": "spacy.KBFromFile.v1"}', "@misc = 'spacy.KBFromFile.v1'"),
        ("threshold = 0.0", 'threshold = {"\\u0040misc": "evil.v1"}', "@misc = 'evil.v1'"),
        ("threshold = 0.0", 'threshold = [{"@readers": "srsly.read_yaml.v1"}]', "@readers"),
        ("threshold = 0.0", 'threshold = {"x": {"@layers": "PyTorchLSTM.v1"}}', "@layers = 'PyTorchLSTM.v1'"),
        ("threshold = 0.0", 'threshold = "\\u0024{vars}"\n\n[vars]\n@misc = "evil.v1"', "vars|evil"),
        ("threshold = 0.0", 'threshold = ${vars.a}${vars.b}\n\n[vars]\na = {"@mi\nb = sc": "evil.v1"}', "misc|vars"),
        ("after_creation = null", 'after_creation = {"@callbacks": "spacy.copy_from_base_model.v1"}', "@callbacks"),
        ('lang = "en"', 'lang = "en.lex_attrs"', "lang = 'en.lex_attrs'"),
        ('"spacy.Tokenizer.v1"', '"spacy.zh.ChineseTokenizer"', "@tokenizers"),
    ],
)  # fmt: skip
def test_a_configuration_that_names_anything_else_does_not_get_past_the_gate(tmp_path, old, new, named):
    root = saved(categorizer(), tmp_path / "m")
    path = root / "model.spacy/config.cfg"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    (root / manifest.NAME).unlink()
    with pytest.raises((UntrustedModel, CorruptModel), match=named) as refused:
        load.load_model(load.flavor("spacy"), root, trust=False)
    assert refused.type is UntrustedModel or "not a pipeline's configuration" in str(refused.value)


def test_what_only_training_names_is_no_hazard(tmp_path):
    root = saved(categorizer(), tmp_path / "m")
    path = root / "model.spacy/config.cfg"
    path.write_text(path.read_text().replace('"spacy.ConsoleLogger.v1"', '"mine.Logger.v1"'))
    (root / manifest.NAME).unlink()
    assert load.hazards(root) == []
    load.load_model(load.flavor("spacy"), root)


def test_a_component_of_the_users_own(tmp_path):
    @Language.component("shout_of_test")
    def shout(doc):
        return doc

    nlp = spacy.blank("en")
    nlp.add_pipe("textcat", config={"model": BAG_OF_WORDS})
    nlp.add_pipe("shout_of_test")
    root = saved(taught(nlp), tmp_path / "m")
    assert load.hazards(root) == ["its config.cfg names what is not spaCy's own: factory = 'shout_of_test'"]
    assert load.load_model(load.flavor("spacy"), root).pipe_names == ["textcat", "shout_of_test"]
    with pytest.raises(UntrustedModel, match="shout_of_test"):
        load.load_model(load.flavor("spacy"), root, trust=False)
    path = root / "model.spacy/config.cfg"
    path.write_text(path.read_text().replace("shout_of_test", "never_registered"))
    (root / manifest.NAME).unlink()
    with pytest.raises(MissingDependency, match="import the module that defines it, then load the model"):
        load.load_model(load.flavor("spacy"), root, trust=True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (TEXTS.assign(more=1), r"one column of texts, got columns \['text', 'more'\]"),
        (["good"], "got a builtins.list"),
    ],
)
def test_what_can_be_scored(tmp_path, given, told):
    predictor = load.flavor("spacy").wrap(categorizer(), load.Stored(tmp_path))
    with pytest.raises(InvalidArgument, match=told):
        predictor.predict(given)


def test_no_rows_and_params_that_nobody_takes(tmp_path, caplog):
    predictor = load.flavor("spacy").wrap(categorizer(), load.Stored(tmp_path))
    assert predictor.predict(TEXTS.head(0)).to_dict() == {"predictions": {}}
    assert len(predictor.predict(TEXTS, {"temperature": 1})) == 3
    assert "'temperature'" in caplog.text
    assert predictor.spacy_model is categorizer()


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(InvalidArgument, match=r"Expected a spaCy Language, .* got a spacy\.tokens"):
        save_model(load.flavor("spacy"), categorizer()("text"), tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["config.cfg", "meta.json", "textcat/model", "textcat/cfg", "vocab/strings.json"])
def test_a_file_that_spacy_cannot_read(tmp_path, name):
    root = saved(categorizer(), tmp_path / "m")
    (root / "model.spacy" / name).write_bytes(b"\xff\xfe{nothing of the kind")
    (root / manifest.NAME).unlink()
    with pytest.raises(CorruptModel, match=r"config\.cfg|spaCy .* cannot read .*model\.spacy"):
        load.load_model(load.flavor("spacy"), root, trust=True)


def test_the_requirements_name_the_packages_of_the_components(tmp_path):
    save_model(load.flavor("spacy"), categorizer(), tmp_path / "m")
    lines = (tmp_path / "m/requirements.txt").read_text().splitlines()
    assert {line.partition("==")[0] for line in lines} <= {"mlflow", "spacy", "numpy", "pandas", "scipy"}
    assert json.loads((tmp_path / "m/model.spacy/meta.json").read_text())["lang"] == "en"
