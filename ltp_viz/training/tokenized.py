"""Labelled texts as the rows that training reads."""

from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.datasets import LabelledTexts


class TokenizedTexts(Dataset):
    """Labelled texts, or pairs, as token ids; with a teacher, also what that answers."""

    def __init__(self, data: LabelledTexts, tokenizer: PreTrainedTokenizerBase, max_tokens: int):
        pairs = None if data.text_pairs is None else list(data.text_pairs)
        encoded = tokenizer(list(data.texts), pairs, truncation=True, max_length=max_tokens)
        self.rows: list[dict[str, Any]] = [
            {**{key: encoded[key][i] for key in encoded}, "labels": label}
            for i, label in enumerate(data.labels)
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]

    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(row["input_ids"]) for row in self.rows]

    def keep_shortest(self, share: float) -> None:
        """Keep this share of the texts, the shortest, in their order."""
        lengths = self.lengths()
        count = max(1, round(share * len(lengths)))
        rows = np.sort(np.argsort(lengths, kind="stable")[:count])
        self.rows = [self.rows[i] for i in rows]

    def keep_some(self, count: int, seed: int) -> None:
        """Keep `count` texts chosen by the seed, in their order."""
        if count < len(self.rows):
            chosen = np.random.default_rng(seed).permutation(len(self.rows))[:count]
            self.rows = [self.rows[i] for i in np.sort(chosen)]

    @torch.inference_mode()
    def add_teacher_logits(self, teacher: LTPForSequenceClassification, batch_size: int = 64) -> None:
        """Let every row carry what the dense model answers; computed once, as the teacher never changes."""
        teacher.eval()
        never = ThresholdRule((0.0,) * teacher.config.num_hidden_layers)
        for rows in self.batches_by_length(batch_size):
            logits = teacher.classify(teacher.run(*packed_rows(rows, teacher), never).final)
            for row, values in zip(rows, logits.float().tolist(), strict=True):
                row["teacher_logits"] = values

    def batches_by_length(self, batch_size: int) -> list[list[dict[str, Any]]]:
        """All rows in batches of similar length."""
        order = np.argsort(self.lengths(), kind="stable")
        return [
            [self.rows[i] for i in order[first : first + batch_size]]
            for first in range(0, len(order), batch_size)
        ]


def packed_rows(
    rows: list[dict[str, Any]], model: LTPForSequenceClassification
) -> tuple[torch.Tensor, tuple[int, ...], torch.Tensor | None]:
    """Ids (T,), lengths and segments (T,) of rows laid end to end, on the model's device."""
    device = model.device
    ids = torch.tensor([token for row in rows for token in row["input_ids"]], device=device)
    lengths = tuple(len(row["input_ids"]) for row in rows)
    if model.config.type_vocab_size <= 1 or "token_type_ids" not in rows[0]:
        return ids, lengths, None
    segments = torch.tensor([segment for row in rows for segment in row["token_type_ids"]], device=device)
    return ids, lengths, segments
