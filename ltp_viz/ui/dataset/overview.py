"""The effect of pruning on all rows: scores, accuracy against FLOPs, changed answers."""

import pandas as pd
import streamlit as st

from ltp_viz.analysis.dataset.results.filters import EVERYTHING, RowFilter
from ltp_viz.analysis.dataset.results.records import Cost
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.stats import RunScores, ScorePair
from ltp_viz.data.metrics import swapped_labels_warning
from ltp_viz.figures.dataset.confusion import MAX_PANELS, agreement_figure, changes_figure, confusion_figure
from ltp_viz.figures.dataset.curve import curve_figure
from ltp_viz.figures.theme import alt_text
from ltp_viz.figures.wording import ratio_words, signed
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.dataset.filters import VIEW_KEY, set_classes, set_scale
from ltp_viz.ui.shell.charts import PLAIN, plain_chart
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.markdown import escaped, quoted

_CURVE_KEY, _CONFUSION_KEY = "lab_curve", "lab_confusion"


def headline(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw scores with and without pruning and their intervals, changed answers, and cost."""
    cost = cached(results.cost, where, scale)
    found = cached(results.scores, where, scale)
    # A filter may choose rows because they are answered wrong, so only all rows together count.
    if where == EVERYTHING and results.spec.answer_kind == "class":
        # (gold, dense, pruned): wrong labels show in the answers without pruning.
        confusion = cached(results.confusion, where, scale)
        if warning := swapped_labels_warning(confusion.sum(2), results.label_names):
            st.warning(escaped(warning))
    with st.container(key="lab_headline"):  # laid out as a grid in `page`
        if found.macro_f1 is not None and found.rows:
            _set_cards(found, found.macro_f1)
        elif found.rows:
            _score_card("Accuracy", found.accuracy, "Share of labelled rows with the right answer. ", True)
            names = results.label_names
            of = f"of {quoted(names[1])}" if len(names) == 2 else "averaged over the classes"
            _score_card("F1", found.f1, f"Harmonic mean of precision and recall, {of}. ", True)
            if found.matthews is not None:
                _score_card(
                    "Matthews",
                    found.matthews,
                    "Correlation of answers and labels: 0 is guessing, 1 all right. ",
                )
        _changed_card(results, where, scale, found)
        _cost_card(cost)


def _set_cards(found: RunScores, macro_f1: ScorePair) -> None:
    f1 = "Harmonic mean of precision and recall, "
    _score_card("Micro F1", found.f1, f"{f1}of all labels of all rows together. ", True, "f1")
    _score_card("Macro F1", macro_f1, f"{f1}averaged over the labels. ", True, "f1")
    _score_card(
        "Whole sets right", found.accuracy, "Share of rows whose labels are all right. ", True, "accuracy"
    )


def _score_card(name: str, pair: ScorePair, meaning: str, as_percent: bool = False, term: str = "") -> None:
    factor, unit, digits = (100, " %", 1) if as_percent else (1, "", 3)

    def written(value: float) -> str:
        return f"{factor * value:.{digits}f}".replace("-", "−")

    change = pair.change
    is_clear = not change.low <= 0 <= change.high
    points = " points" if as_percent else ""
    st.metric(
        name,
        f"{written(pair.dense.value)}{unit} to {written(pair.pruned.value)}{unit}",
        f"{f'{signed(factor * change.value, digits)}{points}' if is_clear else 'no clear change'} "
        f"({signed(factor * change.low, digits)} to {signed(factor * change.high, digits)}{points})",
        # Streamlit colours a value by its first character: a hyphen means a decrease, a minus sign does not.
        delta_color="off" if not is_clear else "normal" if change.value > 0 else "inverse",
        delta_arrow="off",
        border=True,
        help=explained(
            f"{meaning}Without pruning, then pruned. 95 % intervals: {written(pair.dense.low)} to "
            f"{written(pair.dense.high)} unpruned, {written(pair.pruned.low)} to {written(pair.pruned.high)} "
            "pruned. Below: the change with its 95 % interval, from the same rows.",
            term or name.lower(),
            "confidence-interval",
        ),
    )


def _changed_card(results: RunResults, where: RowFilter, scale: int, found: RunScores) -> None:
    changed = cached(results.changed, where, scale)
    detail = f"{found.lost:,} lost, {found.won:,} won" if found.rows else "no labels to score by"
    chance = ""
    if found.lost + found.won:
        chance = (
            " If lost and won were equally likely, a split as uneven as this would come with probability "
            f"{found.mcnemar_p:.2g}."
        )
    st.metric(
        "Answers changed",
        f"{changed:,}",
        detail,
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=explained(
            f"Rows where pruning changes the answer.{chance}",
            "lost-won",
            "mcnemar",
        ),
    )


def _cost_card(cost: Cost) -> None:
    saved = 1 - cost.macs / cost.dense_macs if cost.dense_macs else float("nan")
    st.metric(
        "FLOPs saved",
        f"{100 * saved:.1f} %",
        ratio_words(cost.flops_reduction, "less than unpruned", "more than unpruned", "about the same"),
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=explained("Of all rows together.", "flops", "flops-reduction"),
    )


def show(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw curve and confusion; a click on either selects a strength or rows."""
    left, right = st.columns(2, gap="large")
    with left:
        curve = cached(results.curve, where, scale)
        accuracy = "Whole sets right" if results.spec.answer_kind == "labels" else "Accuracy"
        measured = accuracy if curve.labelled else "Same answer as unpruned"
        st.markdown(f"##### {measured} against FLOPs")
        st.caption("Each point is one pruning strength. Click a point to use its strength everywhere.")
        figure = curve_figure(curve, scale)
        st.plotly_chart(
            figure,
            key=f"{_CURVE_KEY} {scale} {where}",
            on_select=lambda: _point_clicked(f"{_CURVE_KEY} {scale} {where}", results),
            selection_mode="points",
            config=PLAIN,
            alt=alt_text(figure),
        )
    with right:
        if results.spec.answer_kind == "labels":
            _labels(results, where, scale)
        else:
            _confusion(results, where, scale)


def _labels(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw a table of the labels, with their F1 without pruning and pruned."""
    st.markdown("##### F1 of each label")
    found = cached(results.scores, where, scale)
    if not found.rows:
        st.caption("There are no labels to score by.")
        return
    st.caption(f"Of {found.rows:,} labelled rows. Change: pruned less unpruned, with its 95 % interval.")
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        pd.DataFrame(
            {
                "label": results.label_names,
                "rows with it": cached(results.label_rows, where, scale),
                "unpruned": [pair.dense.value for pair in found.by_label],
                "pruned": [pair.pruned.value for pair in found.by_label],
                "change in points": [
                    f"{signed(100 * pair.change.value)} ({signed(100 * pair.change.low)} to "
                    f"{signed(100 * pair.change.high)})"
                    for pair in found.by_label
                ],
            }
        ),
        hide_index=True,
        height="content" if len(results.label_names) <= 10 else 380,
        column_config={"unpruned": percent, "pruned": percent},
        alt="Labels with their F1 without pruning and pruned",
    )


def _confusion(results: RunResults, where: RowFilter, scale: int) -> None:
    st.markdown("##### Unpruned against pruned answers")
    confusion = cached(results.confusion, where, scale)
    labelled = bool(confusion.sum())
    st.caption(
        "Lost: right unpruned, wrong pruned; won: the reverse. Click a square to see its rows."
        if labelled
        else "There are no labels to score by. Click a square to see its rows."
    )
    labels = results.label_names
    if labelled:
        figure = confusion_figure(confusion, labels)
    else:
        figure = agreement_figure(cached(results.agreement, where, scale), labels)
    key = f"{_CONFUSION_KEY} {scale} {where}"
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _square_clicked(key),
        selection_mode="points",
        config=PLAIN,
        alt=alt_text(figure),
    )
    if labelled and len(labels) > MAX_PANELS:
        changes = changes_figure(confusion, labels)
        plain_chart(changes, f"lab_changes {scale} {where}")


def _clicked(key: str) -> object:
    """The custom data of the clicked point; None if a selection was removed."""
    points = st.session_state[key].selection.points
    return points[0].get("customdata") if points else None


def _point_clicked(key: str, results: RunResults) -> None:
    point = _clicked(key)
    index = point[0] if isinstance(point, list | tuple) else point
    if isinstance(index, int):
        set_scale(results, index)


def _square_clicked(key: str) -> None:
    point = _clicked(key)
    if isinstance(point, list | tuple) and len(point) == 3:
        set_classes(*point)
        st.session_state[VIEW_KEY] = "Rows"
