"""Dropped tokens: by one threshold, by the thresholds of all layers, and in texts that pruning breaks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.learn.failing_examples import FailingExample
from ltp_viz.analysis.sweeps import Sweep
from ltp_viz.analysis.words import token_labels
from ltp_viz.core.scores import SMALLEST_THRESHOLD
from ltp_viz.core.trace import Trace
from ltp_viz.figures.learn.picture import Frame, Node, Picture, node, percent
from ltp_viz.figures.learn.words import sentence

_STEPS = 100  # positions of the threshold


def threshold_grid(
    scores: NDArray[np.float32], learned: float, protected: Sequence[int]
) -> NDArray[np.float64]:
    """Positions of one threshold, ascending from 0 to above all scores; the learned one is among them."""
    return np.unique(np.append(np.linspace(0.0, _top(scores, protected), _STEPS + 1), learned))


def _top(scores: NDArray[np.float32], protected: Sequence[int]) -> float:
    """Upper end of the axis: above all scores that a threshold can drop."""
    free = np.delete(scores.astype(np.float64), list(protected))
    return 1.08 * float(free.max(initial=SMALLEST_THRESHOLD))


def threshold_picture(trace: Trace, layer: int, protected: Sequence[int]) -> Picture:
    """One threshold on one layer's scores; `trace` must drop no token before that layer."""
    labels, scores = token_labels(trace.source), trace.scores[layer]
    learned = trace.learned_thresholds[layer]
    grid = threshold_grid(scores, learned, protected)
    top = _top(scores, protected)
    rows = [
        node(
            "div",
            node("span", text=label, classes="tour-label", name=f"l{position}"),
            node(
                "span",
                node("i", style=f"width:{percent(min(1.0, float(score) / top), 1)}", name=f"b{position}"),
                classes="tour-bar",
            ),
            node(
                "span",
                text=f"{score:.4f}" + (" kept" if position in protected else ""),
                classes="tour-number",
            ),
            classes="tour-row",
        )
        for position, (label, score) in enumerate(zip(labels, scores, strict=True))
    ]
    lines = node("div", node("i", name="line", classes="tour-line"), classes="tour-lines", aria_hidden="true")
    root = node(
        "div",
        sentence(trace.source, "t"),
        node("p", name="say", classes="tour-say"),
        node("div", lines, *rows, classes="tour-rows tour-scored"),
    )
    frames = tuple(_threshold_frame(scores, float(value), top, protected, layer) for value in grid)
    at = int(np.argmin(np.abs(grid - learned)))
    stops = (("Nothing dropped", 0), ("As trained", at)) if learned > 0 else (("Nothing dropped", 0),)
    # If the learned threshold drops nothing, start above 0, so that the picture shows a drop.
    start = at if learned > 0 else _STEPS // 3
    return Picture(root, frames, "slider", f"Threshold θ of layer {layer + 1}", start, stops)


def _threshold_frame(
    scores: NDArray[np.float32], threshold: float, top: float, protected: Sequence[int], layer: int
) -> Frame:
    lowest = max(SMALLEST_THRESHOLD, threshold) if threshold > 0 else 0.0
    # In the precision of the scores, as in the model's comparison.
    dropped = [
        position
        for position, score in enumerate(scores)
        if score < np.float32(lowest) and position not in protected
    ]
    marked = [f"{part}{position}" for position in dropped for part in ("t", "l", "b")]
    return Frame(
        value=f"{threshold:.5f}",
        texts={
            "say": f"With θ = {threshold:.5f}, layer {layer + 1} drops {len(dropped)} of {len(scores)} "
            "tokens."
        },
        styles={"line": {"left": percent(min(1.0, threshold / top), 2)}},
        marks={"is-gone": marked},
    )


def layers_picture(sweep: Sweep, trace: Trace) -> Picture:
    """The sentence once per layer, without the tokens dropped before; a frame per pruning strength."""
    lines = []
    for layer in range(sweep.num_layers):
        left = node("b", name=f"n{layer}", classes="tour-number")
        head = node("span", text=f"layer {layer + 1}", classes="tour-label")
        bound = node("span", name=f"h{layer}", classes="tour-bound")
        about = node("div", head, bound, left, classes="tour-about")
        lines.append(node("div", about, sentence(trace.source, f"t{layer}_"), classes="tour-layer"))
    root = node(
        "div",
        node("p", name="say", classes="tour-say"),
        node("div", *lines, classes="tour-layers"),
        node("p", name="depths", classes="tour-small"),
    )
    frames = tuple(_layers_frame(sweep, trace, k) for k in range(len(sweep.scales)))
    at = min(range(len(sweep.scales)), key=lambda k: abs(sweep.scales[k] - 1.0))
    stops = (("0, nothing dropped", 0), ("1, as trained", at))
    return Picture(root, frames, "slider", "Pruning strength", at, stops)


