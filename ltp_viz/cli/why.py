"""Does pruning keep what matters? `python -m ltp_viz.cli.why MODEL --data FILE`, attribution beside survival.

Every text's words are attributed in the pruned and in the dense prediction, and the sizes correlated
(Spearman) with the layers that words survive. `--time` measures one attribution at several lengths instead.
"""

import argparse
import json
import math
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.dataset.results.records import Estimate
from ltp_viz.analysis.why.agreement_over_rows import (
    ChosenText,
    TextAgreement,
    agreements,
    deltas,
    most_often_early,
    summary,
)
from ltp_viz.analysis.why.attribution import STEPS
from ltp_viz.analysis.why.explanation import METHODS, PREDICTIONS, Method, explain, rule_of
from ltp_viz.cli.evaluate import task_of
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.atomic_write import written_aside
from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import even_rows
from ltp_viz.data.tables.labelled_data import LabelledData, read_labelled_data
from ltp_viz.data.tables.tasks import TASKS

LENGTHS = (30, 128, 512)
_REPEATS, _SHOWN_WORDS = 5, 12
# Cut to length: what is timed does not depend on what the words say.
_TIMED_TEXT = "A warm, funny little film that never wastes a minute, though the second half is a bore. "


def main(arguments: list[str] | None = None) -> int:
    """Explain texts and print what they come to; bad input ends with one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m ltp_viz.cli.why",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="model folder or hub name")
    parser.add_argument("--data", help="file, folder or hub data set")
    parser.add_argument("--split", default="validation", help="part of a folder or hub data set")
    parser.add_argument("--task", choices=sorted(TASKS), help="default: the one the model was trained for")
    add_reading_options(parser)
    parser.add_argument("--method", choices=METHODS, default="lig", help="default lig")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all thresholds, default 1")
    parser.add_argument("--max-texts", type=int, default=0, help="so many, evenly from all; 0: all")
    parser.add_argument("--json", type=Path, help="write every text's figures as JSON to this file")
    parser.add_argument("--time", action="store_true", help="measure the time at several lengths instead")
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=LENGTHS, metavar="TOKENS", help="for --time"
    )
    options = parser.parse_args(arguments)
    disable_progress_bar()
    try:
        if options.data is None and not options.time:
            raise InputError("No --data is given; name labelled texts, or ask for --time.")
        if options.max_texts < 0:
            raise InputError(f"--max-texts is {options.max_texts}; give a whole number of at least 0.")
        classifier = load_model(options.model)
        if options.time:
            return _print_times(classifier, options.lengths, options.scale)
        read, texts = _texts(classifier, options)
        records = list(_followed(classifier, texts, options))
        if not records:
            raise InputError("The model finds no word in any of the texts; give texts that it can read.")
        found = _figures(records, options)
        if options.json:
            found["records"] = [record.to_dict() for record in records]
            with written_aside(options.json) as aside:
                aside.write_text(json.dumps(found, indent=1) + "\n")
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(reading_words(read))
    _print_figures(records, options)
    return 0


def _texts(classifier: TextClassifier, options: Any) -> tuple[LabelledData, list[ChosenText]]:
    task = task_of(classifier, options)
    read = read_labelled_data(
        classifier,
        options.data,
        options.split,
        reading_options(options),
        task=options.task or "",
        needs_labels=False,
    )
    data = read.texts
    chosen = even_rows(len(data), options.max_texts or len(data))
    return read, [
        ChosenText(
            read.rows[place],
            data.texts[place],
            None if data.text_pairs is None else data.text_pairs[place],
            None if task.is_regression or math.isnan(data.labels[place]) else int(data.labels[place]),
        )
        for place in chosen
    ]


def _followed(classifier: TextClassifier, texts: list[ChosenText], options: Any) -> Any:
    """The records as they come, with a line now and then on how far it is."""
    rule, said = rule_of(classifier, options.scale), time.monotonic()
    for done, record in enumerate(agreements(classifier, texts, rule, options.method), 1):
        if time.monotonic() - said > 5:
            said = time.monotonic()
            print(f"{done:,} of {len(texts):,} texts", file=sys.stderr, flush=True)
        yield record


def _figures(records: list[TextAgreement], options: Any) -> dict[str, Any]:
    """All that is printed, as plain values."""
    found: dict[str, Any] = {
        "method": options.method,
        "scale": options.scale,
        "texts": len(records),
        "predictions": {},
        "seconds_by_length": _times_by_length(records),
    }
    for side in PREDICTIONS:
        whole, delta = summary(records, side), deltas(records, side)
        found["predictions"][side] = {
            "correlation": vars(whole.mean),
            "texts_with_a_correlation": whole.defined,
            "by_outcome": [
                {"outcome": name, "texts": texts, "correlation": vars(mean)}
                for name, texts, mean in whole.by_outcome
            ],
            "convergence_delta": None if delta is None else vars(delta),
            "often_early": most_often_early(records, side)[:_SHOWN_WORDS],
        }
    return found


def _print_figures(records: list[TextAgreement], options: Any) -> None:
    names = {"lig": "integrated gradients", "occlusion": "occlusion"}
    print(
        f"{options.model}, {options.data}: {len(records):,} texts, thresholds x{options.scale:g}, "
        f"{names[options.method]}\n"
    )
    print("Spearman's correlation of attribution size and layers survived, mean over texts [95 %]")
    for side in PREDICTIONS:
        whole = summary(records, side)
        print(f"\n{side + ' prediction':22}{_estimate(whole.mean)}  {whole.defined:,} texts")
        for name, texts, mean in whole.by_outcome:
            print(f"  {name:20}{_estimate(mean)}  {texts:,} texts")
        if (delta := deltas(records, side)) is not None:
            print(
                f"  convergence delta: mean {delta.mean:.2g}, median {delta.median:.2g}, largest "
                f"{delta.largest:.2g} in logits; {delta.mean_share:.2%}, {delta.median_share:.2%}, "
                f"{delta.largest_share:.2%} of the difference"
            )
        often = ", ".join(
            f"{word} ({count} of {there})"
            for word, count, there in most_often_early(records, side)[:_SHOWN_WORDS]
        )
        print(f"  most often important but dropped early: {often or 'no word twice'}")
    undefined = sum(record.undefined != "" for record in records)
    if undefined:
        print(f"\n{undefined:,} texts have no correlation in one prediction or both.")
    print("\nseconds a text, both predictions:")
    for part in _times_by_length(records):
        lengths = f"{part['shortest']} to {part['longest']} tokens"
        print(f"  {lengths:18} {part['median']:.2f} (median of {part['texts']:,})")


def _estimate(found: Estimate) -> str:
    if found.value != found.value:
        return "     –                "
    ends = "" if found.low != found.low else f"[{found.low:+.2f}, {found.high:+.2f}]"
    return f"{found.value:+.3f} {ends:16}"


def _times_by_length(records: list[TextAgreement]) -> list[dict[str, Any]]:
    """Quarters of the texts by length."""
    ordered = sorted(records, key=lambda record: record.tokens)
    size = -(-len(ordered) // 4)
    found = []
    for first in range(0, len(ordered), size):
        part = ordered[first : first + size]
        found.append(
            {
                "shortest": part[0].tokens,
                "longest": part[-1].tokens,
                "texts": len(part),
                "median": statistics.median(record.elapsed_s for record in part),
            }
        )
    return found


def _print_times(classifier: TextClassifier, lengths: list[int], scale: float) -> int:
    """Median seconds of each method, both predictions together, over texts cut to length."""
    rule = rule_of(classifier, scale)
    sources = [_text_of(classifier, length) for length in lengths]
    print(f"{torch.get_num_threads()} threads, {STEPS[0]} steps, median of {_REPEATS} after one more")
    print("tokens  integrated gradients  occlusion  (s, pruned and dense together)")
    for length, source in zip(lengths, sources, strict=True):
        medians = [_median_s(classifier, source, rule, method) for method in METHODS]
        print(f"{length:6}  {medians[0]:20.2f}  {medians[1]:9.2f}", flush=True)
    return 0


def _median_s(classifier: TextClassifier, source: TokenizedText, rule: Any, method: Method) -> float:
    explain(classifier, source, rule, (method,))
    taken = [explain(classifier, source, rule, (method,)).elapsed_s for _ in range(_REPEATS)]
    return statistics.median(taken)


def _text_of(classifier: TextClassifier, length: int) -> TokenizedText:
    """A text of so many tokens, specials included; two halves for a model of pairs."""
    if not 8 <= length <= classifier.config.max_text_tokens:
        most = classifier.config.max_text_tokens
        raise InputError(f"--lengths holds {length}; give 8 to {most} tokens for this model.")
    words = (_TIMED_TEXT * length).split()
    for count in range(1, length + 1):
        half = count // 2
        text, pair = " ".join(words[:count]), None
        if classifier.config.reads_pairs:
            text, pair = " ".join(words[: count - half]), " ".join(words[: max(1, half)])
        source = classifier.tokenize(text, pair)
        if len(source.tokens) >= length:
            break
    return source


if __name__ == "__main__":
    sys.exit(main())
