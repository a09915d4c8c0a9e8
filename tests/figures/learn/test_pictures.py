"""Pictures of the tour show the records' own numbers, frame by frame."""

import re
from dataclasses import replace

import numpy as np
import pytest

from ltp_viz import TextClassifier, Trace
from ltp_viz.analysis.learn.mask_curves import mask_gradients, masks
from ltp_viz.analysis.learn.training_replay import read_replay
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.analysis.words import token_labels
from ltp_viz.core.flops import layer_macs
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.figures.learn.cost import LENGTHS, cost_at, cost_picture, shares_kept
from ltp_viz.figures.learn.drops import layers_picture, threshold_grid, threshold_picture
from ltp_viz.figures.learn.masks import TEMPERATURES, mask_picture
from ltp_viz.figures.learn.picture import Node, Picture, path
from ltp_viz.figures.learn.training import replay_picture
from ltp_viz.figures.learn.words import sentence
from tests.conftest import SST2_MODEL

TEXT = "A warm, funny little film that never wastes a minute."


@pytest.fixture(scope="module")
def dense(classifier: TextClassifier) -> Trace:
    return classifier.trace(TEXT, global_scale=0.0)


def named(picture: Picture) -> set[str]:
    """Names of all elements; each belongs to one."""

    def walk(node: Node) -> list[str]:
        return [node.name, *(name for child in node.children for name in walk(child))]

    names = [name for name in walk(picture.root) if name]
    assert len(names) == len(set(names))
    return set(names)


def check_frames(picture: Picture) -> None:
    """Every frame names existing elements, and the same ones where it sets text or style."""
    names = named(picture)
    first = picture.frames[0]
    for frame in picture.frames:
        assert frame.texts.keys() == first.texts.keys() and frame.styles.keys() == first.styles.keys()
        spoken = {
            *frame.texts,
            *frame.styles,
            *frame.attributes,
            *(n for ns in frame.marks.values() for n in ns),
        }
        assert spoken <= names


def test_one_threshold_strikes_what_a_run_drops(classifier: TextClassifier, dense: Trace) -> None:
    layer, count = 1, dense.num_layers
    picture = threshold_picture(dense, layer, (0,))
    check_frames(picture)
    grid = threshold_grid(dense.scores[layer], dense.learned_thresholds[layer], (0,))
    assert len(grid) == len(picture.frames) and dense.learned_thresholds[layer] in grid
    for index in (0, 20, picture.start, 80, len(grid) - 1):
        only = tuple(float(grid[index]) if each == layer else 0.0 for each in range(count))
        run = classifier.trace(TEXT, rule=ThresholdRule(only))
        struck = {int(name[1:]) for name in picture.frames[index].marks["is-gone"] if name[0] == "t"}
        assert struck == set(np.flatnonzero(~run.keep[layer]).tolist())
    assert not picture.frames[0].marks["is-gone"]


def test_all_thresholds_strike_what_runs_drop(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT)
    picture = layers_picture(sweep_text(classifier, trace.source, SCALES), trace)
    check_frames(picture)
    assert picture.frames[picture.start].value == "×1.00"
    for k in (0, picture.start, 44):
        run, frame = classifier.trace(TEXT, global_scale=SCALES[k]), picture.frames[k]
        gone = {
            tuple(map(int, name[1:].split("_")))
            for name in (*frame.marks["is-gone"], *frame.marks["is-away"])
        }
        assert gone == {(layer, p) for layer, p in np.argwhere(~run.keep).tolist()}
        assert run.label in frame.texts["say"]
        assert f"{100 * run.macs / run.dense_macs:.0f}% of the FLOPs" in frame.texts["say"]
        assert frame.texts["n3"] == f"{run.keep[3].sum()} of {len(run.tokens)} left"


