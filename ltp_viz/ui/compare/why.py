"""Compare's Why panel: one column at a time, whatever its rule."""

from collections.abc import Sequence

import streamlit as st

from ltp_viz.analysis.compare.families import family
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.compare.runs import rule_basis
from ltp_viz.ui.inputs.models import load_named
from ltp_viz.ui.shell.jobs import watch
from ltp_viz.ui.why import panel
from ltp_viz.ui.why.job import Question

_PLACE = "compare"  # key of this panel's job


def show(columns: Sequence[Column], classifier: TextClassifier) -> None:
    """Draw the panel and, below it, the progress of its job."""
    st.markdown("#### Why this answer?")
    _of_column(columns, classifier)
    watch(_PLACE, "Explaining")


@st.fragment
def _of_column(columns: Sequence[Column], classifier: TextClassifier) -> None:
    indices = list(range(len(columns)))
    chosen = st.selectbox(
        "Of column",
        indices,
        format_func=lambda index: f"{columns[index].number}. {columns[index].title}",
        key=f"why_column of {len(columns)}",
        persist_state="session",
    )
    column = columns[chosen]
    own = classifier if column.settings.model is None else load_named(column.settings.model)
    rule = family(column.settings.rule).at(column.run.cost.strength, rule_basis(own))
    panel.show(Question(own, column.run.trace.source, rule), _PLACE)
