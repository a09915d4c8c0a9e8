"""Carry a Hugging Face classifier over into `LTPForSequenceClassification` and back, whatever its layout."""

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import layout_of
from ltp_viz.core.families.weights import restore
from ltp_viz.core.model import LTPForSequenceClassification


def convert_config(source: PreTrainedConfig) -> LTPConfig:
    """The LTP configuration of a plain one; thresholds rise linearly, not learned.

    Raises ValueError for a family, or a variant of one, that has no layout here.
    """
    return layout_of(source.model_type).convert_config(source)


def convert_classifier(source: PreTrainedModel) -> LTPForSequenceClassification:
    """An LTP classifier with the weights, and their dtype, of a `...ForSequenceClassification` model."""
    config = convert_config(source.config)
    weights = layout_of(source.config.model_type).convert_weights(source.state_dict(), source.config)
    # New parameters have the caller's default dtype, and weights copied into them would be rounded to it.
    model = LTPForSequenceClassification(config)
    model.to(dtype=source.dtype)  # type: ignore[call-arg]
    model.load_state_dict(weights)
    model.eval()  # type: ignore[no-untyped-call]
    return model


@torch.no_grad()
def plain_classifier(model: LTPForSequenceClassification) -> PreTrainedModel:
    """Hugging Face's own model of the same family with the same weights, on the processor: what `model`
    computes without pruning. Its attention is sdpa where its class offers that.

    DeBERTa: see `deberta.restore_weights` for weights of relative terms that were trained further.
    """
    layout = layout_of(model.config.base_family)
    settings = layout.plain_settings(model.config)
    config: PreTrainedConfig = AutoConfig.for_model(model.config.base_family, **settings)
    plain: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    weights = {name: weight.cpu() for name, weight in model.state_dict().items()}
    state = plain.state_dict()  # of tensors that the model itself has
    if layout.restore_weights is not None:
        layout.restore_weights(weights, state, config)
    else:
        restore(weights, state, lambda labels: layout.convert_weights(labels, config))
    plain.to(dtype=model.dtype)  # type: ignore[call-arg]
    plain.eval()
    return plain
