"""Attribution beside survival over the filtered rows, on request: does pruning keep what matters?"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.engine import model_fingerprint
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.analysis.jobs.threads import Job
from ltp_viz.analysis.why.agreement import MIN_GAP
from ltp_viz.analysis.why.agreement_over_rows import (
    AgreementSummary,
    TextAgreement,
    agreements,
    chosen_count,
    deltas,
    evenly_chosen,
    most_often_early,
    summary,
)
from ltp_viz.analysis.why.explanation import Method, Prediction, rule_of
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.figures.why.attribution import correlations_figure, outcomes_figure
from ltp_viz.figures.wording import counted, signed
from ltp_viz.ui.dataset.cached_results import cached
from ltp_viz.ui.inputs.models import available_models, load_named
from ltp_viz.ui.shell.charts import plain_chart
from ltp_viz.ui.shell.jobs import (
    Running,
    cache_result,
    cached_result,
    failure,
    job_at,
    queue,
    remove_job,
    set_failure,
    set_job,
    watch,
)
from ltp_viz.ui.shell.markdown import escaped, quoted
from ltp_viz.ui.why.choices import chosen_method, chosen_prediction
from ltp_viz.ui.why.results import how

_PLACE = "lab"
_COUNTS = (25, 50, 100, 200)
_SHOWN_WORDS = 25


@dataclass(frozen=True)
class _Explained:
    """The explained rows: all that were requested, or those done before a cancellation."""

    records: tuple[TextAgreement, ...]
    requested: int
    total: int  # rows of the filter


def show(results: RunResults, where: RowFilter, scale: int) -> None:
    """Draw a button that explains rows, and the result."""
    st.markdown("##### Does pruning keep what matters?")
    st.caption(
        "Every word of a row gets an attribution, in the pruned and in the unpruned prediction. Its size is "
        "compared with the layers that the word survives, by Spearman’s rank correlation: 1 where the words "
        "that matter most survive longest, 0 where the two are unrelated."
    )
    total = cached(results.count, where, scale)
    method, most = _settings(total)
    key = ("lab", results.spec.id, where, scale, method, most)
    _collect_result()
    running, found = job_at(_PLACE), cached_result(key)
    if message := failure(key):
        st.error(escaped(message))
    is_coming = running is not None and running.key == key
    if not is_coming and (found is None or len(found.records) < found.requested):
        _offer(results, where, scale, method, chosen_count(total, most), key)
    watch(_PLACE, "Explaining the rows" if is_coming else "Explaining the rows chosen before")
    if found is not None:
        _figures(found, method)


def _settings(total: int) -> tuple[Method, int]:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        method = chosen_method("lab_why_method")
    with right:
        most = st.selectbox(
            "Rows to explain, at most",
            _COUNTS,
            1,
            key="lab_why_most",
            persist_state="session",
            help=f"Evenly chosen from the {total:,} rows of the filter. A sentence takes about a second by "
            "integrated gradients and a third of that by occlusion.",
        )
    return method, int(most or _COUNTS[1])


def _offer(
    results: RunResults, where: RowFilter, scale: int, method: Method, count: int, key: Hashable
) -> None:
    """Draw the button, if the run's model is available."""
    spec = results.spec
    name = next((name for name, at in available_models().items() if at == spec.model), None)
    if name is None:
        st.info(f"The model of this run, {quoted(spec.model)}, is no longer available to explain rows with.")
        return
    st.button(
        f"Explain {counted(count, 'row')}",
        key="lab_why_ask",
        on_click=_begin,
        args=(results, where, scale, method, name, key),
    )


