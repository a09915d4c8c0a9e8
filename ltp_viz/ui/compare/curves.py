"""Accuracy against FLOPs for all rules, on the bundled examples or on a labelled file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st
from torch import nn

from ltp_viz.analysis.compare.curves import POINTS, RuleCurve, rule_curve
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.jobs.threads import Job
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.blocks import read_block
from ltp_viz.data.tables.datasets import LabelledTexts, even_rows
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable
from ltp_viz.figures.compare.rules import rule_curves_figure
from ltp_viz.ui.compare.runs import rule_basis
from ltp_viz.ui.inputs.roles import choose_roles
from ltp_viz.ui.inputs.source import choose_source
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.charts import chart
from ltp_viz.ui.shell.jobs import (
    Running,
    cached_result,
    collect_result,
    failure,
    job_at,
    queue,
    set_job,
    watch,
)
from ltp_viz.ui.shell.markdown import escaped

MAX_TEXTS = 500
_BLOCK_ROWS = 1 << 17  # rows read at a time
_PLACE = "curves"
_ROWS_CACHE = "curves_texts"


@dataclass(frozen=True)
class _Request:
    """The model and data of the curves. `title` is for display."""

    model: nn.Module
    labels: tuple[str, ...]
    fingerprint: str
    roles: Roles
    title: str = field(compare=False)


def show(classifier: TextClassifier, chosen: Sequence[str]) -> None:
    """Draw the choice of data, a button, and the curves; the rules of the columns are highlighted."""
    st.markdown("##### All rules, accuracy against FLOPs")
    st.caption(
        "Every rule at about ten strengths on labelled texts. At the same FLOPs, the rule with the higher "
        "accuracy chooses its tokens better."
    )
    if classifier.config.answer_kind != "class":
        what = "a number" if classifier.config.answer_kind == "numbers" else "several labels"
        st.info(
            f"This model predicts {what}; curves compare classes. See “How it answers” in the model menu."
        )
        return
    with st.expander("Texts", expanded=False):
        table = choose_source(classifier)
        roles = choose_roles(table, classifier) if table else None
    if table is None or roles is None:  # the reason is under Texts, which may be closed
        st.info(
            "Curves need labelled pairs, and the examples are single texts; choose a file under Texts."
            if classifier.reads_pairs
            else "Curves need labelled texts; choose some under Texts."
        )
        return
    if roles.label is None:
        st.info("These texts have no labels; curves need them. Choose a label column under Texts.")
        return
    roles = replace(roles, extras=())  # curves do not need extra columns
    try:
        data = _cached_rows(table, roles)
    except InputError as error:
        st.error(escaped(str(error)))
        return
    title = f"{classifier.name} on {table.name}"
    request = _Request(classifier.model, classifier.labels, table.fingerprint, roles, title)
    collect_result(_PLACE)
    running, curves = job_at(_PLACE), cached_result(request)
    at_work = running.key if running is not None and isinstance(running.key, _Request) else None
    if message := failure(request):
        st.error(escaped(message))
    if curves is None and at_work != request:
        label = f"Rank all {len(FAMILIES)} rules on {len(data):,} texts of {escaped(table.name)}"
        st.button(label, key="compare_run", on_click=_begin, args=(classifier, data, request))
        if at_work is not None:
            st.caption(f"Running: {escaped(at_work.title)}. Starting these cancels that run.")
    watch(_PLACE, f"Ranking the rules, {escaped(at_work.title)}" if at_work else "")
    if curves is not None:
        figure = rule_curves_figure(curves, chosen)
        chart(figure, f"compare_curves {chosen}")
        st.caption(
            "Only a sample of texts, and only learned thresholds were trained for; for conclusions use "
            "`ltp-viz compare`, which calibrates and evaluates on different texts."
        )


def _cached_rows(table: SourceTable, roles: Roles) -> LabelledTexts:
    """The labelled rows, cached between runs of the page. Raises as `labelled_rows` does."""
    key = (table.fingerprint, roles)
    return session_cache(_ROWS_CACHE).get(key, lambda: labelled_rows(table, roles))


def labelled_rows(table: SourceTable, roles: Roles) -> LabelledTexts:
    """At most `MAX_TEXTS` labelled rows, chosen evenly. Raises InputError if there is none.

    Reads the file twice in blocks, the first time to count, so memory does not grow with the file.
    """
    blocks = range(-(-table.rows // _BLOCK_ROWS))
    ends = np.cumsum([0, *(len(_labelled(table, roles, index)) for index in blocks)])
    if not ends[-1]:
        raise InputError("No row has a label that matches a class; match the labels under Texts.")
    chosen = np.array(even_rows(int(ends[-1]), MAX_TEXTS))
    parts = []
    for index, (start, end) in enumerate(pairwise(ends)):
        own = chosen[(chosen >= start) & (chosen < end)] - start
        parts.append(_labelled(table, roles, index).take(own))
    rows = pa.concat_tables(parts).to_pydict()
    pairs = tuple(rows["text_pair"]) if roles.text_pair else None
    return LabelledTexts(tuple(rows["text"]), tuple(rows["gold"]), pairs)


def _labelled(table: SourceTable, roles: Roles, index: int) -> pa.Table:
    block = read_block(table.path, roles, index, _BLOCK_ROWS)
    return block.filter(pc.is_valid(block["gold"]))


def _begin(classifier: TextClassifier, data: LabelledTexts, request: _Request) -> None:
    basis = rule_basis(classifier)

    def work(job: Job[list[RuleCurve]]) -> list[RuleCurve]:
        curves: list[RuleCurve] = []
        for each in FAMILIES:
            runs = count()

            def advance(runs: Iterator[int] = runs) -> None:
                job.advance((len(curves) + min(1.0, next(runs) / POINTS)) / len(FAMILIES))

            with job.turn():
                curves.append(rule_curve(classifier, data, each, basis, between=advance))
        return curves

    set_job(_PLACE, Running(request, Job(work, queue())))
