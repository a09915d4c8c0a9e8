"""The attention of all heads adds up to the scores."""

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.attention_received import attention_by_reader
from ltp_viz.analysis.learn.attention import attention_by_head, score_divisor

TEXT = "A warm, funny little film that never wastes a minute."


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_columns_of_all_heads_make_the_scores(classifier: TextClassifier, scale: float) -> None:
    analysed = classifier.start(TEXT)
    trace = analysed.trace(scale)
    for layer in range(trace.num_layers):
        attention = attention_by_head(analysed, layer)
        positions, mean = attention_by_reader(analysed, layer)
        np.testing.assert_allclose(attention.sum(-1), 1, atol=1e-5)
        np.testing.assert_allclose(attention.mean(0), mean.numpy(), atol=1e-6)
        scores = attention.mean(0).sum(0) / score_divisor(classifier.config, trace.source)
        np.testing.assert_allclose(scores, trace.scores[layer, positions], rtol=2e-3)
