"""Labelled texts as the rows that training reads."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules import ThresholdRule
from ltp_viz.data.datasets import LabelledTexts
from ltp_viz.data.tokenization import packed_rows, tokenized_rows


class TokenizedTexts(Dataset):
    """Labelled texts, or pairs, as token ids; with a teacher, also what that answers."""

    def __init__(self, data: LabelledTexts, tokenizer: PreTrainedTokenizerBase, max_tokens: int):
        rows = tokenized_rows(tokenizer, data.texts, data.text_pairs, max_tokens)
        self.rows: list[dict[str, Any]] = [
            {**row, "labels": label} for row, label in zip(rows, data.labels, strict=True)
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

    def add_teacher_logits(self, teacher: LTPForSequenceClassification, path: Path, keep: bool) -> None:
        """Let every row carry what the dense model answers, read from `path` if it is there.

        Computed once, as the teacher never changes: `keep` writes the file, in one process of several.
        """
        logits = np.load(path) if path.exists() else self._answers(teacher)
        if keep and not path.exists():
            partial = path.with_suffix(".partial")  # renamed when whole
            with partial.open("wb") as file:
                np.save(file, logits)
            partial.rename(path)
        for row, values in zip(self.rows, logits.tolist(), strict=True):
            row["teacher_logits"] = values

    @torch.inference_mode()
    def _answers(self, teacher: LTPForSequenceClassification, batch_size: int = 64) -> NDArray[np.float32]:
        teacher.eval()
        never = ThresholdRule((0.0,) * teacher.config.num_hidden_layers)
        order = np.argsort(self.lengths(), kind="stable")
        logits = np.zeros((len(order), teacher.config.num_classes), dtype=np.float32)
        for first in range(0, len(order), batch_size):
            chosen = order[first : first + batch_size]
            packed = packed_rows([self.rows[i] for i in chosen], teacher.config, teacher.device)
            logits[chosen] = teacher.classify(teacher.run(*packed, never).final).float().cpu().numpy()
        return logits

    def batches_by_length(self, batch_size: int, most: int | None = None) -> list[list[dict[str, Any]]]:
        """All rows in batches of similar length; or `most` of them, evenly over the lengths."""
        order = np.argsort(self.lengths(), kind="stable")
        if most is not None and len(order) > most:
            order = order[np.linspace(0, len(order) - 1, most).round().astype(int)]
        return [
            [self.rows[i] for i in order[first : first + batch_size]]
            for first in range(0, len(order), batch_size)
        ]
