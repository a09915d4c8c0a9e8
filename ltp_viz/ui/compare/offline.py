"""The comparison as one HTML file that needs no server: answers, texts, figures and tokens side by side."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from ltp_viz.analysis.compare.alignment import survivor_overlap
from ltp_viz.core.answers import answer_with_share
from ltp_viz.core.trace import Trace
from ltp_viz.data.checkpoints.model_files import shareable_name
from ltp_viz.figures.compare.rules import overlap_figure, rule_lengths_figure
from ltp_viz.figures.report_page import Drawing, Drawings, render
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.compare.words import STYLE, legend, other_fates, text_html, token_table


def offline_page(columns: Sequence[Column]) -> str:
    """The HTML page; `columns` are those that ran, at least two."""
    first, others = columns[0], columns[1:]
    traces, titles = [column.run.trace for column in columns], [column.title for column in columns]
    numbers = [column.number for column in columns]
    overlaps = [survivor_overlap(traces[0], column.run.trace, column.pairs) for column in others]
    drawings = Drawings()
    figures = drawings.place(
        [
            Drawing(
                "Tokens left",
                "After each layer, of all tokens of the column's text.",
                rule_lengths_figure(traces, titles, numbers),
            ),
            Drawing(
                f"Survivors shared with column {numbers[0]}",
                "Jaccard index: tokens kept in both columns, over those kept in either.",
                overlap_figure(overlaps, titles, numbers),
            ),
        ]
    )
    last = max(trace.num_layers for trace in traces) - 1
    table, different, total = token_table(
        traces, titles, numbers, [column.pairs for column in others], last, only_different=False
    )
    return render(
        "comparison.html.j2",
        f"Comparison: {' · '.join(titles)}",
        drawings,
        style=STYLE,
        legend=Markup(legend(numbers[0]).replace("the chosen layer", "the last layer")),
        columns=[_column(column, first) for column in columns],
        figures=figures,
        different=different,
        total=total,
        table=Markup(table),
    )


def _column(column: Column, first: Column) -> dict[str, Any]:
    trace, cost = column.run.trace, column.run.cost
    last = trace.num_layers - 1
    other = [] if column is first else other_fates(trace, first.run.trace, column.pairs, last)
    facts = {
        "answer": _answer(trace),
        "without pruning": _answer(column.run.dense),
        "FLOPs": f"{cost.share:.1%} of unpruned, target {cost.target_share:.1%}",
        "tokens left": f"{int(trace.keep[-1].sum())} of {len(trace.tokens)}",
        "setting": column.run.setting,
        "model": shareable_name(column.location),
    }
    # `text_html` and `token_table` escape their texts.
    text = Markup(text_html(trace, last, other))
    return {"number": column.number, "title": column.title, "facts": facts, "text": text}


def _answer(trace: Trace) -> str:
    return answer_with_share(trace.logits, trace.labels, trace.answer_kind)