def _begin(
    results: RunResults, where: RowFilter, scale: int, method: Method, name: str, key: tuple[Any, ...]
) -> None:
    spec = results.spec
    try:
        texts = evenly_chosen(default_root() / spec.id, where, scale, key[-1])
        classifier = load_named(name)
        rule = rule_of(classifier, results.scales[scale], spec.layer_scales)
    except InputError as error:
        st.error(escaped(str(error)))
        return
    total = cached(results.count, where, scale)
    records: list[TextAgreement] = []

    def work(job: Job[None]) -> None:
        _check_model(classifier, spec.model_fingerprint, name)

        def advance(share: float) -> None:
            job.advance((len(records) + share) / max(1, len(texts)))

        for record in agreements(classifier, texts, rule, method, job.turn, advance):
            records.append(record)

    set_job(_PLACE, _RunningRows(key, Job(work, queue()), records, len(texts), total))


@dataclass(frozen=True, eq=False)
class _RunningRows(Running):
    """A job whose finished rows are kept even if it is cancelled."""

    records: list[TextAgreement]
    requested: int
    total: int


def _check_model(classifier: TextClassifier, fingerprint: str, name: str) -> None:
    if model_fingerprint(classifier) != fingerprint:
        raise InputError(
            f"The model {name!r} has changed since this run; run the rows again to explain them."
        )


def _collect_result() -> None:
    """Cache the rows of a job that has ended."""
    running = job_at(_PLACE)
    if not isinstance(running, _RunningRows) or (state := running.job.poll()) == "running":
        return
    remove_job(_PLACE)
    if state == "failed":
        set_failure(running.key, running.job.message)
    elif running.records or state == "done":
        cache_result(running.key, _Explained(tuple(running.records), running.requested, running.total))
    else:
        st.info("Cancelled before the first row was done.")


def _figures(found: _Explained, method: Method) -> None:
    records = found.records
    if len(records) < found.requested:
        st.warning(f"Cancelled: the figures are of the first {len(records):,} of {found.requested:,} rows.")
    side = chosen_prediction("lab_why_side")
    whole = summary(records, side)
    st.markdown(_mean_words(whole, found))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Row by row")
        figure = correlations_figure(records, whole, side)
        plain_chart(figure, f"lab_why correlations {method} {side} {len(records)}")
    with right:
        st.markdown("##### By what pruning did to the answer")
        plain_chart(outcomes_figure(whole), f"lab_why outcomes {method} {side} {len(records)}")
    _often_early(records, side)
    st.caption(how(method, "the mask token") + _deltas(records, side))


def _mean_words(whole: AgreementSummary, found: _Explained) -> str:
    mean = whole.mean
    if not whole.defined:
        return f"None of {whole.texts:,} rows has a rank correlation."
    interval = "" if mean.low != mean.low else f" (95 % interval {signed(mean.low)} to {signed(mean.high)})"
    left_out = whole.texts - whole.defined
    without = f"; {left_out:,} have none, as all their words survive equally long or are fewer than three"
    return (
        f"Mean rank correlation **{signed(mean.value)}**{interval}, over {whole.defined:,} rows"
        f"{without if left_out else ''}. Evenly chosen from the {found.total:,} rows of the filter."
    )


def _deltas(records: tuple[TextAgreement, ...], side: Prediction) -> str:
    found = deltas(records, side)
    if found is None:
        return ""
    return (
        f" Convergence delta: median {found.median_share:.2%} and at most {found.largest_share:.1%} of what "
        "the text moves the score by."
    )


def _often_early(records: tuple[TextAgreement, ...], side: Prediction) -> None:
    st.markdown("##### Words most often important but dropped early")
    st.caption(
        f"A word is listed where its attribution is larger than most, it is dropped before the end, and it "
        f"ranks at least {MIN_GAP:.0%} of the words higher by importance than by survival; at most five "
        "words per row."
    )
    often = most_often_early(records, side)[:_SHOWN_WORDS]
    if not often:
        st.info("No word is listed in two rows or more.")
        return
    frame = pd.DataFrame(often, columns=["word", "listed", "rows"])
    frame["share"] = frame["listed"] / frame["rows"]
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "listed": column.NumberColumn("rows where it is listed", format="%d"),
            "rows": column.NumberColumn("rows that have it", format="%d"),
            "share": column.NumberColumn("share", format="percent"),
        },
        alt="Words most often important but dropped early",
    )
