"""Models of transformers and Sentence Transformers that need no download: forty words, random weights."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Before the framework is imported, and for its whole life: nothing is fetched, and TensorFlow stays out.
os.environ.update(HF_HUB_OFFLINE="1", USE_TF="0", USE_FLAX="0", TOKENIZERS_PARALLELISM="false")

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[EMPTY]"]
_TEXT = "the a cat dog sat ran on under mat house is good bad happy sad it this example hello world who where how what"
WORDS = [*_SPECIAL, *_TEXT.split(), "1", "2", "3", ",", ".", ":", "user", "assistant"]
SIZES: dict[str, Any] = {
    "vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 16, "max_position_embeddings": 64,
}  # fmt: skip
CHAT = "{% for m in messages %}{{ m['role'] }} : {{ m['content'] }} {% endfor %}assistant : "


@cache
def tokenizer(template: str | None = None) -> Any:
    """One word, one token; with [CLS] and [SEP] around."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    words.decoder = decoders.Fuse()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    found = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=32, clean_up_tokenization_spaces=False,
    )  # fmt: skip
    if template:
        found.chat_template = template
    return found


@cache
def plain_tokenizer(template: str | None = None) -> Any:
    """The same without [CLS] and [SEP], for models that continue a text."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    found = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[SEP]", model_max_length=64,
        padding_side="left", clean_up_tokenization_spaces=False,
    )  # fmt: skip
    if template:
        found.chat_template = template
    return found


@cache
def bert(kind: str, **further: Any) -> Any:
    """A BERT of the class `kind`."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(**SIZES, **further)
    return getattr(transformers, kind)(config).eval()


def labelled(kind: str, *labels: str) -> Any:
    """A BERT that tells labels."""
    import torch
    import transformers

    torch.manual_seed(0)
    names = dict(enumerate(labels))
    config = transformers.BertConfig(**SIZES, id2label=names, label2id={name: i for i, name in names.items()})
    return getattr(transformers, kind)(config).eval()


@cache
def gpt2() -> Any:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(WORDS), n_embd=16, n_layer=1, n_head=2, n_positions=64, bos_token_id=2, eos_token_id=3,
        pad_token_id=0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config).eval()
    model.generation_config.update(do_sample=False, max_new_tokens=4, pad_token_id=0, eos_token_id=3)
    return model


@cache
def t5() -> Any:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0,
        pad_token_id=0, eos_token_id=3,
    )  # fmt: skip
    model = transformers.T5ForConditionalGeneration(config).eval()
    model.generation_config.update(do_sample=False, max_new_tokens=4)
    return model


@cache
def vit() -> tuple[Any, Any]:
    """A classifier of pictures, and what cuts them to size."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=16, patch_size=8,
        id2label={0: "cat", 1: "dog"}, label2id={"cat": 0, "dog": 1},
    )  # fmt: skip
    kind = getattr(transformers, "ViTImageProcessorPil", None) or transformers.ViTImageProcessor
    return transformers.ViTForImageClassification(config).eval(), kind(size={"height": 16, "width": 16})


@cache
def wav2vec2(kind: str = "Wav2Vec2ForSequenceClassification") -> tuple[Any, Any]:
    """A classifier of sounds, and what brings them to one scale."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8, 8), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, classifier_proj_size=8,
        id2label={0: "yes", 1: "no"}, label2id={"yes": 0, "no": 1}, pad_token_id=0,
    )  # fmt: skip
    extractor = transformers.Wav2Vec2FeatureExtractor(sampling_rate=100)
    return getattr(transformers, kind)(config).eval(), extractor


@cache
def tapas() -> tuple[Any, Any]:
    """What answers questions about tables, and its tokenizer."""
    import torch
    import transformers

    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        Path(folder, "vocab.txt").write_text("\n".join(WORDS), "utf-8")
        words = transformers.TapasTokenizer(vocab_file=f"{folder}/vocab.txt", model_max_length=64)
    config = transformers.TapasConfig(**SIZES, num_aggregation_labels=0)
    return transformers.TapasForQuestionAnswering(config).eval(), words


def pipe(task: str, model: Any, **parts: Any) -> Any:
    """A pipeline on the CPU."""
    from transformers import pipeline

    return pipeline(task, model=model, device=-1, **parts)


@cache
def sentences() -> Any:
    """A SentenceTransformer of a BERT and the mean of its tokens."""
    from importlib import import_module
    from importlib.util import find_spec

    from sentence_transformers import SentenceTransformer

    newer = find_spec("sentence_transformers.sentence_transformer")
    models = import_module("sentence_transformers." + ("sentence_transformer.modules" if newer else "models"))

    with TemporaryDirectory() as folder:
        bert("BertModel").save_pretrained(folder)
        tokenizer().save_pretrained(folder)
        inner = models.Transformer(folder, max_seq_length=32)
    inner.auto_model.name_or_path = "tiny/bert"
    return SentenceTransformer(modules=[inner, models.Pooling(16)], device="cpu")


def folder_of(path: Path, task_model: Any) -> Path:
    """A checkpoint as training leaves it."""
    task_model.save_pretrained(path)
    tokenizer().save_pretrained(path)
    return path
