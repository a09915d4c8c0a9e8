"""From attention received to a score, and from scores to masks (Kim et al. 2022, equations 3 to 6)."""

import torch
from torch import Tensor

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.packed import PackedBatch

# The published code never prunes on a threshold below this.
SMALLEST_THRESHOLD = 1e-5


def token_scores(column_sums: Tensor, batch: PackedBatch, config: LTPConfig) -> Tensor:
    """Scores (T,) from the attention each token receives: a column sum divided by a constant.

    Equation 3: `s_j = 1/(H * N_ref) * sum_h sum_i A_h[i, j]`, over the tokens `i` still in the text.
    `N_ref` is stored with the checkpoint or, normalised by "sequence", is the text's own length before any
    drop. Neither padding nor neighbours in the batch change a score.
    """
    heads = config.num_attention_heads
    if config.score_normalizer == "reference":
        return column_sums / (heads * config.score_reference_length)
    text_lengths = torch.tensor(batch.text_lengths, device=column_sums.device)
    return column_sums / (heads * text_lengths[batch.text_index])


def hard_mask(scores: Tensor, threshold: float) -> Tensor:
    """True where a token is kept, (T,): equation 4. A threshold <= 0 drops nothing."""
    if threshold <= 0:
        return torch.ones_like(scores, dtype=torch.bool)
    return scores >= max(SMALLEST_THRESHOLD, threshold)


def soft_mask(scores: Tensor, threshold: Tensor, temperature: float) -> Tensor:
    """`sigmoid((s - theta) / temperature)`, (T,): equation 6, differentiable in both arguments."""
    return torch.sigmoid((scores - threshold) / temperature)
