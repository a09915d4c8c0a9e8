"""All ways to ask one model give one answer."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ltp_viz import InputError, TextClassifier, Trace

TEXTS = [
    "Meh",
    "A warm, funny little film that never wastes a minute.",
    "",
    "good film. " * 300,
    "I would not say that nobody will enjoy this, but I certainly did not.",
    "The acting is superb and the photography glows, yet the story falls apart. " * 6,
]


def assert_same(a: Trace, b: Trace) -> None:
    assert a.tokens == b.tokens
    np.testing.assert_array_equal(a.keep, b.keep)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
    np.testing.assert_allclose(a.logits, b.logits, atol=1e-4)
    assert a.macs == b.macs and a.dense_macs == b.dense_macs


@pytest.fixture(scope="module")
def alone(classifier: TextClassifier) -> list[Trace]:
    return [classifier.start(text).trace(1.1) for text in TEXTS]


def test_batch_equals_one_by_one(classifier: TextClassifier, alone: list[Trace]) -> None:
    for together, single in zip(classifier.trace_batch(TEXTS, global_scale=1.1), alone, strict=True):
        assert_same(together, single)


@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_predict_equals_traces(classifier: TextClassifier, alone: list[Trace], batch_size: int) -> None:
    result = classifier.predict(TEXTS, batch_size, global_scale=1.1)
    assert result.labels == tuple(trace.label for trace in alone)
    assert result.macs.tolist() == [trace.macs for trace in alone]
    assert result.dense_macs.tolist() == [trace.dense_macs for trace in alone]
    np.testing.assert_allclose(result.probabilities, [trace.probabilities for trace in alone], atol=1e-4)


def test_ids_equal_text(classifier: TextClassifier, alone: list[Trace]) -> None:
    assert_same(classifier.trace_ids(alone[1].input_ids, global_scale=1.1), alone[1])


def test_one_text_under_many_scales_equals_fresh_runs(classifier: TextClassifier) -> None:
    analysed = classifier.start(TEXTS[5])
    for scale in (0.0, 1.0, 1.05, 3.0, 0.5, 1.0):
        assert_same(analysed.trace(scale), classifier.trace(TEXTS[5], global_scale=scale))
    assert_same(
        analysed.trace(1, [1, 1, 2, 1, 1, 1]), classifier.trace(TEXTS[5], layer_scales=[1, 1, 2, 1, 1, 1])
    )


def test_threads_share_a_classifier(classifier: TextClassifier, alone: list[Trace]) -> None:
    jobs = [(i, TEXTS[i]) for _ in range(4) for i in range(len(TEXTS))]
    with ThreadPoolExecutor(4) as pool:
        for (index, _), trace in zip(
            jobs, pool.map(lambda job: classifier.start(job[1]).trace(1.1), jobs), strict=True
        ):
            assert_same(trace, alone[index])


def test_nothing_asked(classifier: TextClassifier) -> None:
    assert classifier.trace_batch([]) == []
    assert classifier.predict([]).labels == ()


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "is empty"),
        ([101] * 513, "holds 513 tokens"),
        ([-1], "from 0 to 30521"),
        ([30522], "from 0 to 30521"),
    ],
)
def test_impossible_ids(classifier: TextClassifier, ids: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        classifier.trace_ids(ids)


def test_relabelled_shares_weights_and_changes_names_only(
    classifier: TextClassifier, alone: list[Trace]
) -> None:
    renamed = classifier.relabelled([" bad", "good "])
    assert renamed.model is classifier.model and renamed.labels == ("bad", "good")
    assert classifier.labels == ("negative", "positive")
    for text, before in zip(TEXTS, alone, strict=True):
        trace = renamed.start(text).trace(1.1)
        assert_same(trace, before)
        assert trace.labels == ("bad", "good") and trace.label in trace.labels
    assert renamed.trace_ids(alone[0].input_ids).labels == ("bad", "good")
    result = renamed.predict(TEXTS, global_scale=1.1)
    assert result.label_names == ("bad", "good") and {*result.labels} <= {"bad", "good"}
    assert renamed.relabelled(["a", "b"]).labels == ("a", "b")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["one"], "There are 1 label names for the 2 outputs"),
        (["a", "b", "c"], "There are 3 label names"),
        (["a", " "], "Label name 2 is empty"),
        (["a", " a"], "Two labels are called 'a'"),
    ],
)
def test_impossible_label_names(classifier: TextClassifier, names: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        classifier.relabelled(names)
