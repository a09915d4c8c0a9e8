"""The parts of a report that are words and numbers: what was run, headline figures, scores, flips."""

import math

import pandas as pd

from ltp_viz.analysis.dataset.results.report import RunReport, slice_words
from ltp_viz.analysis.stats import Estimate, ScorePair
from ltp_viz.figures.report_page import text
from ltp_viz.figures.wording import counted, percent

# Longer texts are cut in the table of flips; the export has them whole.
_LONGEST_TEXT = 700
_MINUS = "\N{MINUS SIGN}"


def facts(report: RunReport) -> str:
    """What was run, as a list of terms, and the command that repeats it."""
    spec, roles = report.spec, report.spec.roles
    columns = f"text in “{roles.text}”" + (f" and “{roles.text_pair}”" if roles.text_pair else "")
    columns += f", gold label in “{roles.label}”" if roles.label else ", no gold labels"
    meanings = "; ".join(f"“{value}” is {spec.label_names[index]}" for value, index in roles.classes[:24])
    rows = f"{report.rows:,} of {report.rows_stored:,} in the results; the file has {spec.rows:,}"
    layers = spec.layer_scales
    lines = [
        ("File", spec.source_name),
        ("Columns", columns),
        ("Label values", meanings + ("; …" if len(roles.classes) > 24 else "")),
        ("Rows", rows),
        ("Filter", "; ".join(slice_words(report.where, spec.label_names)) or "none, all rows"),
        ("Model", spec.model),
        ("Answers", ", ".join(spec.label_names)),
        (
            "Pruned",
            f"all thresholds ×{spec.scales[report.scale]:g}; dense is the same weights with nothing dropped",
        ),
        ("Scale per layer", ", ".join(f"×{scale:g}" for scale in layers) if layers else ""),
        ("Scales run", f"{len(spec.scales)}, ×{spec.scales[0]:g} to ×{spec.scales[-1]:g}"),
        ("Fingerprints", f"file {spec.source_fingerprint[:16]}, model {spec.model_fingerprint[:16]}"),
        ("Report made", report.made),
    ]
    listed = "".join(f"<dt>{text(term)}</dt><dd>{text(said)}</dd>" for term, said in lines if said)
    command = f"<p>The same run again:</p><pre><code>{text(report.command)}</code></pre>"
    return f'<dl class="facts">{listed}</dl>{command}'


def warnings(report: RunReport) -> str:
    """What to keep in mind, one line each; nothing where there is nothing."""
    if not report.warnings:
        return ""
    return f'<ul class="notes">{"".join(f"<li>{text(line)}</li>" for line in report.warnings)}</ul>'


def headline(report: RunReport) -> str:
    """The four figures that a reader wants first."""
    found = report.scores
    same = float(report.curve.agreement[report.scale])
    numbers = [
        (
            "FLOPs",
            f"{_or_dash(report.cost.flops_reduction, '.2f')}× fewer",
            f"{percent(float(report.curve.flops_share[report.scale]))} of dense",
        ),
        ("Same answer as dense", percent(same), f"of {counted(report.rows, 'text')}"),
    ]
    if found is not None:
        pair = found.accuracy
        numbers.insert(
            0,
            (
                "Accuracy, dense → pruned",
                f"{percent(pair.dense.value)} → {percent(pair.pruned.value)}",
                f"{_points(pair.change.value)} points "
                f"({_points(pair.change.low)} to {_points(pair.change.high)})",
            ),
        )
        numbers.append(
            (
                "Lost and won",
                f"{found.lost:,} and {found.won:,}",
                f"right only dense, right only pruned; by chance: p = {_p_value(found.mcnemar_p)}",
            )
        )
    cells = "".join(
        f'<div><dt>{text(name)}</dt><dd class="value">{text(value)}</dd>'
        f'<dd class="faint">{text(detail)}</dd></div>'
        for name, value, detail in numbers
    )
    return f'<dl class="numbers">{cells}</dl>'


