"""Carry a Hugging Face classifier over into `LTPForSequenceClassification`, whatever its layout."""

from transformers import PreTrainedConfig, PreTrainedModel

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families import layout_of
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
