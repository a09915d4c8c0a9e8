"""How visibly pruning matters on texts that Explore may start with.

`python -m tests.bench.start_texts` lists the examples in sight under the default model;
`python -m tests.bench.start_texts FILE --model NAME` ranks candidates, one text per line: those whose answer
first changes near strength 1 come first.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ltp_viz
from ltp_viz import TextClassifier
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.core.trace import Trace
from ltp_viz.resources import DEFAULT_MODEL
from ltp_viz.ui.inputs.texts import first_examples


@dataclass(frozen=True)
class Shown:
    """What a text shows at strengths 0 and 1. `flips`: strengths at which the answer changes."""

    unpruned: Trace
    pruned: Trace
    flips: tuple[float, ...]

    @property
    def first_flip(self) -> float:
        """Smallest strength from which on the answer is another than without pruning; infinite if none."""
        return min(self.flips, default=float("inf"))

    def __str__(self) -> str:
        sides = (f"{trace.label} {trace.probabilities.max():.0%}" for trace in (self.unpruned, self.pruned))
        left = " ".join(str(length) for length in self.pruned.feed_forward_lengths)
        flips = ", ".join(f"{scale:g}" for scale in self.flips) or "none"
        cost = self.pruned.macs / self.pruned.dense_macs
        return f"{' -> '.join(sides)}; flips: {flips}; tokens left: {left}; {cost:.0%} of the FLOPs"


def shown(model: TextClassifier, text: str) -> Shown:
    """Runs the text at strengths 0 and 1, and at all between and above."""
    sweep = sweep_text(model, model.tokenize(text), SCALES)
    return Shown(model.trace(text, global_scale=0.0), model.trace(text), sweep.flips)


def ranked(model: TextClassifier, texts: Sequence[str]) -> list[tuple[str, Shown]]:
    """Texts whose answer pruning changes first, by the distance of their first flip to strength 1."""
    found = [(text, shown(model, text)) for text in texts]
    return sorted(
        found,
        key=lambda each: (
            each[1].unpruned.label == each[1].pruned.label,
            abs(each[1].first_flip - 1),
        ),
    )


def main() -> None:
    """Print the examples in sight, or rank the candidates of a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, help="candidates, one text per line")
    parser.add_argument("--model", default=DEFAULT_MODEL, help=f"default {DEFAULT_MODEL}")
    options = parser.parse_args()
    model = ltp_viz.load_model(options.model)
    if options.file is None:
        for name, text in first_examples().items():
            print(f"{name}: {text}\n  {shown(model, text)}")
    else:
        texts = [line.strip() for line in options.file.read_text().splitlines() if line.strip()]
        for text, result in ranked(model, texts):
            print(f"{text}\n  {result}")


if __name__ == "__main__":
    main()
