"""Hugging Face classes of the pruned classifier: `LTPForSequenceClassification` and its registration."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

from ltp_viz.core.answers import AnswerKind
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
        counted = self.counted_positions(token_ids, batch.positions)
        states = self.embeddings(token_ids, counted, segments)
        return replace(batch, states=states, segments=segments)

    def counted_positions(self, token_ids: Tensor, positions: Tensor) -> Tensor:
        """Positions (T,) by which packed ids are embedded, from those in the full texts.

        RoBERTa and its kind do not count a padding token that is written in the text ("<pad>"): it has the
        padding's own position, one before the first.
        """
        padding = self.config.pad_token_id
        if not self.config.position_offset or padding is None:
            return positions
        counts = token_ids != padding
        if bool(counts.all()):
            return positions
        so_far, starts = counts.cumsum(0), positions == 0
        before = (so_far - counts.long())[starts][starts.cumsum(0) - 1]  # in the texts before
        return torch.where(counts, so_far - before - 1, -1)

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
        return_dict: bool | None = None,
        **others: Any,
    ) -> LTPClassifierOutput | tuple[Any, ...]:
        """Hugging Face's padded interface: ids, mask and segments (B, n); labels (B,), or (B, C) of labels or
        numbers, optional.

        Padding is taken out before the first layer. Padding must be on the right. `rule` decides instead of
        the learned thresholds under their scales. Raises ValueError where something is asked for that a
        pruned encoder does not have.
        """
        self._refuse(others)
        token_ids, lengths, segments = pack_padded(input_ids, attention_mask, token_type_ids)
        rule = rule or ThresholdRule(self.effective_thresholds(global_scale, layer_scales))
        run = self.run(token_ids, lengths, segments, rule)
        pooled = self.head.pool(run.final)
        logits = self.head(pooled)
        loss = None if labels is None else task_loss(logits, labels, self.config.answer_kind)
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
        return output.to_tuple() if return_dict is False else output

    def _refuse(self, others: Mapping[str, Any]) -> None:
        """What callers of Hugging Face's classes may ask for; Trainer's own arguments pass."""
        for name, why in _NOT_SERVED.items():
            wanted = others.get(name, getattr(self.config, name, None))
            if wanted is not None and wanted is not False:
                raise ValueError(f"{name} is not available: {why}.")

    def get_input_embeddings(self) -> nn.Module:
        """The word embedding, as Hugging Face's classes give it."""
        words: nn.Module = self.embeddings.words  # type: ignore[assignment]
        return words

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Another word embedding in its place."""
        self.embeddings.words = value


_NOT_SERVED = {
    "output_attentions": "attention is never held as a matrix; `TextClassifier.trace` records each token's "
    "scores, and `ltp_viz.analysis.attention_received` the attention behind them",
    "output_hidden_states": "tokens are removed on the way, so layers have no states of equal length; "
    "`TextClassifier.run(...).steps` holds each layer's",
    "inputs_embeds": "give input_ids",
    "position_ids": "positions are counted from the text",
}


def as_yes_or_no(
    model: LTPForSequenceClassification, names: tuple[str, str], output: int = 0
) -> LTPForSequenceClassification:
    """A classifier of two classes with the logits (0, z), where z is one output of the model; weights shared.

    Their softmax is (1 - sigmoid(z), sigmoid(z)). `names` are of the classes no and yes. Every head's last
    projection is called `output`.
    """
    view, head = _shallow(model), _shallow(model.head)
    old: Any = model.head.output
    new = nn.Linear(old.in_features, 2, bias=True, dtype=old.weight.dtype, device=old.weight.device)
    with torch.no_grad():
        for parameter, values in ((new.weight, old.weight), (new.bias, old.bias)):
            parameter.zero_()
            if values is not None:
                parameter[1] = values[output]
    head.output = new.eval()
    view.head = head
    view.config = copy.deepcopy(model.config)
    view.config.problem_type = "single_label_classification"
    view.config.id2label = dict(enumerate(names))
    view.config.label2id = {name: index for index, name in enumerate(names)}
    return view


_Module = TypeVar("_Module", bound=nn.Module)


def _shallow(module: _Module) -> _Module:
    """Another module with the same parts, one of which may be replaced."""
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    return twin


def task_loss(logits: Tensor, labels: Tensor, kind: AnswerKind | None = None) -> Tensor:
    """Cross-entropy of classes (B,), binary cross-entropy of labels (B, C), squared error of numbers.

    Without a kind, one logit is a number and several are classes.
    """
    logits = logits.float()
    if kind == "labels":
        return F.binary_cross_entropy_with_logits(logits, labels.float())
    if kind == "numbers" or logits.shape[1] == 1:
        return F.mse_loss(logits, labels.float().reshape(logits.shape))
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
