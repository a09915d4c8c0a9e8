"""A tiny encoder and synthetic texts that it can learn."""

import random
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from ltp_viz.training.stages import TrainingRun
from tests.training.runs import recipe_for

FILLERS = ("the", "a", "of", "it", "film", "was", "and", "in", "on", "that", "this", "for")
VERDICTS = ("awful", "great")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of 2 layers with a tokenizer of few words."""
    folder = tmp_path_factory.mktemp("base")
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *FILLERS, *VERDICTS)
    tokenizer = BertTokenizer(vocab={word: index for index, word in enumerate(words)})
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def synthetic_texts(count: int, seed: int) -> pd.DataFrame:
    """Filler sentences with one word that decides the label."""
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        label = chance.randrange(2)
        words = chance.choices(FILLERS, k=chance.randrange(4, 14))
        words.insert(chance.randrange(len(words)), VERDICTS[label])
        rows.append({"sentence": " ".join(words), "label": label})
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """320 training texts and 64 for the holdout."""
    folder = tmp_path_factory.mktemp("data")
    synthetic_texts(320, seed=0).to_parquet(folder / "train.parquet")
    synthetic_texts(64, seed=1).to_parquet(folder / "holdout.parquet")
    return folder


@pytest.fixture(scope="session")
def finished(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run under the usual settings."""
    output = tmp_path_factory.mktemp("run")
    TrainingRun(recipe_for(base), [str(data)], output).run()
    return output
