"""Run one text, or a pair, and print what each layer drops: `ltp-viz trace "A warm, funny little film."`.

A token is struck through in the layer that drops it (in a file as ~~token~~) and left out below; `‐` joins
the pieces of a word. `--json` prints the whole trace, which `Trace.from_json` reads back.
"""

import argparse
import sys

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.words import token_labels
from ltp_viz.cli.options import add_head, add_json, add_model, add_scale, check_scale, loaded_model
from ltp_viz.core.answers import answer_with_share
from ltp_viz.core.trace import Trace
from ltp_viz.data.errors import InputError


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("text", metavar="TEXT", help="the text, in quotes")
    parser.add_argument("text_pair", metavar="SECOND_TEXT", nargs="?", help="for a model of pairs")
    add_model(parser)
    add_head(parser)
    add_scale(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the trace."""
    disable_progress_bar()
    check_scale(options.scale)
    model = loaded_model(options)
    if model.reads_pairs and options.text_pair is None:
        raise InputError(
            f"The model {model.name!r} compares two texts; give SECOND_TEXT, or --single if it reads one."
        )
    text = model.start(options.text, options.text_pair)
    unpruned = text.trace(0.0)
    trace = text.trace(options.scale)
    if options.json:
        print(trace.to_json())
        return 0
    strike = "\x1b[9m{}\x1b[29m" if sys.stdout.isatty() else "~~{}~~"
    print("layer  tokens  text")
    for layer in range(trace.num_layers):
        print(f"{layer + 1:5}  {trace.feed_forward_lengths[layer]:6}  {_tokens(trace, layer, strike)}")
    print(f"\n{_answer(trace)}; without pruning {_answer(unpruned)}")
    print(f"{trace.dense_macs / trace.macs:.2f}x fewer FLOPs, pruning strength {options.scale:g}")
    if trace.truncated:
        side = "first" if trace.source.truncation_side == "right" else "last"
        print(f"The model reads only the {side} {len(trace.tokens)} of {trace.total_tokens} tokens.")
    return 0


def _tokens(trace: Trace, layer: int, strike: str) -> str:
    """The tokens that enter a layer, with those that it drops struck through."""
    enters = trace.keep[layer - 1] if layer else [True] * len(trace.tokens)
    labels = (" ".join(label.split()) for label in token_labels(trace.source))  # a word may span lines
    return " ".join(
        label if kept else strike.format(label)
        for label, entered, kept in zip(labels, enters, trace.keep[layer], strict=True)
        if entered
    )


def _answer(trace: Trace) -> str:
    return answer_with_share(trace.logits, trace.labels, trace.answer_kind)
