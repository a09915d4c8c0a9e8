"""A checkpoint of a few kilobytes, saved in milliseconds, that tests may damage."""

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.model import LTPForSequenceClassification

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "warm", "funny", "film", "##s", ".")
_SHAPE: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 32,
}


def save_tiny_model(folder: Path, pruned: bool = True) -> Path:
    """A random classifier of two classes, pruned or as Hugging Face's own BERT, with its tokenizer."""
    torch.manual_seed(0)
    if pruned:
        config = LTPConfig(**_SHAPE, thresholds=[0.001, 0.002], thresholds_learned=True)
        LTPForSequenceClassification(config).save_pretrained(folder)
    else:
        BertForSequenceClassification(BertConfig(**_SHAPE)).save_pretrained(folder)
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


def in_shards(folder: Path) -> None:
    """The same weights, named by an index instead of the usual file name."""
    file, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    header, _ = unpacked(file.read_bytes())
    names = {name: "weights.safetensors" for name in header if name != "__metadata__"}
    file.rename(folder / "weights.safetensors")
    index.write_text(json.dumps({"metadata": {}, "weight_map": names}))


def unpacked(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file, and the numbers behind it."""
    (size,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def repacked(header: bytes, numbers: bytes) -> bytes:
    """Inverse of `unpacked`, whatever the header says."""
    return struct.pack("<Q", len(header)) + header + numbers


def copied(folder: Path, target: Path) -> Path:
    """A new copy that replaces the target."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(folder, target, symlinks=True))
