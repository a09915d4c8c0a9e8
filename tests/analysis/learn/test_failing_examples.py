"""Examples of failure are right without pruning and wrong with it."""

from ltp_viz import TextClassifier
from ltp_viz.analysis.learn.failing_examples import failing_examples

ROWS = [
    ("It would be untrue to say that nothing annoyed me: everything did.", "negative", "double negation"),
    ("A warm, funny little film that never wastes a minute.", "positive", "plain"),
    ("A warm, funny little film that never wastes a minute.", "no idea", "plain"),
    ("Not one meal passed without our finding something undercooked.", "negative", "double negation"),
]


def test_examples_fail_as_described(classifier: TextClassifier) -> None:
    found = failing_examples(classifier, ROWS, (1.0, 1.5), most=1, longest=40)
    assert found.texts == 3 and dict(found.lost)[1.0] == 2
    (example,) = found.examples
    assert example.scale == 1.0 and example.pruned.global_scale == 1.0
    assert example.dense.label == example.gold == "negative" != example.pruned.label
    assert example.dense.keep.all() and not example.pruned.keep.all()


def test_nothing_known(classifier: TextClassifier) -> None:
    assert failing_examples(classifier, ROWS[2:3], (1.0,), most=3, longest=40).texts == 0
    short = failing_examples(classifier, ROWS, (1.0,), most=3, longest=5)
    assert short.examples == () and dict(short.lost)[1.0] == 2