def _layers_frame(sweep: Sweep, trace: Trace, k: int) -> Frame:
    depths, scale = sweep.depths[k], sweep.scales[k]
    count, answer = len(depths), int(sweep.logits[k].argmax())
    drops, away = [], []
    for position, depth in enumerate(depths.tolist()):
        drops += [f"t{depth}_{position}"] if depth < sweep.num_layers else []
        away += [f"t{layer}_{position}" for layer in range(depth + 1, sweep.num_layers)]
    labels = token_labels(trace.source)
    return Frame(
        value=f"×{scale:.2f}",
        texts={
            "say": f"Strength {scale:.2f}: the answer is {sweep.labels[answer]} "
            f"({percent(float(sweep.probabilities[k, answer]), 1)}), "
            f"for {percent(sweep.macs[k] / sweep.dense_macs)} of the FLOPs.",
            "depths": "Layers survived: "
            + ", ".join(f"“{label}” {depth}" for label, depth in zip(labels, depths.tolist(), strict=True))
            + ".",
            **{f"h{i}": f"θ {scale * theta:.4f}" for i, theta in enumerate(trace.learned_thresholds)},
            **{f"n{i}": f"{int((depths > i).sum())} of {count} left" for i in range(sweep.num_layers)},
        },
        marks={"is-gone": drops, "is-away": away},
    )


def failing_picture(examples: Sequence[FailingExample], links: Sequence[str]) -> Picture:
    """Correct answers that pruning makes wrong; a frame per example. `links` open each in Explore."""
    root = node(
        "div",
        *(
            _example(index, example, link)
            for index, (example, link) in enumerate(zip(examples, links, strict=True))
        ),
    )
    frames = tuple(
        Frame(value=f"{index + 1} of {len(examples)}", marks={"is-here": [f"e{index}"]})
        for index in range(len(examples))
    )
    return Picture(root, frames, "slider", "Example")


def _example(index: int, example: FailingExample, link: str) -> Node:
    source, depths = example.pruned.source, example.pruned.survival_depth
    middle = (example.pruned.num_layers + 1) // 2
    text = sentence(source, f"t{index}_", "tour-failing")
    dropped = {f"t{index}_{position}" for position, depth in enumerate(depths.tolist()) if depth < middle}
    return node(
        "div",
        node(
            "p", text=f"{example.kind.capitalize()}; the correct answer is {example.gold}", classes="tour-ask"
        ),
        _struck(text, dropped),
        _answers("Without pruning", example.dense, example.gold),
        _answers(f"Strength {example.scale:g}", example.pruned, example.gold),
        node(
            "p",
            text=f"Struck through: dropped by layer {middle} of {example.pruned.num_layers}. "
            f"{percent(example.pruned.macs / example.pruned.dense_macs)} of the FLOPs remain.",
            classes="tour-small",
        ),
        node("a", text="Open it in Explore", href=link, target="_self", classes="tour-link"),
        classes="tour-example",
        name=f"e{index}",
    )


def _struck(text: Node, dropped: set[str]) -> Node:
    children = tuple(
        node("span", text=child.text, classes=f"{child.classes} is-gone") if child.name in dropped else child
        for child in text.children
    )
    return node("p", *children, classes=text.classes, dir="auto")


def _answers(title: str, trace: Trace, gold: str) -> Node:
    answer = int(trace.logits.argmax())
    share = float(trace.probabilities[answer])
    mark = "✓" if trace.label == gold else "✗"
    return node(
        "div",
        node("span", text=title, classes="tour-label"),
        node(
            "span",
            node("i", style=f"width:{percent(share, 1)}", classes="" if trace.label == gold else "is-wrong"),
            classes="tour-bar",
        ),
        node("span", text=f"{mark} {trace.label} {percent(share, 1)}", classes="tour-number"),
        classes="tour-row tour-wide",
    )
