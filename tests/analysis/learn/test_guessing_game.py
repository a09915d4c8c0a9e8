"""Rounds of the game follow the real order of drops, with the real reasons."""

import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.learn.guessing_game import Round, drop_rounds
from ltp_viz.analysis.sweeps import Sweep, sweep_text

TEXT = "A warm, funny little film that never wastes a minute."
SCALES = tuple(round(0.005 * step, 3) for step in range(201))


@pytest.fixture(scope="module")
def sweep(classifier: TextClassifier) -> Sweep:
    return sweep_text(classifier, classifier.tokenize(TEXT), SCALES)


@pytest.fixture(scope="module")
def rounds(classifier: TextClassifier, sweep: Sweep) -> tuple[Round, ...]:
    return drop_rounds(sweep, tuple(classifier.config.thresholds), (0,), most=6)


def test_rounds_follow_real_runs(classifier: TextClassifier, rounds: tuple[Round, ...]) -> None:
    assert len(rounds) == 6
    for played in rounds:
        before = classifier.trace(TEXT, global_scale=played.scale - 0.005)
        after = classifier.trace(TEXT, global_scale=played.scale)
        for drop in played.dropped:
            assert played.is_right(drop.position)
            assert before.survival_depth[drop.position] == after.num_layers
            assert after.survival_depth[drop.position] == drop.layer
            assert drop.score == pytest.approx(float(after.scores[drop.layer, drop.position]), rel=1e-4)
            assert drop.threshold == pytest.approx(after.thresholds[drop.layer])
            assert drop.ratio < 1
        for position in set(played.alive) - {drop.position for drop in played.dropped}:
            assert not played.is_right(position) and played.reason(position).ratio >= 1


def test_a_dropped_token_cannot_be_chosen_again(rounds: tuple[Round, ...]) -> None:
    dropped: set[int] = {0}
    for played in rounds:
        assert not dropped & set(played.alive)
        dropped |= {drop.position for drop in played.dropped}


def test_nothing_to_guess(classifier: TextClassifier) -> None:
    word = sweep_text(classifier, classifier.tokenize(TEXT), (0.0, 0.05))
    assert drop_rounds(word, tuple(classifier.config.thresholds), (0,), most=6) == ()
