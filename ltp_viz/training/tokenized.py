"""Labelled texts as training rows."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.text.tokenization import packed_rows, tokenized_rows

# Share of tokens left out of a copy.
LEFT_OUT = 0.15


class TokenizedTexts(Dataset):
    """Labelled texts, or pairs, as token ids; with a teacher, also its outputs."""

    def __init__(self, data: LabelledTexts, tokenizer: PreTrainedTokenizerBase, max_tokens: int):
        rows = tokenized_rows(tokenizer, data.texts, data.text_pairs, max_tokens)
        self.rows: list[dict[str, Any]] = [
            {**row, "labels": label} for row, label in zip(rows, data.labels, strict=True)
        ]
        # The teacher's outputs for each row, (N, C + d): logits, then the last state of the first token.
        self.teacher: NDArray[np.float32] | None = None
        self._special = set(tokenizer.all_special_ids)
        self._originals = len(self.rows)  # later rows are copies

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        row = self.rows[index]
        return row if self.teacher is None else {**row, "teacher": self.teacher[index]}

    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(row["input_ids"]) for row in self.rows]

    def keep_shortest(self, share: float) -> None:
        """Keep this share of the texts, the shortest ones, in their order."""
        lengths = self.lengths()
        count = max(1, round(share * len(lengths)))
        rows = np.sort(np.argsort(lengths, kind="stable")[:count])
        self.rows = [self.rows[i] for i in rows]

    def keep_some(self, count: int, seed: int) -> None:
        """Keep `count` texts chosen by the seed, in their order."""
        if count < len(self.rows):
            chosen = np.random.default_rng(seed).permutation(len(self.rows))[:count]
            self.rows = [self.rows[i] for i in np.sort(chosen)]

    def add_copies(self, copies: int, seed: int) -> None:
        """Append `copies` copies of every row, each with some of its tokens left out at random.

        With few texts, the dense stage is certain of every answer that it was trained on, which teaches
        little; its answers on unseen texts are more informative. They become the copies' labels in
        `add_teacher`.
        """
        generator = np.random.default_rng(seed)
        self._originals = len(self.rows)
        for row in self.rows[: self._originals] * copies:
            ids = row["input_ids"]
            stays = (generator.random(len(ids)) >= LEFT_OUT) | np.isin(ids, list(self._special))
            kept = np.flatnonzero(stays).tolist()
            self.rows.append(
                {key: [cells[i] for i in kept] if key != "labels" else cells for key, cells in row.items()}
            )

    def add_teacher(self, teacher: LTPForSequenceClassification, path: Path, keep: bool) -> None:
        """Add the dense model's outputs to every row, read from `path` if the file exists.

        Computed once, as the teacher never changes; `keep` writes the file, in one process of several. The
        copies' labels are its answers.
        """
        self.teacher = np.load(path) if path.exists() else self._answers(teacher)
        if keep and not path.exists():
            partial = path.with_suffix(".partial")  # renamed once complete
            with partial.open("wb") as file:
                np.save(file, self.teacher)
            partial.rename(path)
        classes = teacher.config.num_classes
        logits = self.teacher[self._originals :, :classes]
        answers = logits[:, 0] if classes == 1 else logits.argmax(1)
        for row, answer in zip(self.rows[self._originals :], answers.tolist(), strict=True):
            row["labels"] = answer

    @torch.inference_mode()
    def _answers(self, teacher: LTPForSequenceClassification, batch_size: int = 64) -> NDArray[np.float32]:
        teacher.eval()
        never = ThresholdRule((0.0,) * teacher.config.num_hidden_layers)
        order = np.argsort(self.lengths(), kind="stable")
        width = teacher.config.num_classes + teacher.config.hidden_size
        answers = np.zeros((len(order), width), dtype=np.float32)
        for first in range(0, len(order), batch_size):
            chosen = order[first : first + batch_size]
            packed = packed_rows([self.rows[i] for i in chosen], teacher.config, teacher.device)
            final = teacher.run(*packed, never).final
            both = (teacher.classify(final), teacher.head.pool(final))
            answers[chosen] = torch.cat([part.float() for part in both], 1).cpu().numpy()
        return answers

    def batches_by_length(self, batch_size: int, most: int | None = None) -> list[list[dict[str, Any]]]:
        """All rows in batches of similar length; or `most` rows, chosen evenly over the lengths."""
        order = np.argsort(self.lengths(), kind="stable")
        if most is not None and len(order) > most:
            order = order[np.linspace(0, len(order) - 1, most).round().astype(int)]
        return [
            [self.rows[i] for i in order[first : first + batch_size]]
            for first in range(0, len(order), batch_size)
        ]
