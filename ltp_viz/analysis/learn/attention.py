"""Full attention matrices of one text by head, from which scores are computed (Kim et al. 2022, eq. 3).

`analysis.attention_received` keeps only the mean over heads and the strongest readers.
"""

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.attention_received import attention_of_heads
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import AnalysedText


def attention_by_head(analysed: AnalysedText, layer: int) -> NDArray[np.float32]:
    """Attention (H, a, a) among the tokens that entered a layer, 0 to L - 1, in the text's last run.

    `[h, i, j]` is what reader i gives to token j; every row sums to 1.
    """
    return attention_of_heads(analysed, layer)[1].cpu().numpy()


def score_divisor(config: LTPConfig, source: TokenizedText) -> int:
    """The divisor that turns a column sum of attention (mean over heads) into a score: `N_ref`, in tokens."""
    if config.score_normalizer == "sequence":
        return len(source.tokens)
    return config.score_reference_length