def scores_table(report: RunReport) -> str:
    """Scores of dense and pruned with their 95% intervals."""
    found = report.scores
    if found is None:
        return "<p>No row here has a gold label, so there are no scores.</p>"
    f1 = "F1" if len(report.spec.label_names) > 2 else f"F1 of “{report.spec.label_names[1]}”"
    if len(report.spec.label_names) > 2:
        f1 += ", mean over classes"
    lines = [
        _score_line("Accuracy", found.accuracy, 100, 1, " %"),
        _score_line(f1, found.f1, 100, 1, " %"),
        _score_line("Matthews correlation", found.matthews, 1, 3, ""),
    ]
    return (
        f'<table class="scores"><thead><tr><th scope="col">{counted(found.rows, "labelled text")}</th>'
        '<th scope="col">dense</th><th scope="col">pruned</th><th scope="col">change</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
        '<p class="faint">In brackets: 95% intervals, of the two accuracies by Wilson’s formula, of the rest '
        "from 1,000 resamples of the rows, which dense and pruned share. Changes of accuracy and F1 are in "
        "percentage points. By McNemar’s exact test, a split of lost and won at least as uneven as "
        f"{found.lost:,} to {found.won:,} comes about by chance with p = {_p_value(found.mcnemar_p)}.</p>"
    )


def _score_line(name: str, pair: ScorePair, factor: int, digits: int, unit: str) -> str:
    def cell(estimate: Estimate, sign: str) -> str:
        value, low, high = (
            _or_dash(factor * part, f"{sign}.{digits}f")
            for part in (estimate.value, estimate.low, estimate.high)
        )
        shown = value + (unit if not sign and value != "–" else "")
        return f"<td>{text(shown)}<small>({text(low)} to {text(high)})</small></td>"

    return (
        f'<tr><th scope="row">{text(name)}</th>{cell(pair.dense, "")}{cell(pair.pruned, "")}'
        f"{cell(pair.change, '+')}</tr>"
    )


def flips_table(report: RunReport) -> str:
    """The rows whose answer pruning turns, the surest of the pruned answers first."""
    is_lost = report.flip_outcome == "lost"
    what = "right dense and wrong pruned" if is_lost else "answered otherwise than dense"
    if report.flips.empty:
        return f"<p>No row here is {what}.</p>"
    shown = len(report.flips)
    of = f"All {shown:,}" if shown == report.flips_total else f"{shown:,} of {report.flips_total:,}"
    names = [
        "row",
        "text",
        *(["gold"] if is_lost else []),
        "dense",
        "pruned",
        "margin",
        "tokens",
        "FLOPs saved",
    ]
    names.append("changes from")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(_flip_line(record, is_lost) for record in report.flips.to_dict("records"))
    return (
        f"<p>{of} rows {what}, those with the largest margin first: the probability of the pruned answer "
        "minus that of the runner-up. “Changes from” is the smallest scale at which the answer is not "
        "dense’s.</p>"
        f'<table class="flips"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _flip_line(record: dict[str, object], is_lost: bool) -> str:
    pair = record.get("text_pair")
    words = text(_cut(str(record["text"])))
    if isinstance(pair, str):
        words += f'<span class="pair">{text(_cut(pair))}</span>'
    cells = [("row", f"{record['row']}"), ("text", None)]
    if is_lost:
        cells.append(("gold", "–" if pd.isna(record["gold"]) else str(record["gold"])))
    scale = record["flip_scale"]
    cells += [
        ("dense", str(record["dense"])),
        ("pruned", str(record["pruned"])),
        ("margin", percent(float(str(record["margin"])), 0)),
        ("tokens", f"{record['length']}" + (" (cut)" if record.get("cut") is True else "")),
        ("FLOPs saved", percent(float(str(record["flops_saved"])), 0)),
        ("changes from", "–" if pd.isna(scale) else f"×{float(str(scale)):g}"),
    ]
    line = ""
    for name, value in cells:
        if value is None:
            line += f'<td class="text">{words}</td>'
        else:
            is_answer = name in ("gold", "dense", "pruned")
            mark = f' class="answer{" wrong" if name == "pruned" else ""}"' if is_answer else ""
            line += f'<td data-name="{name}"{mark}>{text(value)}</td>'
    return f"<tr>{line}</tr>"


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_TEXT else f"{words[: _LONGEST_TEXT - 1]}…"


def _or_dash(value: float, form: str) -> str:
    """Formatted, with a true minus sign; a dash where it is not known."""
    return "–" if math.isnan(value) else format(value, form).replace("-", _MINUS)


def _points(change: float) -> str:
    return _or_dash(100 * change, "+.1f")


def _p_value(p: float) -> str:
    return "–" if math.isnan(p) else "less than 0.001" if p < 0.001 else f"{p:.3f}"
