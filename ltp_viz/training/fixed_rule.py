"""Weights that learn under a rule which does not: the hard stage of rules that LTP is compared with."""

from typing import Any

from torch import nn

from ltp_viz.core.model import LTPClassifierOutput, LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule


class FixedRuleModel(nn.Module):
    """A classifier that prunes by one rule whatever it learns. Same call as the classifier itself."""

    def __init__(self, model: LTPForSequenceClassification, rule: ReductionRule):
        super().__init__()
        self.model = model
        self.rule = rule

    def forward(self, **inputs: Any) -> LTPClassifierOutput:
        """Loss, logits and cost as `Trainer` wants them."""
        return self.model(**inputs, rule=self.rule)
