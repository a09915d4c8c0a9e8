"""Training of weights under a fixed rule: the hard stage of the rules that LTP is compared with."""

from typing import Any

from torch import nn

from ltp_viz.core.model import LTPClassifierOutput, LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule


class FixedRuleModel(nn.Module):
    """A classifier that always prunes by one rule. Same call as the classifier itself."""

    def __init__(self, model: LTPForSequenceClassification, rule: ReductionRule):
        super().__init__()
        self.model = model
        self.rule = rule

    def forward(self, **inputs: Any) -> LTPClassifierOutput:
        """Loss, logits and cost as `Trainer` expects them."""
        return self.model(**inputs, rule=self.rule)