@pytest.mark.parametrize("form", ["linear", "log"])
def test_masks_are_on_their_curves(dense: Trace, form: str) -> None:
    scores, theta = dense.scores[1], dense.learned_thresholds[1]
    picture = mask_picture(dense.source, scores, theta, form, 1)  # type: ignore[arg-type]
    check_frames(picture)
    for frame, temperature in zip(picture.frames, TEMPERATURES[form], strict=True):  # type: ignore[index]
        own = scores.astype(np.float64)
        expected = masks(own, theta, temperature, form)  # type: ignore[arg-type]
        slopes = 4 * temperature * mask_gradients(own, theta, temperature, form)  # type: ignore[arg-type]
        for position in (2, 4, 8):
            assert float(frame.styles[f"m{position}"]["bottom"][:-1]) == pytest.approx(
                100 * expected[position], abs=0.006
            )
            assert float(frame.styles[f"g{position}"]["bottom"][:-1]) == pytest.approx(
                100 * slopes[position], abs=0.006
            )
        assert frame.value == f"{temperature:g}" and f"{1 / (4 * temperature):,.4g}" in frame.texts["say"]


def test_replay_shows_every_entry(classifier: TextClassifier) -> None:
    replay = read_replay(SST2_MODEL / "training_log.jsonl", classifier.config)
    picture = replay_picture(replay)
    check_frames(picture)
    for frame, step in zip(picture.frames, replay.steps, strict=True):
        assert frame.styles["b2"]["width"] == f"{100 * step.keep_rates[2]:.1f}%"
        assert f"{step.thresholds[5]:.4f}" in frame.texts["v5"]
        assert step.stage in frame.value
    assert "comes later" in picture.frames[0].texts["score"]
    without = replay_picture(replace(replay, scores=(), score_name=""))
    assert "has no score" in without.frames[-1].texts["score"]


def test_cost_is_the_formula(classifier: TextClassifier) -> None:
    trace, config = classifier.trace(TEXT), classifier.config
    shares = shares_kept(trace)
    for count in (8, 128, 512):
        linear, quadratic = cost_at(count, (1.0,) * 7, config)
        assert linear + quadratic == 6 * sum(layer_macs(count, count, config))
        assert quadratic == 6 * 2 * config.hidden_size * count**2
    assert sum(cost_at(len(trace.tokens), shares, config)) == trace.macs
    picture = cost_picture(trace, config)
    check_frames(picture)
    at = LENGTHS.index(256)
    flops = 2 * sum(cost_at(256, shares, config)) / 1e6
    assert picture.frames[at].texts["pv"] == f"{flops:,.0f} MFLOPs"


def test_words_are_those_of_the_text(classifier: TextClassifier) -> None:
    source = classifier.tokenize("  Un&believable <b>wastes</b>, 日本! ")
    text = sentence(source, "t")
    assert "".join(child.text for child in text.children) == f"[CLS] {source.text} [SEP]"
    labels = token_labels(classifier.tokenize("wastes"))
    assert labels == ("[CLS]", "waste", "‐s", "[SEP]")


def test_paths_and_positions() -> None:
    assert path([0, 1], [0, 1]) == "M0.0 1000.0L1000.0 0.0"
    assert re.fullmatch(r"M0.0 500.0L1000.0 500.0L1000.0 1000.0L0.0 1000.0", path([0, 1], [0.5, 0.5], [0, 0]))
    picture = Picture(Node("div"), (), "none", "")
    assert (
        picture.to_data(7)["at"] == 0
        and picture.to_data(None)["signature"] == picture.to_data(3)["signature"]
    )


def test_a_threshold_above_all_scores_is_shown_too(dense: Trace) -> None:
    high = replace(dense, learned_thresholds=(2.5,) * dense.num_layers)
    picture = threshold_picture(high, 2, (0,))
    trained = picture.frames[dict(picture.stops)["As trained"]]
    assert trained.value == "2.50000" and trained.styles["line"]["left"] == "100.00%"
    assert "drops 14 of 15" in trained.texts["say"]
