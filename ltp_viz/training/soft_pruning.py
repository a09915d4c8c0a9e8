"""Stage 2: thresholds learned through soft masks (Kim et al. 2022, equations 6 and 7).

No token is removed here. A mask `sigmoid((score - threshold) / T)` fades each token, so the task loss and the
regulariser `lambda * sum_l mean(mask_l)` both send gradients to the thresholds.

Two choices go beyond the paper (see docs/decisions.md), and callers must always make them. `fades`: the
layer's output ("states", as published), or the token's part in the attention of all later layers
("attention"), which approaches real drops as masks approach 0 and 1. `score_scale`: compare by difference
("linear", as published) or by ratio ("log"), since scores span orders of magnitude.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import encoder_layer
from ltp_viz.core.flops import dense_macs, macs_by_text
from ltp_viz.core.model import LTPForSequenceClassification, pack_padded, task_loss
from ltp_viz.core.scores import SMALLEST_THRESHOLD, soft_mask, token_scores

SoftMaskFades = Literal["attention", "states"]
ScoreScale = Literal["log", "linear"]


@dataclass(frozen=True)
class SoftOutput:
    """One soft pass. Masks are per layer over the packed tokens, None if a layer does not prune."""

    logits: Tensor  # (B, C)
    pooled: Tensor  # (B, d) what the head reads of each text: in most layouts its first token's last state
    masks: tuple[Tensor | None, ...]  # L times (T,)
    presence: tuple[Tensor, ...]  # (T,) per pruning layer: the product of a token's masks so far
    text_index: Tensor  # (T,) index of the text that a token belongs to

    def regularizer(self) -> Tensor:
        """`sum_l mean(mask_l)` over real tokens; if attention fades, of the product of masks so far."""
        return torch.stack([there.mean() for there in self.presence]).sum()

    def lengths(self) -> Tensor:
        """Tokens of each text that enter the encoder and, by the hard rule, leave each layer, (1 + L, B)."""
        depths, lengths = self.depths(), [torch.bincount(self.text_index)]
        for layer in range(len(self.masks)):
            left = self.text_index[depths > layer]
            lengths.append(torch.bincount(left, minlength=len(lengths[0])))
        return torch.stack(lengths)

    def depths(self) -> Tensor:
        """How many layers each token survives by the hard rule, (T,)."""
        alive = torch.ones_like(self.text_index, dtype=torch.bool)
        depths = torch.zeros_like(self.text_index)
        for mask in self.masks:
            alive = alive if mask is None else alive & (mask > 0.5)
            depths = depths + alive
        return depths

    def macs(self, config: LTPConfig) -> tuple[int, int]:
        """Of the batch under the hard rule, and without pruning."""
        lengths = torch.bincount(self.text_index).tolist()
        pruned = macs_by_text(self.depths().cpu().numpy(), tuple(lengths), config)
        return int(pruned.sum()), sum(dense_macs(length, config) for length in lengths)


class SoftPruningModel(nn.Module):
    """A classifier with learnable thresholds. Same call as the classifier itself."""

    # False only to reproduce the published implementation, which may fade the first token.
    protect: bool = True

    def __init__(
        self,
        model: LTPForSequenceClassification,
        temperature: float,
        regularizer_weight: float,
        *,
        fades: SoftMaskFades,
        score_scale: ScoreScale,
        prune_first_layer: bool = True,
    ):
        super().__init__()
        self.fades = fades
        self.score_scale = score_scale
        self.model = model
        self.temperature = temperature
        self.regularizer_weight = regularizer_weight
        self.first_layer = 0 if prune_first_layer else 1
        self.thresholds = nn.Parameter(
            self._on_scale(torch.tensor(model.config.thresholds, dtype=torch.float32))
        )

    def _on_scale(self, scores: Tensor) -> Tensor:
        """Scores or thresholds on the scale on which masks compare them."""
        return scores.clamp_min(SMALLEST_THRESHOLD).log() if self.score_scale == "log" else scores

    def learned_thresholds(self) -> list[float]:
        """Thresholds as a checkpoint stores them, clipped at zero: negative ones drop nothing, like zero."""
        learned = self.thresholds.detach()
        learned = learned.exp() if self.score_scale == "log" else learned.clamp(min=0.0)
        if self.first_layer:
            learned[0] = 0.0
        return learned.tolist()

    def soft_forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, token_type_ids: Tensor | None = None
    ) -> SoftOutput:
        """Padded ids, mask and segments (B, n) through all layers under soft masks."""
        token_ids, lengths, segments = pack_padded(input_ids, attention_mask, token_type_ids)
        batch = self.model.embed(token_ids, lengths, segments)
        is_protected = batch.at(self.model.config.always_kept)
        masks: list[Tensor | None] = []
        presence: list[Tensor] = []
        for index, module in enumerate(self.model.layers_in_order):
            layer = encoder_layer(module)
            prunes = index >= self.first_layer
            faded = presence[-1] if presence and self.fades == "attention" else None
            states, column_sums = layer.attend(batch, with_sums=prunes, presence=faded)
            states = layer.feed_forward(states)
            mask = None
            if column_sums is not None:
                scores = token_scores(column_sums, batch, self.model.config)
                mask = soft_mask(self._on_scale(scores), self.thresholds[index], self.temperature)
                # The hard rule never drops a protected token, so the soft one must not fade it.
                mask = mask.masked_fill(is_protected, 1.0) if self.protect else mask
                if self.fades == "states":
                    states = states * mask[:, None].to(states.dtype)
                presence.append(mask if faded is None else faded * mask)
            masks.append(mask)
            batch = batch.with_states(states)
        remaining = presence[-1] if presence and self.fades == "attention" else None
        pooled = self.model.head.pool(batch, remaining)
        logits = self.model.head(pooled)
        return SoftOutput(logits, pooled, tuple(masks), tuple(presence), batch.text_index)

    @torch.no_grad()
    def clip_thresholds(self) -> None:
        """Raise thresholds to the lowest useful value. Below it they drop nothing and are so far from every
        score that no gradient would raise them again."""
        self.thresholds.clamp_(min=math.log(SMALLEST_THRESHOLD) if self.score_scale == "log" else 0.0)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        **_: Any,
    ) -> dict[str, Tensor]:
        """Loss and logits as `Trainer` expects them."""
        if self.training:
            self.clip_thresholds()
        output = self.soft_forward(input_ids, attention_mask, token_type_ids)
        lengths = output.lengths()
        result = {"logits": output.logits, "keep_rates": lengths[1:].sum(1) / lengths[0].sum()}
        if self.training:
            result["macs"] = torch.tensor(
                output.macs(self.model.config), dtype=torch.float64, device=lengths.device
            )
            result["pooled"] = output.pooled
        if labels is not None:
            loss = task_loss(output.logits, labels)
            result = {"loss": loss + self.regularizer_weight * output.regularizer(), **result}
        return result
