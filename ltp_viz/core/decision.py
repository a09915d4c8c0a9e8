"""Score and reduce the tokens of one layer: the only place where a rule, scores and protection meet.

Every run of the encoder decides here, whether it computes a layer or reuses it from an earlier run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from ltp_viz.core.attention.relation import Relation
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, LayerView, Reduction, ReductionRule
from ltp_viz.core.scores import token_scores


@dataclass(frozen=True)
class LayerDecision:
    """What decides in one layer of one run. Shapes: T tokens that entered the layer, d hidden size."""

    layer: int  # 0 to L - 1
    rule: ReductionRule
    config: LTPConfig
    earlier: Sequence[LayerStep]  # layers before this one
    score_all_layers: bool = False  # score also where the rule cannot reduce, for display

    @property
    def needs_scores(self) -> bool:
        """Whether anyone reads the scores of this layer."""
        return self.score_all_layers or self.rule.can_reduce(self.layer)

    def scores(self, column_sums: Tensor | None, entered: PackedBatch) -> Tensor | None:
        """Scores (T,) from the attention received (T,); None where it was not computed."""
        return None if column_sums is None else token_scores(column_sums, entered, self.config)

    def reduction(
        self,
        project: Callable[[Tensor, Tensor], Tensor],
        relation: Relation,
        entered: PackedBatch,
        attended: PackedBatch,
        scores: Tensor | None,
    ) -> Reduction | None:
        """What the rule makes of the tokens, protected ones kept; None where all stay.

        The arguments as in `LayerView`.
        """
        if scores is None or not self.rule.can_reduce(self.layer):
            return None
        protected = attended.at(self.config.always_kept)
        seen = LayerView(
            self.layer, entered, attended, scores.detach(), protected, project, self.earlier, relation
        )
        reduction = self.rule.reduce(seen).protecting(protected)
        return None if reduction.changes_nothing else reduction
