"""Texts and tables of a report: settings, headline figures, scores, flips.

All are plain strings; the template `report.html.j2` escapes and arranges them.
"""

import math
from dataclasses import dataclass

import pandas as pd

from ltp_viz.analysis.dataset.results.report import RunReport, filter_words
from ltp_viz.analysis.stats import Estimate, RunScores, ScorePair
from ltp_viz.figures.wording import counted, percent

# Longer texts are cut in the table of flips; the export has them in full.
_LONGEST_TEXT = 700
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class ScoreLine:
    """One score; `cells` are unpruned, pruned and change, each with the ends of its 95% interval."""

    name: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ScoreTable:
    """Scores unpruned and pruned, and McNemar's test of their difference."""

    rows: str
    lines: tuple[ScoreLine, ...]
    lost: str
    won: str
    p: str


@dataclass(frozen=True)
class FlipCell:
    """A value under its column's name; `pair` is the second text of a pair."""

    name: str
    value: str
    pair: str | None = None


@dataclass(frozen=True)
class FlipTable:
    """Rows whose answer pruning changes: how many are shown, a description, and their cells."""

    shown: str
    what: str
    names: tuple[str, ...]
    lines: tuple[tuple[FlipCell, ...], ...]


def facts(report: RunReport) -> list[tuple[str, str]]:
    """The settings of the run, as terms with their values."""
    spec, roles = report.spec, report.spec.roles
    columns = f"text in “{roles.text}”" + (f" and “{roles.text_pair}”" if roles.text_pair else "")
    if roles.columns_per_label:
        columns += f", a column per label: “{'”, “'.join(roles.columns_per_label)}”"
    else:
        columns += f", gold label in “{roles.label}”" if roles.label else ", no gold labels"
    meanings = "; ".join(f"“{value}” is {spec.label_names[index]}" for value, index in roles.classes[:24])
    rows = f"{report.rows:,} of {report.rows_stored:,} in the results; the file has {spec.rows:,}"
    conditions = filter_words(report.where, spec.label_names, spec.answer_kind)
    layers = spec.layer_scales
    lines = [
        ("File", spec.source_name),
        ("Columns", columns),
        ("Label values", meanings + ("; …" if len(roles.classes) > 24 else "")),
        ("Rows", rows),
        ("Filter", "; ".join(conditions) or "none, all rows"),
        ("Model", spec.model),
        ("Answers", ", ".join(spec.label_names)),
        (
            "Pruned",
            f"pruning strength {spec.scales[report.scale]:g}; unpruned: the same weights, nothing dropped",
        ),
        ("Scale per layer", ", ".join(f"×{scale:g}" for scale in layers) if layers else ""),
        ("Strengths run", f"{len(spec.scales)}, {spec.scales[0]:g} to {spec.scales[-1]:g}"),
        ("Fingerprints", f"file {spec.source_fingerprint[:16]}, model {spec.model_fingerprint[:16]}"),
        ("Report made", report.made),
    ]
    return [(term, words) for term, words in lines if words]


def headline(report: RunReport) -> list[tuple[str, str, str]]:
    """The four headline figures: name, value and detail."""
    found = report.scores
    same = float(report.curve.agreement[report.scale])
    numbers = [
        (
            "FLOPs",
            f"{_or_dash(report.cost.flops_reduction, '.2f')}× fewer",
            f"{percent(float(report.curve.flops_share[report.scale]))} of unpruned",
        ),
        ("Same answer as unpruned", percent(same), f"of {counted(report.rows, 'text')}"),
    ]
    if found is not None:
        pair = found.accuracy
        numbers.insert(
            0,
            (
                f"{'Accuracy' if found.macro_f1 is None else 'Accuracy of whole sets'}, unpruned → pruned",
                f"{percent(pair.dense.value)} → {percent(pair.pruned.value)}",
                f"{_points(pair.change.value)} points "
                f"({_points(pair.change.low)} to {_points(pair.change.high)})",
            ),
        )
        numbers.append(
            (
                "Lost and won",
                f"{found.lost:,} and {found.won:,}",
                f"right only unpruned, right only pruned; by chance: p = {_p_value(found.mcnemar_p)}",
            )
        )
    return numbers


