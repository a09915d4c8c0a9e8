"""A run's report: one HTML file with figures, which sends no request."""

from pathlib import Path
from typing import Any

from ltp_viz.analysis.dataset.results.report import RunReport
from ltp_viz.figures.dataset.buckets import length_buckets_figure, value_buckets_figure
from ltp_viz.figures.dataset.confusion import MAX_PANELS, agreement_figure, changes_figure, confusion_figure
from ltp_viz.figures.dataset.curve import curve_figure
from ltp_viz.figures.dataset.histograms import lengths_histogram, savings_figure
from ltp_viz.figures.dataset.report_tables import facts, flip_table, headline, score_table
from ltp_viz.figures.dataset.survival import survival_figure
from ltp_viz.figures.dataset.token_fate import fate_figure, lift_figure
from ltp_viz.figures.report_page import Drawing, Drawings, render

# Bars of the most frequent tokens; rarer ones still count in the figure of lost texts.
MAX_GROUPS = 30
_GROUPS = {
    "class": (
        "Kinds of words",
        "Kinds are looked up in short English lists and are approximate.",
    ),
    "position": ("Parts of the text", "Tokens by the fifth of the text in which they stand."),
    "special": ("Special tokens", "Tokens that the tokenizer adds; the first is always kept."),
    "token": ("Most frequent tokens", "Tokens as the model reads them, the most frequent on top."),
}


def report_html(report: RunReport) -> str:
    """The whole file. All text from data, model and settings is escaped."""
    drawings = Drawings()
    scale = report.spec.scales[report.scale]
    location = Path(report.spec.model)
    model = location.name if location.is_absolute() else report.spec.model  # a hub name is kept whole
    values: dict[str, Any] = {
        "subtitle": f"{model}, pruning strength {scale:g}, {report.rows:,} texts",
        "has_rows": report.rows > 0,
        "of_sets": report.spec.answer_kind == "labels",
        "numbers": headline(report) if report.rows else (),
        "warnings": report.warnings,
        "facts": facts(report),
        "command": report.command,
    }
    if report.rows:
        values |= {
            "scores": score_table(report),
            "costs": drawings.place(_costs(report)),
            "changes": drawings.place(_changes(report)),
            "flips": flip_table(report),
            "fates": drawings.place(_fates(report)),
        }
    return render("report.html.j2", f"Pruned beside unpruned: {report.spec.source_name}", drawings, **values)


def _costs(report: RunReport) -> list[Drawing]:
    found = [
        Drawing(
            "Accuracy against FLOPs",
            "Each point is one pruning strength; further left is cheaper.",
            curve_figure(report.curve, report.scale),
        ),
        Drawing("Savings", "Distribution of the savings over texts.", savings_figure(report.cost)),
        Drawing("Lengths", "Long texts weigh more in the sum of FLOPs.", lengths_histogram(report.cost)),
    ]
    if report.length_buckets:
        found.append(
            Drawing(
                "Accuracy by length",
                "Four parts of about as many texts each; on the right, how many times fewer FLOPs.",
                length_buckets_figure(report.length_buckets),
            )
        )
    for column, buckets in report.value_buckets:
        found.append(
            Drawing(
                f"Accuracy by {column}",
                "Values of a column of the file; on the right, how many times fewer FLOPs.",
                value_buckets_figure(buckets, column),
            )
        )
    return found


def _changes(report: RunReport) -> list[Drawing]:
    names = report.spec.label_names
    if report.spec.answer_kind == "labels":
        return []  # no square per pair of classes: the table of scores has each label
    if report.scores is None:
        reading = "Off the diagonal, pruning changes the answer."
        return [
            Drawing("Answers, unpruned against pruned", reading, agreement_figure(report.agreement, names))
        ]
    reading = "Lost: right unpruned, wrong pruned. Won: the reverse. Larger squares hold more texts."
    heading = "Answers by gold class" if len(names) <= MAX_PANELS else "Answers, unpruned against pruned"
    found = [Drawing(heading, reading, confusion_figure(report.confusion, names))]
    if len(names) > 2:
        found.append(
            Drawing(
                "Most frequent changes",
                "Unpruned answer → pruned answer.",
                changes_figure(report.confusion, names),
            )
        )
    return found


def _fates(report: RunReport) -> list[Drawing]:
    found = [
        Drawing(
            "Tokens kept after each layer",
            "A lower line means that more tokens were dropped from those texts.",
            survival_figure(report.survival),
        )
    ]
    for by, fate in report.fates:
        if not fate.empty:
            heading, reading = _GROUPS[by]
            found.append(Drawing(heading, reading, fate_figure(fate.head(MAX_GROUPS), heading.lower())))
    for by, heading in (
        ("class", "Kinds dropped early in lost texts"),
        ("token", "Tokens dropped early in lost texts"),
    ):
        fate = next((frame for name, frame in report.fates if name == by), None)
        if fate is not None and fate["lift"].notna().any():
            reading = (
                "How many times as many layers they miss as in texts that both get right; an association, "
                "not a cause."
            )
            found.append(Drawing(heading, reading, lift_figure(fate)))
    return found
