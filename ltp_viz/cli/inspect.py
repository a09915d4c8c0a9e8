"""Load a model and say what it is: `ltp-viz inspect MODEL`.

Family, head, labels, longest text, thresholds, whether it answers as Hugging Face's own class does, what
attention runs on, what scores are, and what is unusual. A model that cannot be used is refused with the
reason, status 2.
"""

import argparse
import json

from transformers.utils.logging import disable_progress_bar

from ltp_viz.cli.options import add_head, add_json, loaded_model
from ltp_viz.data.checkpoints.facts import ModelFacts, model_facts

_LABELS_SHOWN = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("model", metavar="MODEL", help="bundled name, folder or hub name")
    add_head(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the facts."""
    disable_progress_bar()
    facts = model_facts(loaded_model(options))
    if options.json:
        print(json.dumps(facts.to_dict(), indent=2, ensure_ascii=False))
        return 0
    for name, value in _lines(facts):
        print(f"{name:12} {value}")
    return 0


def _lines(facts: ModelFacts) -> list[tuple[str, str]]:
    labels = ", ".join(facts.labels[:_LABELS_SHOWN])
    if more := len(facts.labels) - _LABELS_SHOWN:
        labels += f" and {more} more" if more > 0 else ""
    learned = "learned" if facts.thresholds_learned else "not learned: they rise linearly from layer to layer"
    side = "first" if facts.truncation_side == "right" else "last"
    lines = [
        ("model", facts.name),
        ("family", f"{facts.family}, {facts.layers} layers of width {facts.width}"),
        ("size", f"{facts.parameters / 1e6:,.1f} million parameters"),
        ("answers", facts.answers),
        ("labels", labels),
        ("reads", f"{facts.reads}, the {side} {facts.longest_text:,} tokens"),
        ("thresholds", learned),
        ("checked", facts.checked),
        ("attention", facts.attention),
        ("scores", facts.scores),
    ]
    return [*lines, *(("unusual", note) for note in facts.unusual)]