def score_table(report: RunReport) -> ScoreTable | None:
    """Scores unpruned and pruned with their 95% intervals; None without gold labels."""
    found = report.scores
    if found is None:
        return None
    if found.macro_f1 is not None:
        return _set_score_table(report, found, found.macro_f1)
    f1 = "F1" if len(report.spec.label_names) > 2 else f"F1 of “{report.spec.label_names[1]}”"
    if len(report.spec.label_names) > 2:
        f1 += ", mean over classes"
    lines = (
        _score_line("Accuracy", found.accuracy, 100, 1, " %"),
        _score_line(f1, found.f1, 100, 1, " %"),
        *([] if found.matthews is None else [_score_line("Matthews correlation", found.matthews, 1, 3, "")]),
    )
    return _table_of(found, lines)


def _set_score_table(report: RunReport, found: RunScores, macro_f1: ScorePair) -> ScoreTable:
    """Of sets of labels: all labels together, and each."""
    lines = (
        _score_line("Micro F1, all labels together", found.f1, 100, 1, " %"),
        _score_line("Macro F1, mean over labels", macro_f1, 100, 1, " %"),
        _score_line("Accuracy of whole sets", found.accuracy, 100, 1, " %"),
        *(
            _score_line(f"F1 of “{name}”", pair, 100, 1, " %")
            for name, pair in zip(report.spec.label_names, found.by_label, strict=True)
        ),
    )
    return _table_of(found, lines)


def _table_of(found: RunScores, lines: tuple[ScoreLine, ...]) -> ScoreTable:
    return ScoreTable(
        counted(found.rows, "labelled text"),
        lines,
        f"{found.lost:,}",
        f"{found.won:,}",
        _p_value(found.mcnemar_p),
    )


def _score_line(name: str, pair: ScorePair, factor: int, digits: int, unit: str) -> ScoreLine:
    def cell(estimate: Estimate, sign: str) -> tuple[str, str, str]:
        value, low, high = (
            _or_dash(factor * part, f"{sign}.{digits}f")
            for part in (estimate.value, estimate.low, estimate.high)
        )
        return value + (unit if not sign and value != "–" else ""), low, high

    return ScoreLine(name, (cell(pair.dense, ""), cell(pair.pruned, ""), cell(pair.change, "+")))


def flip_table(report: RunReport) -> FlipTable:
    """The rows whose answer pruning changes, the largest margin first."""
    is_lost = report.flip_outcome == "lost"
    shown = len(report.flips)
    lines = tuple(tuple(_flip_cells(record, is_lost)) for record in report.flips.to_dict("records"))
    return FlipTable(
        shown=f"All {shown:,}" if shown == report.flips_total else f"{shown:,} of {report.flips_total:,}",
        what="right unpruned and wrong pruned" if is_lost else "answered differently when pruned",
        names=tuple(cell.name for cell in lines[0]) if lines else (),
        lines=lines,
    )


def _flip_cells(record: dict[str, object], is_lost: bool) -> list[FlipCell]:
    pair, scale = record.get("text_pair"), record["flip_scale"]
    gold = FlipCell("gold", "–" if pd.isna(record["gold"]) else str(record["gold"]))
    return [
        FlipCell("row", f"{record['row']}"),
        FlipCell("text", _cut(str(record["text"])), _cut(pair) if isinstance(pair, str) else None),
        *([gold] if is_lost else []),
        FlipCell("unpruned", str(record["dense"])),
        FlipCell("pruned", str(record["pruned"])),
        FlipCell("margin", percent(float(str(record["margin"])), 0)),
        FlipCell("tokens", f"{record['length']}" + (" (cut)" if record.get("cut") is True else "")),
        FlipCell("FLOPs saved", percent(float(str(record["flops_saved"])), 0)),
        FlipCell("changes from", "–" if pd.isna(scale) else f"{float(str(scale)):g}"),
    ]


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_TEXT else f"{words[: _LONGEST_TEXT - 1]}…"


def _or_dash(value: float, form: str) -> str:
    """Formatted, with a typographic minus sign; a dash if it is unknown."""
    return "–" if math.isnan(value) else format(value, form).replace("-", _MINUS)


def _points(change: float) -> str:
    return _or_dash(100 * change, "+.1f")


def _p_value(p: float) -> str:
    return "–" if math.isnan(p) else "less than 0.001" if p < 0.001 else f"{p:.3f}"
