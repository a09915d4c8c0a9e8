"""Tokens of two texts side by side, and the overlap of their survivors."""

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.compare.alignment import aligned_tokens, margin, survivor_overlap
from ltp_viz.core.rules.tome import MergeRule

TEXT = "The parrot was superb, but everything else bored me to tears."
EDITED = "The old parrot was dreadful, but everything bored me to tears."


def test_alignment_names_every_token_once(classifier: TextClassifier) -> None:
    first, second = classifier.tokenize(TEXT), classifier.tokenize(EDITED)
    pairs = aligned_tokens(first, second)
    assert [a for a, _ in pairs if a is not None] == list(range(len(first.tokens)))
    assert [b for _, b in pairs if b is not None] == list(range(len(second.tokens)))
    words = {(a is not None and first.tokens[a], b is not None and second.tokens[b]) for a, b in pairs}
    assert {("parrot", "parrot"), (False, "old"), ("superb", "dreadful"), ("else", False)} <= words


def test_the_same_text_aligns_with_itself(classifier: TextClassifier) -> None:
    source = classifier.tokenize(TEXT)
    assert aligned_tokens(source, source) == tuple((i, i) for i in range(len(source.tokens)))


def test_overlap_is_one_with_oneself_and_counts_what_is_shared(classifier: TextClassifier) -> None:
    loose, strict = classifier.trace(TEXT, global_scale=0.8), classifier.trace(TEXT, global_scale=1.3)
    pairs = aligned_tokens(loose.source, strict.source)
    assert survivor_overlap(loose, loose, pairs).tolist() == [1.0] * 6
    expected = (loose.keep & strict.keep).sum(1) / (loose.keep | strict.keep).sum(1)
    np.testing.assert_allclose(survivor_overlap(loose, strict, pairs), expected)
    assert expected.min() < 1, "the scales must differ in something"


def test_overlap_over_texts_that_differ(classifier: TextClassifier) -> None:
    dense, other = classifier.trace(TEXT, global_scale=0), classifier.trace(EDITED, global_scale=0)
    pairs = aligned_tokens(dense.source, other.source)
    both = sum(a is not None and b is not None for a, b in pairs)
    assert survivor_overlap(dense, other, pairs) == pytest.approx(both / len(pairs))
    merged = classifier.trace(TEXT, rule=MergeRule(0.2))
    own = aligned_tokens(dense.source, merged.source)
    np.testing.assert_allclose(survivor_overlap(dense, merged, own), merged.keep.mean(1))


def test_margin_is_the_lead_over_the_runner_up(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT)
    assert margin(trace) == pytest.approx(abs(trace.probabilities[0] - trace.probabilities[1]))
