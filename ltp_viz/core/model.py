"""Hugging Face classes of the pruned classifier: `LTPForSequenceClassification` and its registration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun, encode, encode_again
from ltp_viz.core.families import layout_of
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, ReductionRule
from ltp_viz.core.rules.thresholds import ThresholdRule


@dataclass
class LTPClassifierOutput(SequenceClassifierOutput):
    """Loss, logits, the share of the batch's tokens alive after each layer, (L,), and, while training, the
    batch's MACs, pruned and dense, (2,), and what the head reads of each text, (B, d), by which it may be
    compared with a teacher."""

    keep_rates: Tensor | None = None
    macs: Tensor | None = None
    pooled: Tensor | None = None


class LTPForSequenceClassification(PreTrainedModel):
    """A BERT-like classifier that drops tokens by threshold. Stateless: scales are call arguments."""

    config_class = LTPConfig
    config: LTPConfig
    base_model_prefix = ""

    def __init__(self, config: LTPConfig):
        super().__init__(config)
        layout = layout_of(config.base_family)
        layout.check(config)
        self.embeddings = layout.embeddings(config)
        self.layers = nn.ModuleList(layout.layers(config))
        self.head = layout.head(config)
        self.post_init()  # type: ignore[no-untyped-call]

    @property
    def layers_in_order(self) -> nn.ModuleList:
        """The L layers as they run; layers that share weights are one module, several times."""
        return nn.ModuleList(self.layers[index] for index in self.config.layer_order)

    def effective_thresholds(
        self, global_scale: float = 1.0, layer_scales: Sequence[float] | None = None
    ) -> tuple[float, ...]:
        """`global_scale * layer_scale_l * theta_l` per layer. Raises ValueError on impossible scales."""
        thresholds = self.config.thresholds
        scales = [1.0] * len(thresholds) if layer_scales is None else list(layer_scales)
        if len(scales) != len(thresholds):
            raise ValueError(
                f"layer_scales holds {len(scales)} values but the model has {len(thresholds)} layers; "
                "give one scale per layer."
            )
        for scale in (global_scale, *scales):
            if not 0 <= scale < float("inf"):
                raise ValueError(f"A threshold scale is {scale}; give a finite number of at least 0.")
        return tuple(global_scale * scale * theta for scale, theta in zip(scales, thresholds, strict=True))

    def embed(
        self, token_ids: Tensor, lengths: tuple[int, ...], segments: Tensor | None = None
    ) -> PackedBatch:
        """Embed packed token ids and segment ids (T,), wherever they are, on the model's device."""
        token_ids = token_ids.to(self.device)
        segments = None if segments is None else segments.to(self.device)
        batch = PackedBatch.from_lengths(token_ids[:, None], lengths)
        states = self.embeddings(token_ids, batch.positions, segments)
        return replace(batch, states=states, segments=segments)

    def run(
        self,
        token_ids: Tensor,
        lengths: tuple[int, ...],
        segments: Tensor | None,
        rule: ReductionRule,
        *,
        score_all_layers: bool = False,
        previous: Sequence[LayerStep] = (),
    ) -> EncoderRun:
        """Encode packed ids (T,) of texts with `lengths` tokens each.

        `previous` are the steps of an earlier run on the same texts, reused while decisions agree: see
        `encoder.encode` and `encoder.encode_again`.
        """
        batch = self.embed(token_ids, lengths, segments)
        if not previous:
            return encode(self.layers_in_order, batch, rule, self.config, score_all_layers=score_all_layers)
        return encode_again(
            previous, self.layers_in_order, batch, rule, self.config, score_all_layers=score_all_layers
        )

    def classify(self, final: PackedBatch) -> Tensor:
        """Logits (B, num_labels) from the surviving tokens."""
        logits: Tensor = self.head(self.head.pool(final))
        return logits

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        rule: ReductionRule | None = None,
        **_: Any,
    ) -> LTPClassifierOutput:
        """Hugging Face's padded interface: ids, mask and segments (B, n); labels (B,) optional.

        Padding is taken out before the first layer. Padding must be on the right. `rule` decides instead of
        the learned thresholds under their scales.
        """
        token_ids, lengths, segments = pack_padded(input_ids, attention_mask, token_type_ids)
        rule = rule or ThresholdRule(self.effective_thresholds(global_scale, layer_scales))
        run = self.run(token_ids, lengths, segments, rule)
        pooled = self.head.pool(run.final)
        logits = self.head(pooled)
        loss = None if labels is None else task_loss(logits, labels)
        alive = np.array([lengths, *(step.survivors.lengths for step in run.steps)])  # (1 + L, B)
        keep_rates = torch.tensor(alive[1:].sum(1) / alive[0].sum(), dtype=torch.float32)
        output = LTPClassifierOutput(loss=loss, logits=logits, keep_rates=keep_rates.to(logits.device))
        if self.training:
            macs = (
                run_macs(run, self.config).sum(),
                sum(dense_macs(length, self.config) for length in lengths),
            )
            output.macs = logits.new_tensor(macs, dtype=torch.float64)
            output.pooled = pooled
        return output


def task_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of classes (B,), or the squared error where there is one logit and labels are numbers."""
    logits = logits.float()
    if logits.shape[1] == 1:
        return F.mse_loss(logits[:, 0], labels.float())
    return F.cross_entropy(logits, labels)


def pack_padded(
    input_ids: Tensor, attention_mask: Tensor | None, token_type_ids: Tensor | None
) -> tuple[Tensor, tuple[int, ...], Tensor | None]:
    """Padded (B, n) tensors -> ids (T,), lengths, segments (T,) or None."""
    alive = torch.ones_like(input_ids, dtype=torch.bool) if attention_mask is None else attention_mask.bool()
    lengths = tuple(alive.sum(1).tolist())
    if 0 in lengths:
        raise ValueError(f"Text {lengths.index(0)} of the batch has no tokens; give every text at least one.")
    segments = None if token_type_ids is None else token_type_ids[alive]
    return input_ids[alive], lengths, segments


AutoConfig.register("ltp", LTPConfig)
AutoModelForSequenceClassification.register(LTPConfig, LTPForSequenceClassification)
