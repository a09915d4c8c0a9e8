"""The cost of a text by its length: the part that grows with n and the part that grows with its square."""

from itertools import pairwise

import numpy as np

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import FLOPS_PER_MAC, layer_macs
from ltp_viz.core.trace import Trace
from ltp_viz.figures.learn.picture import Frame, Node, Picture, chart, line, node, path, percent

LENGTHS = tuple(range(8, 513, 8))


def quadratic_macs(entered: int, config: LTPConfig) -> int:
    """MACs of one layer that grow with the square of its tokens: two products with the attention matrix."""
    return 2 * config.hidden_size * entered**2


def shares_kept(trace: Trace) -> tuple[float, ...]:
    """Share of the text's tokens before the first layer, always 1, and after each one, (1 + L,)."""
    count = len(trace.tokens)
    return (1.0, *(float(left) / count for left in trace.feed_forward_lengths))


def cost_at(tokens: int, shares: tuple[float, ...], config: LTPConfig) -> tuple[int, int]:
    """MACs of the whole encoder for `tokens` tokens with these shares kept: linear and quadratic part."""
    lengths = [round(share * tokens) for share in shares]
    pairs = list(pairwise(lengths))
    quadratic = sum(quadratic_macs(entered, config) for entered, _ in pairs)
    return sum(sum(layer_macs(entered, left, config)) for entered, left in pairs) - quadratic, quadratic


def cost_picture(trace: Trace, config: LTPConfig) -> Picture:
    """Both parts over n, dense and with the shares that `trace` keeps; a frame per length."""
    shares = shares_kept(trace)
    whole = (1.0,) * len(shares)
    dense = np.array([cost_at(count, whole, config) for count in LENGTHS], dtype=np.float64)
    pruned = np.array([cost_at(count, shares, config) for count in LENGTHS], dtype=np.float64)
    root = node(
        "div",
        node("p", name="say", classes="tour-say"),
        _bar("d", "Unpruned"),
        _bar("p", "Pruned"),
        node(
            "p",
            _key("linear: projections, feed-forward", "tour-key"),
            _key("quadratic: the n × n matrix", "tour-key tour-square"),
            classes="tour-legend",
        ),
        _course(dense, pruned),
    )
    frames = tuple(_frame(k, dense, pruned) for k in range(len(LENGTHS)))
    return Picture(root, frames, "slider", "Tokens n", LENGTHS.index(128), (("n = 128", LENGTHS.index(128)),))


def _key(text: str, classes: str) -> Node:
    return node("span", node("i", classes=classes), node("span", text=text))


def _bar(prefix: str, title: str) -> Node:
    return node(
        "div",
        node("span", text=title, classes="tour-label"),
        node(
            "span",
            node("i", name=f"{prefix}l"),
            node("i", name=f"{prefix}q", classes="tour-square"),
            classes="tour-bar tour-stacked",
        ),
        node("span", name=f"{prefix}v", classes="tour-number"),
        classes="tour-row tour-wide",
    )


def _course(dense: np.ndarray, pruned: np.ndarray) -> Node:
    top = float(dense[-1].sum())
    xs = [(count - LENGTHS[0]) / (LENGTHS[-1] - LENGTHS[0]) for count in LENGTHS]
    ticks = [(xs[LENGTHS.index(count)], str(count)) for count in (8, 128, 256, 384, 512)]
    return chart(
        [
            line(
                "square",
                path(xs, (dense.sum(1) / top).tolist(), (dense[:, 0] / top).tolist()),
                "tour-area tour-square",
            ),
            line("linear", path(xs, (dense[:, 0] / top).tolist(), [0.0] * len(xs)), "tour-area"),
            line("kept", path(xs, (pruned.sum(1) / top).tolist()), "tour-curve tour-kept"),
        ],
        [node("i", name="now", classes="tour-line")],
        ticks,
        [(0.0, "0"), (1.0, f"{FLOPS_PER_MAC * top / 1e9:.1f}")],
        "tokens n",
        "billion FLOPs · dashed: pruned",
        f"Unpruned FLOPs grow to {FLOPS_PER_MAC * top / 1e9:.1f} billion at 512 tokens; the quadratic "
        f"part is {percent(float(dense[-1, 1]) / top)} of them. Pruned, it takes "
        f"{FLOPS_PER_MAC * float(pruned[-1].sum()) / 1e9:.1f} billion.",
    )


def _frame(k: int, dense: np.ndarray, pruned: np.ndarray) -> Frame:
    whole = float(dense[k].sum())
    texts, styles = {}, {}
    for prefix, (linear, quadratic) in (("d", dense[k]), ("p", pruned[k])):
        texts[f"{prefix}v"] = f"{FLOPS_PER_MAC * (linear + quadratic) / 1e6:,.0f} MFLOPs"
        styles[f"{prefix}l"] = {"width": percent(linear / whole, 2)}
        styles[f"{prefix}q"] = {"width": percent(quadratic / whole, 2)}
    at = (LENGTHS[k] - LENGTHS[0]) / (LENGTHS[-1] - LENGTHS[0])
    return Frame(
        value=str(LENGTHS[k]),
        texts={
            "say": f"At n = {LENGTHS[k]}, the quadratic part is {percent(dense[k, 1] / whole, 1)} of the "
            "unpruned FLOPs. With the shares of tokens kept from your sentence, "
            f"{percent(float(pruned[k].sum()) / whole)} of all FLOPs are left.",
            **texts,
        },
        styles={**styles, "now": {"left": percent(at, 2)}},
    )
