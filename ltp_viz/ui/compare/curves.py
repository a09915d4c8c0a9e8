"""Accuracy against FLOPs for all rules, on the bundled examples or on a labelled file."""

from collections.abc import Sequence

import streamlit as st

from ltp_viz.analysis.rule_curves import POINTS, RuleCurve, rule_curve
from ltp_viz.analysis.rule_families import FAMILIES
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.datasets import LabelledTexts
from ltp_viz.data.errors import InputError
from ltp_viz.data.roles import Roles, read_block
from ltp_viz.data.table_source import SourceTable
from ltp_viz.figures.rules import rule_curves_figure
from ltp_viz.ui.charts import chart
from ltp_viz.ui.compare.runs import rule_basis
from ltp_viz.ui.dataset.roles import choose_roles
from ltp_viz.ui.dataset.source import choose_source
from ltp_viz.ui.markdown import escaped

MOST_TEXTS = 500
_DRAWN_KEY = "compare_curves"  # (what they are of, curves)


def show(classifier: TextClassifier, chosen: Sequence[str]) -> None:
    """Data to choose, a button, and the curves; those of the columns' rules stand out."""
    st.markdown("##### All rules, accuracy against FLOPs")
    st.caption(
        "Every rule at some ten strengths on labelled texts. What is left of a rule's accuracy at a cost is "
        "what the choice of tokens is worth."
    )
    if len(classifier.labels) == 1:
        st.info("This model answers with a number; curves compare classes.")
        return
    with st.expander("Texts", expanded=False):
        table = choose_source(classifier)
        roles = choose_roles(table, classifier) if table else None
    if table is None or roles is None:
        return
    if roles.label is None:
        st.info("These texts have no labels; curves need them. Choose a label column under Texts.")
        return
    try:
        data = labelled_rows(table, roles)
    except InputError as error:
        st.error(escaped(str(error)))
        return
    identity = (classifier, table.fingerprint, roles)
    drawn = st.session_state.get(_DRAWN_KEY)
    label = f"Run {len(FAMILIES)} rules on {len(data):,} texts of {escaped(table.name)}"
    if st.button(label, key="compare_run"):
        drawn = (identity, _run(classifier, data))
        st.session_state[_DRAWN_KEY] = drawn
    if drawn and drawn[0] == identity:
        figure = rule_curves_figure(drawn[1], chosen)
        chart(figure, f"compare_curves {chosen}")
        st.caption(
            "Only some texts, and no training under any rule but learned thresholds; for conclusions see "
            "`python -m ltp_viz.compare`, which calibrates on other texts than it judges by."
        )


def labelled_rows(table: SourceTable, roles: Roles) -> LabelledTexts:
    """At most `MOST_TEXTS` labelled rows, evenly from all. Raises InputError where none has a label."""
    block = read_block(table.path, roles, 0, max(1, table.rows))
    rows = [row for row in block.select(["text", "text_pair", "gold"]).to_pylist() if row["gold"] is not None]
    if not rows:
        raise InputError("No row has a label that means a class; say under Texts what labels mean.")
    pairs = tuple(row["text_pair"] for row in rows) if roles.text_pair else None
    labelled = LabelledTexts(tuple(row["text"] for row in rows), tuple(row["gold"] for row in rows), pairs)
    return labelled.evenly(MOST_TEXTS)


def _run(classifier: TextClassifier, data: LabelledTexts) -> list[RuleCurve]:
    progress = st.progress(0.0, "Running the rules …")
    basis = rule_basis(classifier)
    curves: list[RuleCurve] = []
    for index, each in enumerate(FAMILIES):
        done = 0

        def step(title: str = each.title, index: int = index) -> None:
            nonlocal done
            share = (index + min(1.0, done / POINTS)) / len(FAMILIES)
            progress.progress(share, f"{title} …")
            done += 1

        curves.append(rule_curve(classifier, data, each, basis, between=step))
    progress.empty()
    return curves
