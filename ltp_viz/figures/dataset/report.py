"""A run's report to keep and to send: one HTML file with its figures, which asks the network for nothing."""

from pathlib import Path
from typing import Any

from ltp_viz.analysis.dataset.results.report import RunReport
from ltp_viz.figures.dataset.buckets import length_buckets_figure, value_buckets_figure
from ltp_viz.figures.dataset.confusion import MOST_PANELS, agreement_figure, changes_figure, confusion_figure
from ltp_viz.figures.dataset.curve import curve_figure
from ltp_viz.figures.dataset.histograms import lengths_histogram, savings_figure
from ltp_viz.figures.dataset.report_tables import facts, flip_table, headline, score_table
from ltp_viz.figures.dataset.survival import survival_figure
from ltp_viz.figures.dataset.token_fate import fate_figure, lift_figure
from ltp_viz.figures.report_page import Drawing, Drawings, render

# Bars that one figure shows of the most frequent tokens; rarer ones still count where deaths go with errors.
MOST_GROUPS = 30
_GROUPS = {
    "class": (
        "Kinds of words",
        "Kinds are looked up in short English lists, so take them as a first sorting.",
    ),
    "position": ("Parts of the text", "Tokens by the fifth of the text in which they stand."),
    "special": ("Special tokens", "Marks that the tokenizer adds; the first is always kept."),
    "token": ("Most frequent tokens", "Tokens as the model reads them, the most frequent on top."),
}


def report_html(report: RunReport) -> str:
    """The whole file. Every text of the data, the model and the settings is escaped."""
    drawings = Drawings()
    scale = report.spec.scales[report.scale]
    location = Path(report.spec.model)
    model = location.name if location.is_absolute() else report.spec.model  # a hub name stays whole
    values: dict[str, Any] = {
        "subtitle": f"{model}, all thresholds ×{scale:g}, {report.rows:,} texts",
        "has_rows": report.rows > 0,
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
    return render("report.html.j2", f"Pruned beside dense: {report.spec.source_name}", drawings, **values)


def _costs(report: RunReport) -> list[Drawing]:
    found = [
        Drawing(
            "What each scale keeps for its FLOPs",
            "Each point is one scale of all thresholds; further left is cheaper.",
            curve_figure(report.curve, report.scale),
        ),
        Drawing("Savings", "How unevenly the savings fall on texts.", savings_figure(report.cost)),
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
    if report.scores is None:
        reading = "Off the diagonal, pruning changes the answer."
        return [Drawing("Answers, dense against pruned", reading, agreement_figure(report.agreement, names))]
    reading = "Lost: right dense, wrong pruned. Won: the reverse. Larger squares hold more texts."
    heading = "Answers by gold class" if len(names) <= MOST_PANELS else "Answers, dense against pruned"
    found = [Drawing(heading, reading, confusion_figure(report.confusion, names))]
    if len(names) > 2:
        found.append(
            Drawing(
                "Most frequent changes",
                "Dense’s answer → the pruned one.",
                changes_figure(report.confusion, names),
            )
        )
    return found


def _fates(report: RunReport) -> list[Drawing]:
    found = [
        Drawing(
            "Tokens alive after each layer",
            "Where the line of lost texts lies lower, they were cut harder than the rest.",
            survival_figure(report.survival),
        )
    ]
    for by, fate in report.fates:
        if not fate.empty:
            heading, reading = _GROUPS[by]
            found.append(Drawing(heading, reading, fate_figure(fate.head(MOST_GROUPS), heading.lower())))
    for by, heading in (
        ("class", "Kinds that die early in lost texts"),
        ("token", "Tokens that die early in lost texts"),
    ):
        fate = next((frame for name, frame in report.fates if name == by), None)
        if fate is not None and fate["lift"].notna().any():
            reading = (
                "How many times as many layers they miss as in texts that both get right; an association, "
                "not a cause."
            )
            found.append(Drawing(heading, reading, lift_figure(fate)))
    return found
