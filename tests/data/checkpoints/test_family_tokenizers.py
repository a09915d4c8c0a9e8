"""Families load with tokenizers of their own and read texts and pairs as Hugging Face's classes do."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AlbertTokenizer, DebertaV2Tokenizer, MPNetTokenizer

import ltp_viz
from tests.core.family_cases import dense_model

_WORDS = [(word, -float(rank)) for rank, word in enumerate(["▁a", "▁warm", "▁funny", "▁film", "s", "▁", "."])]
_SPECIAL = ["[CLS]", "[SEP]", "[UNK]", "[MASK]"]
_PIECES = [(name, 0.0) for name in ["[PAD]", *_SPECIAL]] + _WORDS
_ALBERT = [(name, 0.0) for name in ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]] + _WORDS
_MPNET = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>", "a", "warm", "funny", "film", "##s", "."]
TOKENIZERS: dict[str, Any] = {
    "deberta-v2, as v3": lambda: DebertaV2Tokenizer(vocab=_PIECES),
    "deberta-v2, every option otherwise": lambda: DebertaV2Tokenizer(vocab=_PIECES),
    "albert": lambda: AlbertTokenizer(vocab=_ALBERT),
    "mpnet": lambda: MPNetTokenizer(vocab={word: number for number, word in enumerate(_MPNET)}),
}


@pytest.mark.parametrize("case", TOKENIZERS)
@pytest.mark.parametrize("pair", [None, "a film ."])
def test_a_family_with_its_own_tokenizer(case: str, pair: str | None, tmp_path: Path) -> None:
    dense, tokenizer = dense_model(case), TOKENIZERS[case]()
    dense.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    text = "a warm funny film ."
    with torch.inference_mode():
        expected = dense(**tokenizer(text, pair, return_tensors="pt")).logits
    classifier = ltp_viz.load_model(tmp_path)
    found = classifier.predict([text], global_scale=0.0, text_pairs=None if pair is None else [pair])
    assert (torch.from_numpy(found.logits) - expected).abs().max() < 1e-4
    assert classifier.trace(text, pair).tokens[0] in ("[CLS]", "<s>")
