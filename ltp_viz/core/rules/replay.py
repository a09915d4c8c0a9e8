"""Repeat the decisions of a finished run: the same tokens are dropped or carried in each layer, whatever
their scores are now.

A threshold makes the answer jump where a token's score crosses it, and no gradient sees a jump. With fixed
decisions, the answer is a smooth function of the word vectors, equal to the pruned one at the text itself.
What merging rules decided is fixed too, with the weights of their means.
"""

from dataclasses import dataclass, replace

import torch

from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.reduction import LayerView, Reduction


@dataclass(frozen=True)
class ReplayRule:
    """Reduce as a run of one text did. Works for any number of texts of that length, such as its copies."""

    reductions: tuple[Reduction | None, ...]  # (L,) each of the m tokens that entered; None: all are kept

    @classmethod
    def of(cls, run: EncoderRun) -> "ReplayRule":
        """Raises ValueError where the run is of several texts: which is meant is not known."""
        count = len(run.final.lengths)
        if count != 1:
            raise ValueError(f"The run is of {count} texts; replay the run of one.")
        return cls(tuple(_copied(step.reduction) for step in run.steps))

    @property
    def changes_nothing(self) -> bool:
        """Whether every token was kept by every layer."""
        return all(reduction is None for reduction in self.reductions)

    def can_reduce(self, layer: int) -> bool:
        """Only where the run did."""
        return self.reductions[layer] is not None

    def reduce(self, seen: LayerView) -> Reduction:
        """The run's reduction, once for each text. Raises ValueError for texts of another length."""
        fixed, lengths = self.reductions[seen.layer], seen.entered.lengths
        if fixed is None:
            raise ValueError(f"The run dropped nothing in layer {seen.layer}; ask `can_reduce` first.")
        length, count = len(fixed.keep), len(lengths)
        if any(each != length for each in lengths):
            raise ValueError(
                f"Texts of {max(lengths)} tokens enter layer {seen.layer}, and the run had {length} there; "
                "replay a run only on its own text."
            )
        carrier = fixed.carrier
        if carrier is not None:
            firsts = torch.arange(count, device=carrier.device).repeat_interleave(length) * length
            carrier = torch.where(carrier.repeat(count) >= 0, carrier.repeat(count) + firsts, -1)
        weights = None if fixed.weights is None else fixed.weights.repeat(count)
        return Reduction(fixed.keep.repeat(count), carrier, weights)


def _copied(reduction: Reduction | None) -> Reduction | None:
    """As plain tensors: gradients cannot pass what `torch.inference_mode` has made."""
    if reduction is None:
        return None
    carrier, weights = reduction.carrier, reduction.weights
    return replace(
        reduction,
        keep=reduction.keep.clone(),
        carrier=None if carrier is None else carrier.clone(),
        weights=None if weights is None else weights.clone(),
    )
