"""Which question the panel asks: of Explore's text under its settings, of a column of Compare."""

from collections.abc import Sequence

import streamlit as st

from ltp_viz.analysis.compare.families import family
from ltp_viz.core.forced import ForcedRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.compare.runs import rule_basis
from ltp_viz.ui.explore.session import ExploredText
from ltp_viz.ui.explore.settings import Settings
from ltp_viz.ui.inputs.models import load_named
from ltp_viz.ui.shell.jobs import watch
from ltp_viz.ui.why import panel
from ltp_viz.ui.why.job import Question

_EXPLORE, _COMPARE = "explore", "compare"  # places, each with a job of its own


def of_explored(explored: ExploredText, settings: Settings) -> None:
    """The panel of Explore: the text at hand under the scales and forced tokens as they are set."""
    classifier = explored.analysed.classifier
    scale, layer_scales, forced = settings.run
    thresholds = classifier.model.effective_thresholds(scale, layer_scales)
    question = Question(classifier, explored.analysed.source, ForcedRule(ThresholdRule(thresholds), forced))
    st.markdown("#### Why this answer?")
    panel.show(question, _EXPLORE)


def watch_explored() -> None:
    """How far Explore's explanation is, below its fragment."""
    watch(_EXPLORE, "Explaining")


def of_columns(columns: Sequence[Column], classifier: TextClassifier) -> None:
    """The panel of Compare: one column at a time, whatever its rule."""
    st.markdown("#### Why this answer?")
    _of_column(columns, classifier)
    watch(_COMPARE, "Explaining")


@st.fragment
def _of_column(columns: Sequence[Column], classifier: TextClassifier) -> None:
    places = list(range(len(columns)))
    chosen = st.selectbox(
        "Of column",
        places,
        format_func=lambda place: f"{columns[place].number}. {columns[place].title}",
        key=f"why_column of {len(columns)}",
        persist_state="session",
    )
    column = columns[chosen]
    own = classifier if column.asked.model is None else load_named(column.asked.model)
    rule = family(column.asked.rule).at(column.run.cost.strength, rule_basis(own))
    panel.show(Question(own, column.run.trace.source, rule), _COMPARE)
