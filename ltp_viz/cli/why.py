"""Compare importance with survival under pruning: `ltp-viz why --model MODEL --data FILE`.

The words of every text are attributed in the pruned and in the unpruned prediction, and attribution sizes are
correlated (Spearman) with the layers that words survive. `--time` measures one attribution at several lengths
instead.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator

import torch
from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.stats import Estimate
from ltp_viz.analysis.why.agreement_over_rows import (
    ChosenText,
    TextAgreement,
    agreements,
    deltas,
    most_often_early,
    summary,
)
from ltp_viz.analysis.why.attribution import STEPS
from ltp_viz.analysis.why.explanation import METHODS, PREDICTIONS, rule_of
from ltp_viz.analysis.why.summary import SHOWN_WORDS, figures, times_by_length
from ltp_viz.analysis.why.timing import REPEATS, median_seconds, text_of_length
from ltp_viz.cli import options as shared
from ltp_viz.cli.reading import add_reading_options, reading_options, reading_words
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.datasets import even_rows
from ltp_viz.data.tables.labelled_data import LabelledData, read_labelled_data, task_of

LENGTHS = (30, 128, 512)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    shared.add_model(parser, default=None, required=True)
    shared.add_head(parser)
    shared.add_data(parser, required=False)
    shared.add_task(parser)
    add_reading_options(parser)
    parser.add_argument("--method", choices=METHODS, default="lig", help="default lig")
    shared.add_scale(parser)
    shared.add_max_texts(parser)
    shared.add_json(parser)
    shared.add_output(parser)
    parser.add_argument("--time", action="store_true", help="measure the time at several lengths instead")
    parser.add_argument(
        "--lengths",
        type=int,
        nargs="+",
        default=LENGTHS,
        metavar="TOKENS",
        help=f"for --time; default {shared.listed(LENGTHS)}",
    )


def run(options: argparse.Namespace) -> int:
    """Explain texts and print the figures."""
    disable_progress_bar()
    if options.data is None and not options.time:
        raise InputError("No --data is given; name labelled texts, or use --time.")
    shared.check_scale(options.scale)
    shared.check_max_texts(options.max_texts)
    shared.check_output_file(options.output)
    classifier = shared.loaded_model(options)
    if options.time:
        _print_times(classifier, options)
        return 0
    read, texts = _texts(classifier, options)
    records = list(_followed(classifier, texts, options))
    if not records:
        raise InputError("The model finds no word in any of the texts; give texts that it can read.")
    found = figures(records, options.method, options.scale)
    record = json.dumps(found | {"records": [each.to_dict() for each in records]}, indent=1)
    if options.output:
        with atomic_write(options.output) as aside:
            aside.write_text(record + "\n")
    if options.json:
        print(record)
        print(reading_words(read), file=sys.stderr)
    else:
        print(reading_words(read))
        _print_figures(records, options)
    return 0


def _texts(classifier: TextClassifier, options: argparse.Namespace) -> tuple[LabelledData, list[ChosenText]]:
    task_of(classifier, options.task)  # refuses another number of classes
    has_numbers = classifier.config.answer_kind == "numbers"
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
            None if has_numbers or math.isnan(data.labels[place]) else int(data.labels[place]),
        )
        for place in chosen
    ]


def _followed(
    classifier: TextClassifier, texts: list[ChosenText], options: argparse.Namespace
) -> Iterator[TextAgreement]:
    """Pass the records on, and occasionally print a line of progress."""
    rule, said = rule_of(classifier, options.scale), time.monotonic()
    for done, record in enumerate(agreements(classifier, texts, rule, options.method), 1):
        if time.monotonic() - said > 5:
            said = time.monotonic()
            print(f"{done:,} of {len(texts):,} texts", file=sys.stderr, flush=True)
        yield record


def _print_figures(records: list[TextAgreement], options: argparse.Namespace) -> None:
    names = {"lig": "integrated gradients", "occlusion": "occlusion"}
    print(
        f"{options.model}, {options.data}: {len(records):,} texts, pruning strength {options.scale:g}, "
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
            for word, count, there in most_often_early(records, side)[:SHOWN_WORDS]
        )
        print(f"  most often important but dropped early: {often or 'no word twice'}")
    undefined = sum(record.undefined != "" for record in records)
    if undefined:
        print(f"\n{undefined:,} texts have no correlation in one or both predictions.")
    print("\nseconds per text, both predictions:")
    for part in times_by_length(records):
        lengths = f"{part['shortest']} to {part['longest']} tokens"
        print(f"  {lengths:18} {part['median']:.2f} (median of {part['texts']:,})")


def _estimate(found: Estimate) -> str:
    if found.value != found.value:
        return "     –                "
    ends = "" if found.low != found.low else f"[{found.low:+.2f}, {found.high:+.2f}]"
    return f"{found.value:+.3f} {ends:16}"


def _print_times(classifier: TextClassifier, options: argparse.Namespace) -> None:
    """Median seconds of each method, both predictions together, over texts cut to length."""
    sources = [text_of_length(classifier, length) for length in options.lengths]
    print(f"{torch.get_num_threads()} threads, {STEPS[0]} steps, median of {REPEATS} after one warm-up")
    print("tokens  integrated gradients  occlusion  (s, pruned and unpruned together)")
    for length, source in zip(options.lengths, sources, strict=True):
        medians = [median_seconds(classifier, source, options.scale, method) for method in METHODS]
        print(f"{length:6}  {medians[0]:20.2f}  {medians[1]:9.2f}", flush=True)
