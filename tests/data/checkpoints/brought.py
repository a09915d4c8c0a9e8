"""Small classifiers as other people save them, with weights large enough for wrong segments to show."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertTokenizer,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

from ltp_viz import TextClassifier

WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *["a", "warm", "funny", "film", "cold", "dull", "story", "it", "is", "not", "."],
)
TEXT = "a warm funny film . a cold dull story . it is not a warm film ."
PAIR = ("a warm funny film .", "it is not a cold dull story .")


def save_bert(folder: Path, tokenizer: dict[str, Any] | None = None, **config: Any) -> Path:
    """A random BERT classifier with a word tokenizer; both take further settings."""
    shape = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24}
    settings = {"vocab_size": len(WORDS), "max_position_embeddings": 64, **shape, **config}
    save_weights(folder, BertConfig(**settings))
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    BertTokenizer(vocab=vocabulary, **(tokenizer or {})).save_pretrained(folder)
    return folder


def save_roberta(folder: Path) -> Path:
    """A random RoBERTa classifier; its tokenizer knows whole words and reads "<pad>" in a text."""
    words = ("<s>", "<pad>", "</s>", "<unk>", "<mask>", *WORDS[5:])
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="<unk>", pad_token="<pad>", mask_token="<mask>", **special
    )
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    config = RobertaConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=66,
        type_vocab_size=1,
    )
    save_weights(folder, config)
    tokenizer.save_pretrained(folder)
    return folder


def save_weights(folder: Path, config: Any) -> None:
    """All parameters drawn with a deviation of 0.2, norms and biases too."""
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)


def hugging_face_logits(
    folder: Path, classifier: TextClassifier, text: str, pair: str | None = None
) -> NDArray[np.float32]:
    """Logits (C,) of Hugging Face's own class, as its users get them."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    encoded = classifier.tokenizer(text, pair, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        logits: NDArray[np.float32] = model(**encoded).logits[0].numpy()
    return logits


def assert_equals_hugging_face(
    folder: Path, classifier: TextClassifier, text: str, pair: str | None = None
) -> None:
    """By `trace` and by `predict`, at scale 0."""
    expected = hugging_face_logits(folder, classifier, text, pair)
    pairs = None if pair is None else [pair]
    found = (
        classifier.trace(text, pair, global_scale=0).logits,
        classifier.predict([text], global_scale=0, text_pairs=pairs).logits[0],
    )
    for logits in found:
        np.testing.assert_allclose(logits, expected, atol=1e-5)
